"""Audit the books: the laws, the triggers, the hash chains, and a replay of every priced line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl
from django.db import connection

from cleanbill.actions import audit_projection
from cleanbill.actions.access import Actor, action
from cleanbill.actions.audit_projection import Breach
from cleanbill.cycle import price
from cleanbill.engine.tables import PRICES, MasterData
from cleanbill.store import archive, immutability, laws
from cleanbill.store.chain import GENESIS, links
from cleanbill.store.master_key import MasterKeyError, right_key
from cleanbill.store.models import Series
from cleanbill.store.party_keys import unsealers, used_master

REPLAY_BATCH = 100_000


@dataclass(frozen=True, slots=True)
class Audit:
    """What was checked and what was found."""

    breaches: tuple[Breach, ...]
    bills: int
    lines: int
    heads: dict[str, str]
    """Series prefix -> head of its hash chain."""


@action("books.audit")
def audit_books(actor: Actor) -> Audit:
    """Check every law of the organisation's books; an empty list of breaches is a clean audit."""
    found = [
        Breach(law.code, law.says, row)
        for law, rows in laws.breaches(actor.organisation_id)
        for row in rows
    ]
    found += [
        Breach("FROZEN", "Issued rows are guarded by triggers.", name)
        for name in immutability.missing(connection)
    ]
    keyless = _keyless()
    found += keyless
    heads = {}
    bills = 0
    for series in Series.objects.filter(organisation_id=actor.organisation_id).order_by("prefix"):
        head, count, broken = _chain(series, sealed=not keyless)
        heads[series.prefix] = head
        bills += count
        found += broken
    lines, wrong = _replayed(actor.organisation_id)
    return Audit((*found, *wrong), bills, lines, heads)


def _keyless() -> list[Breach]:
    """Tell when the master key is not here: seals cannot be tried then, all else can."""
    used = used_master()
    try:
        if used is not None:
            right_key(used)
    except MasterKeyError as error:
        return [Breach("SEAL", audit_projection.SEALS, str(error))]
    return []


def _chain(series: Series, *, sealed: bool) -> tuple[str, int, list[Breach]]:
    """Recompute a series' chain from its documents and compare it, row by row.

    ``sealed``: what is sealed in the documents can be tried, too.
    """
    customer = archive.HEAD.index("customer")
    head, count, found = GENESIS, 0, []
    for rows in archive.chained_documents(series.pk):
        expected = links(head, [row[4] for row in rows])
        lines = archive.printed_lines(series.pk, rows[0][0], rows[-1][0])
        opening = sealed and unsealers(series.organisation_id, {r[5 + customer] for r in rows})
        for (_, number, own, chained, body, *facts), pair in zip(rows, expected, strict=True):
            if (own, chained) != pair:
                row = f"bill {number}"
                found.append(Breach("CHAIN", "Documents and their chain are as issued.", row))
            unseal = opening(facts[customer]) if opening else None
            printed = lines.get(number, [])
            found += audit_projection.breaches(number, body, facts, printed, unseal)
        head = expected[-1][1]
        count += len(rows)
    if head != series.chain_head:
        found.append(
            Breach("CHAIN-HEAD", "The chain ends at the series' head.", f"series {series.prefix}")
        )
    return head, count, found


def _replayed(organisation_id: int) -> tuple[int, list[Breach]]:
    """Price every line again from its charge and the very price version it names."""
    prices, tiers = archive.all_prices(organisation_id)
    master = MasterData(prices=prices, tiers=tiers)
    terms = prices.select(
        "price_id",
        *(
            pl.col(c).alias(f"price_{c}")
            for c in PRICES
            if c in ("version", "model", "discount_percent_e6", "minimum_minor", "maximum_minor")
        ),
    )
    after, count, found = (0, 0), 0, []
    while True:
        lines = archive.lines_to_replay(organisation_id, after, REPLAY_BATCH)
        if lines.is_empty():
            return count, found
        again = price.amounts(
            lines.join(terms, on="price_id", how="left", maintain_order="left"), master
        )
        wrong = again.filter(
            pl.any_horizontal(
                pl.col(column).ne_missing(pl.col(issued))
                for column, issued in (
                    ("gross_minor", "issued_gross"),
                    ("discount_minor", "issued_discount"),
                    ("net_minor", "issued_net"),
                    ("discount_percent_e6", "issued_percent"),
                )
            )
        )
        found += [
            Breach(
                "REPLAY", "A line priced again gives what was issued.", f"bill {number} line {line}"
            )
            for number, line in wrong.select("number", "line").head(20).iter_rows()
        ]
        count += lines.height
        last: dict[str, Any] = lines.select("bill_id", "line").row(-1, named=True)
        after = (last["bill_id"], last["line"])
