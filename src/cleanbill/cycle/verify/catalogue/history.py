"""Checks by history: what is out of the ordinary for a customer, or for an item. They advise."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from cleanbill.cycle.verify.catalogue.rhythm import again_too_soon, alone, missing
from cleanbill.cycle.verify.declare import SPECIALIST, WARN, RowCheck, TableCheck, table_check
from cleanbill.cycle.verify.look import Tables
from cleanbill.nouns.finding import Mending, Proposal


def _with(*verdicts: str) -> Callable[[Tables], pl.LazyFrame]:
    """A search for the charges with one of the verdicts."""

    def find(tables: Tables) -> pl.LazyFrame:
        assert tables.unusual is not None
        return tables.unusual.lazy().filter(pl.col("verdict").is_in(verdicts))

    return find


def _check(
    number: int,
    title: str,
    reason: str,
    repair: str,
    find: Callable[[Tables], pl.LazyFrame],
    says: str,
    reads: str,
    *,
    table: str = "unusual",
    beside: Mapping[str, str] | None = None,
    proposal: Proposal | None = None,
) -> TableCheck:
    """Declare a check by history on charges; ``beside``: what else it needs."""
    needs = {table: f"charge_id {reads}", **(beside or {})}
    code = f"CB-HIS-{number:03}"
    return table_check(
        *(code, WARN, title, reason, repair, find, says),
        about="charge_id",
        needs=needs,
        where={table: "charge_id"},
        owner=SPECIALIST,
        proposal=proposal,
    )


def _correct(column: str, *told: str) -> Proposal:
    return Proposal(Mending.CORRECT_CHARGE, told, change=column)


_MEASURED = "verdict times_e2 at_stake usual_bills"

CHECKS: tuple[RowCheck | TableCheck, ...] = (
    _check(
        1,
        "Price differs from what this customer usually pays",
        "Unit price {line_price} of {item} is {times} × what {customer} usually pays, "
        "{usual_price} ({usual_bills} bills).",
        "Compare with the order or the agreement; look for a misplaced decimal mark in the price.",
        _with("price"),
        "line_price item times usual_price usual_bills customer price_level",
        f"{_MEASURED} line_price_e8 usual_price_e8 price_level",
        proposal=_correct("unit_price", "usual_price"),
    ),
    _check(
        2,
        "Price differs from what customers usually pay",
        "Unit price {line_price} of {item} is {times} × the usual {common_price} of "
        "{common_bills} customers; {customer} has hardly bought it yet.",
        "Compare with the order; look for a misplaced decimal mark, or a price for another unit.",
        _with("item_price"),
        "line_price item times common_price common_bills customer price_level",
        "verdict times_e2 at_stake line_price_e8 common_price_e8 common_bills price_level",
        proposal=_correct("unit_price", "common_price"),
    ),
    _check(
        3,
        "Quantity is far above the usual",
        "Quantity {quantity} of {item} is {times} × what {customer} usually has, {usual_quantity} "
        "({usual_bills} bills).",
        "Look for an extra zero, a misplaced decimal mark or a smaller unit; compare with the "
        "order.",
        _with("more"),
        "quantity item times usual_quantity usual_bills customer",
        f"{_MEASURED} quantity_e6 usual_quantity_e6",
        proposal=_correct("quantity", "usual_quantity"),
    ),
    _check(
        4,
        "Quantity is far from what customers usually buy",
        "Quantity {quantity} of {item} is {times} × the usual {common_quantity} of "
        "{common_bills} customers; {customer} has hardly bought it yet.",
        "Compare with the order; look for an extra zero or another unit.",
        _with("item_quantity"),
        "quantity item times common_quantity common_bills customer",
        "verdict times_e2 at_stake quantity_e6 common_quantity_e6 common_bills",
        proposal=_correct("quantity", "common_quantity"),
    ),
    _check(
        5,
        "Line amount is unusual",
        "{net} {currency} for {item} is {times} × what {customer} usually pays, {usual_net} "
        "({usual_bills} bills), though neither price nor quantity alone is out of the ordinary.",
        "Look at discount, unit and price tier of the line.",
        _with("net"),
        "net currency item times usual_net usual_bills customer",
        f"{_MEASURED} net_minor usual_net_minor",
    ),
    table_check(
        "CB-HIS-007",
        WARN,
        "A recurring item is missing",
        "{customer} is billed now without what usually comes by this time: {missing}.",
        "Ask whether it was supplied. If so, have the source send it, or import the charge; "
        "nothing to do if it was cancelled.",
        missing,
        "customer missing",
        about="customer",
        needs={
            "usual": "customer item bills gap_days gap_most first_day last_day net_minor",
            "judged": "",
            "charges": "customer item",
        },
        where={"usual": "gap_days"},
        owner=SPECIALIST,
    ),
    _check(
        8,
        "Usage has fallen away",
        "Quantity {quantity} of {item} is hardly any of what {customer} usually has, "
        "{usual_quantity} ({usual_bills} bills).",
        "Ask whether the meter, the interface or the file is complete before it is billed.",
        _with("less"),
        "quantity item usual_quantity usual_bills customer",
        f"{_MEASURED} quantity_e6 usual_quantity_e6",
        proposal=_correct("quantity", "usual_quantity"),
    ),
    _check(
        9,
        "What this customer always has with it is missing",
        "{customer} is billed {item}, but not {companion}, which has always stood beside it "
        "({usual_bills} bills).",
        "Ask whether {companion} was supplied, and add the charge.",
        alone,
        "customer item companion usual_bills",
        "customer item currency order grouping usual_companion usual_bills",
        table="judged",
        beside={
            "usual": "customer item currency bills gap_days gap_most first_day last_day net_minor "
            "companion companion_bills",
            "charges": "customer item order grouping",
        },
        proposal=Proposal(Mending.ADD_CHARGE, ("customer", "companion"), "quantity unit_price"),
    ),
    _check(
        10,
        "A new item for a large amount",
        "{customer} has never had {item}; at {net} {currency} it is {times} × a usual whole bill "
        "of {whole_net} ({whole_bills} bills).",
        "Compare with the order, and ask whether it was meant for another customer.",
        _with("new_item"),
        "customer item net currency times whole_net whole_bills",
        "verdict times_e2 at_stake net_minor whole_net_minor whole_bills",
    ),
    _check(
        11,
        "Billed more often than usual",
        "{item} of {service_date} follows that of {other_day}; {customer} usually has it every "
        "{usual_gap_days} days ({usual_bills} bills).",
        "Look whether the same was entered twice, or for a period that is billed already.",
        again_too_soon,
        "item service_date other_day usual_gap_days usual_bills customer",
        "customer item currency service_date usual_gap_days usual_gap_most usual_first_day "
        "usual_last_day usual_bills",
        table="judged",
        proposal=Proposal(Mending.MERGE_DUPLICATE, ("other_day",)),
    ),
    _check(
        12,
        "Price of another customer",
        "Unit price {line_price} of {item} is what others usually pay; {customer} usually pays "
        "{usual_price} ({usual_bills} bills).",
        "Look whether the charge belongs to another customer, or was priced by another agreement.",
        _with("others_price"),
        "line_price item usual_price usual_bills customer price_level",
        f"{_MEASURED} line_price_e8 usual_price_e8 price_level",
        proposal=_correct("unit_price", "usual_price"),
    ),
    _check(
        13,
        "Quantity and price have changed places",
        "{quantity} of {item} at {line_price}: {customer} usually has {usual_quantity} at "
        "{usual_price} ({usual_bills} bills).",
        "Exchange quantity and unit price in {source}.",
        _with("swapped"),
        "quantity item line_price usual_quantity usual_price usual_bills customer source",
        f"{_MEASURED} line_price_e8 quantity_e6 usual_price_e8 usual_quantity_e6",
        proposal=_correct("quantity unit_price", "usual_quantity", "usual_price"),
    ),
    _check(
        14,
        "Another unit than before",
        "The row counts {item} in {unit}; {customer} has always had it in {usual_unit} "
        "({usual_bills} bills).",
        "Correct the unit, or convert quantity and price.",
        _with("unit"),
        "item unit usual_unit usual_bills customer",
        f"{_MEASURED} unit usual_unit",
        proposal=_correct("unit quantity unit_price", "usual_unit"),
    ),
    _check(
        15,
        "A price that nobody has paid",
        "Unit price {line_price} of {item} has never been billed to any of {common_bills} "
        "customers, and to nobody else in this run; usual is {expected_price}.",
        "Compare with the order; look for a misplaced decimal mark, tax that is in the price, "
        "another currency, a discount taken twice, or a price of another item.",
        _with("odd_price"),
        "line_price item common_bills expected_price customer price_level",
        "verdict times_e2 at_stake line_price_e8 expected_price_e8 common_bills price_level",
        proposal=_correct("unit_price", "expected_price"),
    ),
    _check(
        16,
        "More than anybody has bought at this price",
        "Quantity {quantity} of {item} at {line_price} is {times} × the most that any of {payers} "
        "customers has had at this price, {most}.",
        "Look for an extra zero or another unit; if it is right, whoever buys so much usually pays "
        "less.",
        _with("much_at_price"),
        "quantity item line_price times payers most customer",
        "verdict times_e2 at_stake quantity_e6 line_price_e8 payers most_e6",
        proposal=_correct("quantity"),
    ),
)
