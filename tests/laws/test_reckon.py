"""Laws of whole bills: the oracle agrees, printed rows add up, cutting a batch changes nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from random import Random

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.laws.cases import chunks, varied
from tests.oracle import generated_sheets
from tests.oracle.reckoning import Bill, Change, Row, Tax, Told, told

from cleanbill.cycle.tax import assess, reckon
from cleanbill.cycle.tax.reckon.sheet import SheetError

CHUNK = 500
TABLES = ("bills", "rows", "adjustments", "groups", "shares", "payments")
KINDS = {"included": 20, "several rates": 30, "surcharge": 15, "retained": 10, "informative": 10,
         "parts": 10, "discounts and charges": 40, "instalments": 25, "cash": 20, "printed": 30,
         "rounded": 10, "carried": 10}  # fmt: skip
"""Of a hundred bills, how many have or are that at least."""


def bills_from(start: int, count: int = CHUNK) -> list[tuple[int, Bill]]:
    """Return numbered bills, the same for the same start."""
    rng = Random(f"2026-{start}")
    return [(number, generated_sheets.bill(rng)) for number in range(start, start + count)]


def kinds(bills: list[tuple[int, Bill]]) -> Counter[str]:
    """Return how many bills have what makes them hard."""
    found: Counter[str] = Counter()
    for _, bill in bills:
        taxes = {tax for row in bill.rows for tax in row.taxes}
        found[bill.sums] += 1
        found["included"] += bill.included is not None and bool(taxes)
        found["several rates"] += len(taxes) > 1
        found["surcharge"] += any(tax.surcharge for tax in taxes)
        found.update({tax.kind for tax in taxes})
        found["parts"] += any(row.parts for row in bill.rows)
        found["discounts and charges"] += bool(bill.changes) or any(r.changes for r in bill.rows)
        found["instalments"] += any(not prepaid for prepaid, _, _ in bill.payments)
        found["cash"] += bill.cash_unit > 1
    return found


def as_told(found: reckon.Reckoned, bill: int, figures: list[str]) -> Told:
    """Return the engine's answer to one bill in the oracle's shape."""
    row = found.bills.row(by_predicate=pl.col("bill") == bill, named=True)
    mine = pl.col("bill") == bill

    def percent(e6: int | None) -> Fraction | None:
        return None if e6 is None else Fraction(e6, 10**6)

    rows = found.rows.filter(mine & pl.col("part_of").is_null())
    own = found.adjustments.filter(mine & pl.col("row").is_null()).sort("adjustment")
    return Told(
        {name: row[f"{name}_minor"] for name in figures},
        rows.select("sum_minor", "total_minor", "net_minor").rows(),
        own["amount_minor"].to_list(),
        [
            (tax, kind, mark, percent(rate), percent(extra), *amounts)
            for tax, kind, mark, rate, extra, *amounts in found.groups.filter(mine)
            .drop("bill")
            .iter_rows()
        ],
        sorted(found.shares.filter(mine)["tax_minor"].to_list()),
        found.payments.filter(mine).sort("payment")["amount_minor"].to_list(),
    )


@pytest.mark.parametrize("start", chunks(CHUNK))
def test_the_oracle_agrees_and_printed_rows_add_up(start: int) -> None:
    batch = bills_from(start)
    varied(kinds(batch), len(batch), KINDS)
    found = reckon.reckon(generated_sheets.sheet(batch))
    parts = {name: {} for name in TABLES}
    for name, split in parts.items():
        frame = getattr(found, name)
        split |= {key[0]: part for key, part in frame.partition_by("bill", as_dict=True).items()}
    for number, bill in batch:
        alone = reckon.Reckoned(
            **{n: s.get(number, getattr(found, n).clear()) for n, s in parts.items()}
        )
        wanted = told(bill)
        got = as_told(alone, number, list(wanted.figures))
        order = {group[:5]: place for place, group in enumerate(wanted.groups)}
        got.groups.sort(key=lambda group: order[group[:5]])
        wanted.shares.sort()
        assert got == wanted, bill
        if bill.sums == "printed":
            adds_up(bill, got)


def adds_up(bill: Bill, got: Told) -> None:
    """Every sum of a printed bill is the sum of printed rows."""
    sums = got.figures
    assert sum(total for _, total, _ in got.rows) == sums["sum"]
    assert sum(got.shares) == sum(amount for *_, amount, _ in got.groups)
    added = [g for g in got.groups if g[1] == "added"]
    assert sum(tax + extra for *_, tax, extra in added) == sums["tax"]
    inside = [g for g in added if g[0] == bill.included and g[3] is not None]
    assert sum(tax for *_, tax, _ in inside) == sums["included"]
    before = sums["sum"] - sums["discount"] + sums["charge"]
    left = before - sums["included"] - sums["total"]
    if bill.inclusive in ("net", "tax") or not inside:
        assert left == 0
    assert sums["total"] + sums["tax"] == sums["with_tax"]
    assert sums["with_tax"] - sums["retained"] + sums["rounding"] == sums["payable"]
    assert sums["payable"] - sums["prepaid"] == sums["due"]
    for name, _, _, percent, _, base, tax, _ in got.groups:
        rest = name == bill.included and bill.inclusive in ("net", "tax")
        if percent is not None and not rest:
            assert abs(tax - base * percent / 100) <= Fraction(1, 2)
    plain = [s for p, s, _ in bill.payments if not p]
    if plain and all(plain) and sum(plain) == 100:
        assert sum(got.payments[-len(plain) :]) == sums["payable"]


def test_bills_from_charges_have_the_same_tax() -> None:
    """One tax a row and prices without tax: what ``assess`` makes of such lines, row by row."""
    rng = Random(11)
    rows = [
        (bill, row, rng.randint(1, 50_000), rng.choice((7, 19, 0)) * 10**6)
        for bill in range(200)
        for row in range(rng.randint(1, 6))
    ]
    names = ["draft", "line", "net_minor", "rate_percent_e6"]
    lines = pl.DataFrame(rows, schema=names, orient="row").with_columns(
        pl.lit(0, dtype=pl.Int64).alias("share_minor"),
        pl.lit("S").alias("tax_category"),
        pl.lit("rule").alias("tax_rule"),
    )
    assessed, groups, _ = assess(lines, "per_group")
    tables = generated_sheets.Tables()
    for number in range(200):
        tables.tables["bills"].append({"bill": number, "decimals": 2, "sums": "printed"})
    for bill, row, net, rate in rows:
        of = {"bill": bill, "row": row}
        tables.tables["rows"].append({**of, "quantity_e6": 10**6, "price_e8": net * 10**6})
        tax = {"tax": "VAT", "kind": "added", "mark": "", "percent_e6": rate}
        tables.tables["taxes"].append({**of, **tax})
    found = reckon.reckon(tables.sheet())
    shares = found.shares.sort("bill", "row")["tax_minor"]
    assert shares.to_list() == assessed.sort("draft", "line")["tax_minor"].to_list()
    ours = found.groups.sort("bill", "percent_e6").select("bill", "base_minor", "tax_minor")
    theirs = groups.sort("draft", "rate_percent_e6").select("draft", "base_minor", "tax_minor")
    assert ours.rows() == theirs.rows()


@pytest.mark.parametrize("start", chunks(CHUNK))
def test_cutting_and_ordering_a_batch_changes_nothing(start: int) -> None:
    batch = bills_from(start)
    whole = reckon.reckon(generated_sheets.sheet(batch))
    Random(start).shuffle(batch)
    thirds = [reckon.reckon(generated_sheets.sheet(batch[i::3])) for i in (1, 0, 2)]
    for name in TABLES:
        together = pl.concat([getattr(third, name) for third in thirds])
        assert_frame_equal(
            together, getattr(whole, name), check_row_order=False, check_column_order=True
        )


def test_carried_instalments_are_of_what_is_payable_with_all_its_digits() -> None:
    """A quarter of 32.09787 is 8.02; a quarter of the printed 32.10 would be 8.03."""
    vat = Tax("VAT", "added", "", Fraction(19))
    row = Row(Fraction(3), Fraction("9.99"), (Change(False, percent=Fraction(10)),), (vat,))
    due = ((False, Fraction(25), 0),)
    bill = Bill(2, "carried", None, None, 0, 1, (row,), (), due)
    found = reckon.reckon(generated_sheets.sheet([(1, bill), (2, replace(bill, sums="printed"))]))
    assert found.bills.sort("bill")["payable_minor"].to_list() == [3210, 3209]
    assert found.payments.sort("bill")["amount_minor"].to_list() == [802, 802]
    rounded = replace(bill, sums="rounded", rows=(replace(row, changes=()),))
    again = reckon.reckon(generated_sheets.sheet([(1, rounded)]))
    assert again.bills["payable_minor"].to_list() == [3566]
    assert again.payments["amount_minor"].to_list() == [892]


def test_rounded_prices_are_freed_with_two_digits_more_first() -> None:
    """10.99 with 23 % inside is 8.93496, which is 8.9350 and then 8.94."""
    vat = Tax("VAT", "added", "", Fraction(23))
    prices = (Fraction("309.99"), Fraction("0.99"), Fraction("10.99"))
    rows = tuple(Row(Fraction(1), price, (), (vat,)) for price in prices)
    bill = Bill(2, "rounded", "VAT", None, 0, 1, rows)
    found = reckon.reckon(generated_sheets.sheet([(1, bill)]))
    assert found.rows.sort("row")["net_minor"].to_list() == [25202, 80, 894]
    assert found.groups.select("base_minor", "tax_minor").rows() == [(26176, 6020)]


def test_what_does_not_fit_is_null_and_never_wrapped() -> None:
    tables = generated_sheets.Tables()
    tables.add(1, replace(generated_sheets.bill(Random(1)), decimals=4, changes=(), rows=()))
    for row, quantity in enumerate((10**18, 10**6)):
        tables.tables["rows"].append(
            {"bill": 1, "row": row, "quantity_e6": quantity, "price_e8": 10**18}
        )
        tables.tables["taxes"].append(
            {"bill": 1, "row": row, "tax": "VAT", "kind": "added", "percent_e6": 10**11}
        )
    found = reckon.reckon(tables.sheet())
    assert found.rows["sum_minor"].to_list() == [None, 10**14]
    assert found.bills["payable_minor"].to_list() == [None]
    assert found.groups["tax_minor"].to_list() == [None]


def test_a_sheet_that_contradicts_itself_is_refused() -> None:
    bill = next(b for _, b in bills_from(0) if b.rows and b.included)
    made = generated_sheets.sheet([(1, bill)])
    twice = made.taxes.with_columns(
        pl.lit("VAT").alias("tax"), pl.lit(1).cast(pl.Int64).alias("row")
    )
    for wrong in (
        replace(made, bills=made.bills.with_columns(pl.lit("exact").alias("sums"))),
        replace(
            made, bills=made.bills.with_columns(pl.lit(0).cast(pl.Int64).alias("cash_unit_minor"))
        ),
        replace(made, rows=made.rows.drop("price_e8")),
        replace(made, bills=made.bills.clear()),
        replace(made, taxes=pl.concat([twice, twice])),
        replace(made, taxes=twice.with_columns(pl.lit("retained").alias("kind"))),
    ):
        with pytest.raises(SheetError):
            reckon.reckon(wrong)
