"""Drafts and sheets are two ways to one bill: where both can say it, every figure is the same."""

from __future__ import annotations

from random import Random
from typing import Any

import polars as pl
import pytest

from cleanbill.cycle import tax
from cleanbill.cycle.tax.reckon import Inclusive, Sheet, Sums, reckon
from cleanbill.cycle.tax.reckon.sheet import BILLS, ROWS
from cleanbill.cycle.tax.reckon.sheet import TAXES as SHEET_TAXES
from cleanbill.engine.tables import TAXES
from cleanbill.nouns.tax import Kind

RATES = (0, 4_000_000, 7_000_000, 19_000_000, 21_000_000)
WITHHELD = ("IRPF", Kind.RETAINED, 15_000_000)
STATED = ("Stated", Kind.INFORMATIVE, 1_250_000)
REGION = ("PST", Kind.ADDED, 7_000_000)
BILLS_MADE = 200


def made(inclusive: bool) -> list[list[tuple[int, int, list[tuple[str, Kind, int]]]]]:
    """Return bills of rows: amount, rate, further taxes; amounts are not negative."""
    rng = Random(f"drafts and sheets {inclusive}")
    # A sheet knows one tax that prices include; a draft's prices include all that are added.
    others = [[], [], [WITHHELD], [STATED], [WITHHELD, STATED]]
    others += [] if inclusive else [[REGION], [REGION, WITHHELD]]
    return [
        [
            (rng.choice((0, 1, 299, rng.randrange(10**6))), rng.choice(RATES), rng.choice(others))
            for _ in range(rng.randrange(1, 8))
        ]
        for _ in range(BILLS_MADE)
    ]


def drafts(bills: Any, inclusive: bool) -> pl.DataFrame:
    rows = [
        {
            "draft": number,
            "line": line,
            "tax_category": "S" if rate else "Z",
            "rate_percent_e6": rate,
            "tax_rule": f"r{rate}",
            "net_minor": amount,
            "share_minor": 0,
            "inclusive": inclusive,
            "tax": None,
            "further_taxes": [
                {
                    "tax": name,
                    "kind": str(kind),
                    "category": "S",
                    "rate_percent_e6": own,
                    "rule": name,
                    "compound": False,
                }
                for name, kind, own in more
            ]
            or None,
        }
        for number, bill in enumerate(bills)
        for line, (amount, rate, more) in enumerate(bill, 1)
    ]
    kinds = {"line": pl.Int32, "inclusive": pl.Boolean, **TAXES}
    return pl.DataFrame(rows, schema_overrides=kinds)


def sheet(bills: Any, rule: str | None) -> Sheet:
    heads = [
        {
            "bill": number,
            "decimals": 2,
            "sums": str(Sums.PRINTED),
            "included": "VAT" if rule else None,
            "inclusive": rule,
        }
        for number in range(len(bills))
    ]
    rows, taxes = [], []
    for number, bill in enumerate(bills):
        for line, (amount, rate, more) in enumerate(bill, 1):
            price = amount * 10**6
            rows.append({"bill": number, "row": line, "quantity_e6": 10**6, "price_e8": price})
            of = {"bill": number, "row": line}
            vat = {"tax": "VAT", "kind": "added", "mark": "S" if rate else "Z", "percent_e6": rate}
            taxes.append(of | vat)
            taxes += [of | {"tax": n, "kind": str(k), "percent_e6": own} for n, k, own in more]

    def table(schema: Any, told: list[dict[str, Any]]) -> pl.DataFrame:
        return pl.DataFrame([{c: r.get(c) for c in schema} for r in told], schema=dict(schema))

    return Sheet(table(BILLS, heads), table(ROWS, rows), taxes=table(SHEET_TAXES, taxes))


@pytest.mark.parametrize("rule", [None, *map(str, Inclusive)])
def test_drafts_and_sheets_agree(rule: str | None) -> None:
    bills = made(rule is not None)
    lines, groups, further = tax.assess(drafts(bills, rule is not None), "per_group", rule or "net")
    told = reckon(sheet(bills, rule))

    printed = {
        (bill, name, kind, percent): (base, amount)
        for bill, name, kind, percent, base, amount in told.groups.select(
            "bill", "tax", "kind", "percent_e6", "base_minor", "tax_minor"
        ).iter_rows()
    }
    ours = {
        (draft, name or "VAT", kind or "added", percent): (base, amount)
        for draft, name, kind, percent, base, amount in groups.select(
            "draft", "tax", "kind", "rate_percent_e6", "base_minor", "tax_minor"
        ).iter_rows()
    }
    assert ours == printed

    shares = {
        (bill, row, name): amount
        for bill, row, name, amount in told.shares.select(
            "bill", "row", "tax", "tax_minor"
        ).iter_rows()
    }
    own = {(d, n, "VAT"): t for d, n, t in lines.select("draft", "line", "tax_minor").iter_rows()}
    rest = further.select("draft", "line", "tax", "tax_minor").iter_rows()
    assert own | {(d, n, name): amount for d, n, name, amount in rest} == shares

    nets = {(b, r): n for b, r, n in told.rows.select("bill", "row", "net_minor").iter_rows()}
    included = pl.col("included_minor").fill_null(0)
    net = lines.select("draft", "line", pl.col("net_minor") - included)
    assert {(d, n): amount for d, n, amount in net.iter_rows()} == nets
