"""Worked cases of bundles: what an item priced as one comes to in each of its components.

The bundle is the item ``it``; ``bundle`` lists its components, such as ``2 book`` or ``1 seat share
60``. Prices, items and charges are written as in the cases of prices. Each list in ``credits`` is a
run of its own: ``book: 1`` credits one book, ``it: 2`` two whole bundles. ``refused`` is why
nothing is shared.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
from tests.cases.priced_bills import ISSUED, UNTIL, Answer, issued, originals, printed, taken
from tests.cases.worked_prices import CASE, DAY, SINCE, Case, batch_of
from tests.laws.product import determining
from tests.oracle.facts import Batch, Charge
from tests.oracle.frames import charges_frame, master_data, policy_of, seller_of

from cleanbill.cycle import draw as drawing
from cleanbill.cycle.run import bill
from cleanbill.formats import bundle_json
from cleanbill.nouns.bundle import BundleTerms, Component
from cleanbill.nouns.drawn import BUNDLES
from cleanbill.nouns.scales import scaled

FILE = Path(__file__).with_name("bundles") / "bundles.toml"
OWN = {"bundle", "refused", "expect", "notes", "credits"}


def cases() -> list[Case]:
    return tomllib.loads(FILE.read_text("utf-8"))["case"]


def component(text: str) -> Component:
    count, item, *share = text.split()
    assert not share or share[0] == "share", text
    weight = scaled(share[1], 6, 10**18) if share else None
    return Component(item=item, quantity_e6=scaled(count, 6, 10**18), share_e6=weight)


def wanted(case: Case, facts: dict[str, Any]) -> drawing.Wanted:
    parts = tuple(component(text) for text in case["bundle"])
    terms = BundleTerms(reference="B", item="it", start=SINCE, components=parts)
    return drawing.Wanted(reference="B", version=1, body=bundle_json.written(terms), facts=facts)


def drawn(case: Case, batch: Batch, facts: dict[str, Any]) -> drawing.Draw:
    master, seller, policy = master_data(batch), seller_of(batch), policy_of(batch)
    context = drawing.Context(lambda: master, seller, policy, UNTIL)
    return drawing.draw(BUNDLES, [wanted(case, facts)], context)


def answer(case: Case) -> tuple[Answer, list[str]]:
    """Draw and bill a case, then its credits; also say why something was not shared."""
    assert case.keys() <= CASE | OWN, case.keys() - CASE - OWN
    batch = batch_of({k: v for k, v in case.items() if k not in OWN})
    with determining(batch):
        return _answer(case, batch)


def _answer(case: Case, batch: Batch) -> tuple[Answer, list[str]]:
    rows = charges_frame(batch.charges).to_dicts()
    found = drawn(case, batch, {"sales": rows})
    said = [json.loads(text)["error"] for text in found.findings["parameters"]]
    if found.charges.is_empty():
        return Answer([], None, []), said
    numbered = found.charges.with_row_index("n", 1).with_columns(
        pl.col("n").cast(pl.Int64).alias("charge_id")
    )
    sold = [{**row, "basis": json.loads(row["basis"])} for row in numbered.to_dicts()]
    how = (master_data(batch), seller_of(batch), policy_of(batch))
    dates: dict[str, date] = {"until": UNTIL, "issue_date": ISSUED}
    invoice = issued(bill(numbered, *how, **dates), batch, 1)
    notes, gone = [], dict[int, int]()
    for number, credit in enumerate(case.get("credits", []), 2):
        taking = [cancellation(text, number, place, batch) for place, text in enumerate(credit)]
        facts = {"cancellations": charges_frame(taking).to_dicts(), "sold": sold}
        back = drawn(case, batch, facts).charges.with_row_index("n", 1000 * number)
        back = back.with_columns(pl.col("n").cast(pl.Int64).alias("charge_id"))
        billed = originals(invoice, gone)
        run = bill(back, *how, **dates, originals=billed, parts=taken(invoice))
        note = issued(run, batch, number)
        notes.append(printed(note))
        for original, quantity in note.lines.select("original_id", "quantity_e6").iter_rows():
            gone[original] = gone.get(original, 0) + quantity
    return Answer([], printed(invoice), notes), said


def cancellation(text: str, number: int, place: int, batch: Batch) -> Charge:
    item, quantity = text.split(": ")
    sold = batch.charges[0]
    return replace(
        sold,
        charge_id=100 * number + place,
        reference=f"X{number}-{place}",
        item=item,
        quantity=Decimal(quantity),
        kind="cancellation",
        cancels=sold.reference,
        service_date=DAY,
    )
