"""Every cent between two systems has exactly one cause, and planted differences get theirs."""

from __future__ import annotations

import random
from datetime import date

import polars as pl
import pytest
from tests.parallel.planted import Planted, planted

from cleanbill.cycle.parallel import CAUSES, OLD_ROWS, OUR_BILLS, OUR_ROWS, Comparison, compared


def run(made: Planted) -> Comparison:
    tables = ((made.ours, OUR_ROWS), (made.bills, OUR_BILLS), (made.old, OLD_ROWS))
    return compared(*(pl.DataFrame(rows, schema=dict(schema)) for rows, schema in tables))


def summed(rows: list[dict], amount: str) -> dict[str, int]:
    sums: dict[str, int] = {}
    for row in rows:
        sums[row["currency"]] = sums.get(row["currency"], 0) + row[amount]
    return sums


@pytest.mark.parametrize("seed", range(6))
def test_planted_differences_get_their_cause_and_their_money(seed: int) -> None:
    made = planted(seed, 1500)
    found = run(made)
    by_cause = {
        (row["currency"], row["cause"]): (row["count"], row["difference_minor"])
        for row in found.causes.to_dicts()
    }
    worth = {key: money for key, (_, money) in by_cause.items()}
    assert worth == dict(made.worth)
    counts: dict[str, int] = {}
    for (_, cause), (count, _) in by_cause.items():
        counts[cause] = counts.get(cause, 0) + count
    assert counts == dict(made.rows)
    assert min(counts.values()) > 20
    assert found.counts["uncertain"] == 0


@pytest.mark.parametrize("seed", range(6))
def test_the_causes_add_up_to_the_difference_of_the_totals(seed: int) -> None:
    made = planted(seed, 400)
    found = run(made)
    ours, old = summed(made.bills, "total_minor"), summed(made.old, "gross_minor")
    for code in {*ours, *old}:
        causes = found.causes.filter(pl.col("currency") == code)["difference_minor"].sum()
        assert causes == ours.get(code, 0) - old.get(code, 0)
    assert set(found.differences["cause"]) <= set(CAUSES)
    assert found.differences["says"].null_count() == 0
    assert not found.differences["says"].str.contains("{", literal=True).any()


def disordered(seed: int) -> Planted:
    """Two sides on which nothing fits: few values, many gaps, sums that are no sums."""
    dice, made = random.Random(seed), planted(seed, 0)

    def some(*values: object) -> object:
        return dice.choice((None, *values))

    for place in range(dice.randint(0, 40)):
        net, tax = dice.randint(-500, 500), dice.randint(-90, 90)
        clear = dice.random() < 0.8
        draft = dice.randint(0, 6) if clear else None
        made.ours.append(
            {
                **{
                    "draft": draft,
                    "charge_id": place + 1,
                    "reference": some("S", "T"),
                    "why": None,
                },
                **{"document": some("A", "B"), "customer": some("C", "D"), "item": some("X", "Y")},
                **{
                    "description": None,
                    "day": some(date(2026, 10, 3)),
                    "list_minor": some(net, 90),
                },
                **{"currency": dice.choice(("EUR", "JPY", "KWD")), "tax_category": "S"},
                **{"disposition": "clear" if clear else dice.choice(("held", "waiting"))},
                **{
                    "quantity_e6": some(10**6, -(10**6), 0),
                    "unit_price_e8": some(10**8, -(10**8), 0),
                },
                **{"net_minor": net, "tax_minor": tax, "rate_percent_e6": some(0, 19 * 10**6)},
                **{"price_level": some("list", "odd"), "price_from": None},
            }
        )
    for key in sorted({(r["draft"], r["currency"]) for r in made.ours if r["draft"] is not None}):
        own = [r for r in made.ours if (r["draft"], r["currency"]) == key]
        number = len(made.bills)
        for row in own:
            row["draft"] = 100 + number
        net, tax = (sum(r[name] for r in own) for name in ("net_minor", "tax_minor"))
        made.bills.append(
            {
                **{"draft": 100 + number, "kind": "invoice", "customer": own[0]["customer"]},
                **{"document": some("A", "B"), "day": date(2026, 10, 31), "currency": key[1]},
                **{
                    "net_minor": net,
                    "tax_minor": tax,
                    "total_minor": net + tax + dice.randint(-2, 2),
                },
                **{"reduction_minor": some(0, 50) or 0, "lines": len(own)},
            }
        )
    lined, priced, all_taxed = (dice.random() < 0.6 for _ in range(3))
    for place in range(dice.randint(1, 40)):
        net = dice.randint(-500, 500)
        made.old.append(
            {
                **{
                    "row": place + 2,
                    "bill": dice.choice("RSTUV"),
                    "date": some(date(2026, 10, 31)),
                },
                **{"kind": some("invoice", "credit_note"), "service_date": some(date(2026, 10, 3))},
                **{"customer": some("C", "D"), "order": some("A"), "description": some("=1+1")},
                **{"reference": some("S") if lined else None, "item": some("X") if lined else None},
                **{"quantity_e6": some(10**6, 0, 3) if lined else None, "net_minor": net},
                **{"unit_price_e8": some(10**8, 0) if priced else None, "tax_category": some("s")},
                **{"tax_rate_e6": some(19 * 10**6) if all_taxed else None},
                **{"tax_minor": some(7, -8) if all_taxed else None},
                **{"gross_minor": some(net, net + 9), "bill_total_minor": some(net, 100)},
                **{"currency": dice.choice(("EUR", "JPY", "USD"))},
            }
        )
    return made


@pytest.mark.parametrize("seed", range(60))
def test_whatever_stands_in_the_rows_the_causes_add_up(seed: int) -> None:
    made = disordered(seed)
    found = run(made)
    explained = found.causes.group_by("currency").agg(pl.col("difference_minor").sum())
    sums = dict(explained.rows())
    for code, difference in found.totals.select("currency", "difference_minor").rows():
        assert sums.pop(code, 0) == difference
    assert sums == {}
    ours = summed(made.bills, "total_minor")
    if found.measure != "net":
        assert dict(found.totals.select("currency", "our_minor").rows()) == {
            **dict.fromkeys(found.totals["currency"], 0),
            **ours,
        }


def test_the_order_of_rows_means_nothing() -> None:
    made = planted(99, 300)
    first = run(made)
    for side in (made.ours, made.bills, made.old):
        random.Random(5).shuffle(side)
    assert run(made).differences.equals(first.differences)
