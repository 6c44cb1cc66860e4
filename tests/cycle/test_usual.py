"""What is usual of items: steady prices, companions; and the sales that are judged by it."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from cleanbill.cycle.verify.usual import usual_of, usual_of_items
from cleanbill.engine.history_tables import HISTORY_LINES, USUAL, paid

START = date(2026, 1, 5)


def lines(*rows: tuple[str, str, list[int], list[str]]) -> pl.DataFrame:
    """Lines of bills a week apart: customer, item, the bills it is on, the prices in turn."""
    told = [
        {
            "customer": customer,
            "item": item,
            "currency": "EUR",
            "unit": "H87",
            "bill_id": int(customer[1:]) * 1000 + bill,
            "day": START + timedelta(days=7 * bill),
            "quantity_e6": 10**6,
            "line_price_e8": int(prices[place % len(prices)]),
            "net_minor": 100,
            "bill_net_minor": 100,
        }
        for customer, item, bills, prices in rows
        for place, bill in enumerate(bills)
    ]
    return pl.DataFrame(told, schema=dict(HISTORY_LINES))


def of_items(rows: pl.DataFrame) -> dict[str, dict[str, object]]:
    """What is usual of each item, by its name."""
    return {row["item"]: row for row in usual_of_items(usual_of(rows)).to_dicts()}


def test_prices_of_an_item_are_kept_with_who_pays_them_and_whether_they_move() -> None:
    often = list(range(10))
    found = of_items(
        lines(
            ("C1", "PART", often, ["400", "410"]),
            ("C2", "PART", often, ["500"]),
            ("C3", "PART", often[:5], ["900", "100"]),
            ("C1", "HAUL", often, ["690", "990"]),
            ("C2", "HAUL", often, ["990"]),
            ("C3", "RARE", often[:5], ["700"]),
        )
    )
    # C3 has had parts too seldom to say how prices move, and nobody has had RARE often.
    assert found["PART"]["prices"] == ("100:1:0 400:1:1000000 410:1:0 500:1:1000000 900:1:1000000")
    assert found["HAUL"]["prices"] == "moving 990:2:1000000 690:1:1000000"
    assert found["RARE"]["prices"] == "moving 700:1:1000000"


def test_the_prices_are_read_back_as_they_were_told() -> None:
    text = "moving 990:2:1000000 690:1:1000000"
    rows = pl.DataFrame(
        [{"item": "HAUL", "currency": "EUR", "prices": text}],
        schema={c: USUAL[c] for c in ("customer", "item", "currency", "prices")},
    )
    assert paid(rows).rows() == [("HAUL", "EUR", 990, 2, 10**6), ("HAUL", "EUR", 690, 1, 10**6)]


def test_a_companion_belongs_to_an_item_when_half_of_its_customers_have_it_so() -> None:
    often, twice = list(range(8)), list(range(16))
    rows = lines(
        ("C1", "PART", often, ["400"]),
        ("C1", "A-OFTEN", twice, ["100"]),
        ("C1", "RING", often, ["10"]),
        ("C2", "PART", often, ["400"]),
        ("C3", "HOOK", often, ["10"]),
        ("C3", "PART", often, ["400"]),
        ("C3", "RING", often, ["10"]),
        ("C4", "PART", often[:5], ["400"]),
    )
    own = {
        (r["customer"], r["item"]): (r["companion"], r["companion_bills"])
        for r in usual_of(rows).to_dicts()
    }
    # Of two that are always there, RING stands hardly anywhere else; HOOK comes first by its name.
    assert own["C1", "PART"] == ("RING", 8)
    assert own["C3", "PART"] == ("HOOK", 8)
    assert own["C4", "PART"] == (None, None)
    found = of_items(rows)
    assert (found["PART"]["companion"], found["PART"]["companion_bills"]) == (None, None)
    also = lines(("C4", "PART", often, ["400"]), ("C4", "RING", often, ["10"]))
    both = of_items(pl.concat([rows.filter(pl.col("customer") != "C4"), also]))
    assert (both["PART"]["companion"], both["PART"]["companion_bills"]) == ("RING", 16)
