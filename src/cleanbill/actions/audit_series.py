"""Prove a series from its first bill to its last: chain, documents, and every line priced again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

import polars as pl

from cleanbill.actions.audit_engines import check_answers
from cleanbill.actions.audit_found import Found
from cleanbill.actions.audit_projection import compare
from cleanbill.actions.audit_taxes import check_taxes
from cleanbill.cycle import price
from cleanbill.cycle.calculation import CALCULATIONS
from cleanbill.engine.tables import MasterData
from cleanbill.formats.bill_json_table import calculations
from cleanbill.ledger import entry_texts
from cleanbill.ledger.entry import EMPTY
from cleanbill.nouns.seal import SEALED
from cleanbill.store import archive
from cleanbill.store.chain import GENESIS, link, text_hash
from cleanbill.store.party_keys import unsealers

SEALS = "Every seal opens, unless its party has been erased."


@dataclass(frozen=True, slots=True)
class Proven:
    """A series that was looked at: its last bill, the head of its chain, how much there was."""

    sequence: int
    number: str | None
    head: str
    bills: int
    lines: int
    """Lines that were priced again."""


def prove(
    found: Found,
    organisation_id: int,
    series: Any,
    master: MasterData,
    done: Callable[[int], None],
    *,
    sealed: bool,
) -> Proven:
    """Check the bills of a series, stretch by stretch; ``done`` hears how many bills each had.

    ``master`` holds every price version ever used; ``sealed``: what is sealed can be tried, too.
    """
    proven = Proven(0, None, GENESIS, 0, 0)
    for stretch in archive.stretches(organisation_id, series.pk):
        with found.going_on(f"series {series.prefix} bills {stretch.first} to {stretch.last}"):
            bills = archive.bills_of(stretch)
            bills = bills.with_columns(calculations(bills["body"]))
            proven = _stretch(found, stretch, bills, proven, master)
            if sealed:
                _seals(found, organisation_id, bills)
        done(stretch.bills)
    if proven.head != series.chain_head:
        says = "The chain ends at the series' head."
        found.add("CHAIN-HEAD", says, [f"series {series.prefix}"])
    return proven


def _stretch(
    found: Found,
    stretch: archive.Stretch,
    bills: pl.DataFrame,
    before: Proven,
    master: MasterData,
) -> Proven:
    lines = archive.lines_of(stretch)
    head = _chain(found, bills, archive.postings_of(stretch), before.head)
    taxes, line_taxes = archive.taxes_of(stretch), archive.line_taxes_of(stretch)
    compare(found, bills, lines, taxes, line_taxes)
    own = check_answers(found, stretch.organisation_id, bills, lines, taxes, line_taxes)
    check_taxes(found, bills, *own, master.us_rates)
    count = _replay(found, bills, lines, master)
    last = bills.row(-1, named=True)
    return Proven(
        *(last["sequence"], last["number"], head),
        *(before.bills + bills.height, before.lines + count),
    )


def _seals(found: Found, organisation_id: int, bills: pl.DataFrame) -> None:
    """Open what is sealed in the documents of these bills, every different seal of a party once."""
    seals = (
        bills.lazy()
        .select("number", "customer", pl.col("body").str.extract_all(SEALED).alias("seal"))
        .explode("seal")
        .filter(pl.col("seal").is_not_null())
        .collect()
    )
    distinct = seals.select("customer", "seal").unique(maintain_order=True)
    opening = unsealers(organisation_id, distinct["customer"].unique().to_list())
    broken = []
    for customer, seal in distinct.iter_rows():
        try:
            opening(customer)(seal)
        except ValueError:  # BrokenSeal: the text, its party or its key is another.
            broken.append(seal)
    wrong = seals.filter(pl.col("seal").is_in(broken))["number"].unique(maintain_order=True)
    found.add("SEAL", SEALS, [f"bill {number}" for number in wrong.to_list()])


def _chain(found: Found, bills: pl.DataFrame, postings: pl.DataFrame, head: str) -> str:
    """Recompute each link from the one kept before it; return the last that is kept."""
    entries = entry_texts(postings, "bill_id").rename({"bill_id": "id"})
    rows = bills.join(entries, on="id", how="left", maintain_order="left").select(
        "number", "document_hash", "chain_hash", "body", pl.col("entry").fill_null(EMPTY)
    )
    changed, broken = [], []
    for number, own, chained, body, entry in rows.iter_rows():
        if body is not None and text_hash(body) != own:
            changed.append(f"bill {number}")
        elif link(head, own, text_hash(entry)) != chained:
            broken.append(f"bill {number}")
        head = chained
    found.add("CHAIN", "A document is what was hashed when its bill was issued.", changed)
    says = "A bill's link covers its document, its entry and all links before it."
    found.add("CHAIN", says, broken)
    return head


def _replay(found: Found, bills: pl.DataFrame, lines: pl.DataFrame, master: MasterData) -> int:
    """Price the lines again, each from its charge, the very price version that it names, and by the
    version of calculation that its bill names.

    Lines that reverse others are not priced, and those whose charge is gone cannot be.
    """
    worked_out = bills.select(pl.col("id").alias("bill_id"), "version")
    priced = lines.join(worked_out, on="bill_id", how="left", maintain_order="left").filter(
        pl.col("credits_bill_id").is_null()
        & pl.col("charge_currency").is_not_null()
        & pl.col("version").is_in(list(CALCULATIONS))
    )
    used = priced.select("price_id").unique()
    prices = master.prices.join(used, on="price_id", how="semi", maintain_order="left")
    tiers = master.tiers.join(used, on="price_id", how="semi", maintain_order="left")
    terms = prices.select(
        "price_id",
        *(pl.col(c).alias(f"price_{c}") for c in price.carried(prices) if c != "price_id"),
    )
    issued = {c: f"issued_{c}" for c in ("gross_minor", "discount_minor", "net_minor")}
    issued["discount_percent_e6"] = "issued_percent"
    charged = priced.select(
        *("bill_id", "line", "price_id", "price_level"),
        pl.col("version").alias("calculation"),
        *(pl.col(own).alias(kept) for own, kept in issued.items()),
        pl.col("^charge_.*$").exclude("charge_id").name.map(lambda c: c.removeprefix("charge_")),
    )
    chosen = charged.join(terms, on="price_id", how="left", maintain_order="left")
    master = MasterData(prices=prices, tiers=tiers)
    again = [
        CALCULATIONS[str(version)].amounts(part, master)
        for (version,), part in chosen.group_by("calculation", maintain_order=True)
    ]
    if not again:
        return 0
    wrong = pl.concat(again).filter(
        reduce(or_, (pl.col(own).ne_missing(pl.col(kept)) for own, kept in issued.items()))
    )
    if wrong.height:
        named = wrong.join(
            bills.select(pl.col("id").alias("bill_id"), "number"), on="bill_id", how="left"
        )
        rows = [f"bill {n} line {line}" for n, line in named.select("number", "line").iter_rows()]
        found.add("REPLAY", "A line priced again gives what was issued.", rows)
    return priced.height
