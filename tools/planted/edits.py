"""The kinds of planted error: a table of which rows are edited how. No kind knows who finds it.

``surely``: what a table, a law or arithmetic settles must not go out, so the row must be held.
``rule``: what a person has to look at, by what stands in the row and the master data. ``habit``:
what only shows beside what this customer and this item usually come to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tools.planted import cells as to
from tools.planted import fitting as on
from tools.planted.company import Company, Row
from tools.planted.fitting import Month

Change = Callable[[Row, Company, "Month", object], Row | None]


@dataclass(frozen=True, slots=True)
class Edit:
    """One kind of error; ``extra``: an edited copy comes beside the row, ``drops``: it goes."""

    name: str
    kind: str
    fits: Callable[[Row, Company, Month], bool]
    change: Callable[..., Row | None]
    file: str = "charges"
    extra: str = ""
    """``same`` or ``other``: the file that the copy comes in."""
    drops: bool = False
    earlier: bool = False
    """The copy is of a row of the month before, which is billed."""


def _charges(kind: str, *rows: tuple[str, Callable[..., bool], Callable[..., Row | None]]) -> list:
    return [Edit(name, kind, fits, change) for name, fits, change in rows]


def _master(
    kind: str, *rows: tuple[str, str, Callable[..., bool], Callable[..., Row | None]]
) -> list:
    return [Edit(name, kind, fits, change, file) for name, file, fits, change in rows]


EDITS: tuple[Edit, ...] = (
    *_master(
        "surely",
        ("tax id with a digit changed", "customers", on.abroad_in_the_union, to.digit("vat_id")),
        ("country left out", "customers", on.firm, to.cell("country", "")),
        ("country that does not exist", "customers", on.firm, to.cell("country", "XX")),
        ("address left out", "customers", on.firm, to.cells(street="", city="", postcode="")),
        ("customer blocked", "customers", on.firm, to.cell("blocked", "true")),
        ("second agreement at the same time", "agreements", on.agreed, to.second_agreement),
        ("second list price at the same time", "prices", on.listed_now, to.second_price),
        (
            "list price ended before the month",
            "prices",
            on.listed_alone,
            to.cell("valid_to", "2026-09-15"),
        ),
    ),
    *_charges(
        "surely",
        ("over-credit", on.cancellation, to.threefold),
        ("cancels what nobody sold", on.cancellation, to.unknown_original),
        ("cancellation in another currency", on.cancellation, to.cell("currency", "CHF")),
        ("cancellation sent as a sale", on.cancellation, to.cell("kind", "sale")),
        ("purchase order missing", on.needs_order, to.cell("purchase_order", "")),
        ("item nobody knows", on.sale, to.unknown_item),
        ("digits of the item swapped", on.numbered, to.swapped_item),
        ("customer nobody knows", on.sale, to.unknown_customer),
        ("customer left out", on.sale, to.cell("customer", "")),
        ("item that is blocked", on.sale, to.cells(item="OLD1")),
        ("item without a tax rate", on.at_home, to.cells(item="ODD1")),
        ("quantity zero", on.sale, to.cell("quantity", "0")),
        ("quantity is a word", on.sale, to.cell("quantity", "two")),
        ("quantity negative", on.sale, to.negative("quantity")),
        ("price zero", on.own_price, to.cell("unit_price", "0")),
        ("price negative", on.own_price, to.negative("unit_price")),
        ("price left out", on.own_price, to.cell("unit_price", "")),
        ("wrong currency", on.agreed_sale, to.cell("currency", "USD")),
        ("currency that does not exist", on.sale, to.cell("currency", "EUE")),
        ("day left out", on.sale, to.cell("service_date", "")),
        ("day that does not exist", on.sale, to.cell("service_date", "2026-02-31")),
        ("day is a placeholder", on.sale, to.cell("service_date", "1900-01-01")),
        ("day before every agreement", on.agreed_sale, to.cell("service_date", "2022-11-14")),
        ("ends before it begins", on.standing, to.cell("service_end", "2026-09-15")),
        ("discount above everything", on.sale, to.cell("discount_percent", "150")),
        ("delivered to no country", on.sale, to.cell("ship_to_country", "QQ")),
        ("test row", on.sale, to.cell("description", "TEST please ignore")),
    ),
    Edit("same delivery from another file", "surely", on.sale, to.reference, extra="other"),
    *_master(
        "rule",
        (
            "postcode of another country",
            "customers",
            on.german_firm,
            to.cell("postcode", "SW1A 1AA"),
        ),
        ("e-mail address broken", "customers", on.firm, to.cell("email", "rechnung(at)firma")),
        ("customer entered twice", "customers", on.firm, to.second_customer),
        ("tax id of another customer", "customers", on.german_firm, to.other_tax_id),
        (
            "buyer reference with a digit changed",
            "customers",
            on.public,
            to.digit("buyer_reference"),
        ),
        (
            "agreement ended before the month",
            "agreements",
            on.agreed,
            to.cell("valid_to", "2026-09-01"),
        ),
        ("special price ten times the list", "prices", on.taken_from_list, to.special_price),
    ),
    *_charges(
        "rule",
        ("unit changed", on.by_measure, to.cell("unit", "H87")),
        ("half a piece", on.pieces, to.half_a_piece),
        ("quantity beyond all bounds", on.sale, to.cell("quantity", "900000000000")),
        ("discount far too high", on.sale, to.cell("discount_percent", "80")),
        ("list price mistyped", on.listed_with_price, to.times("unit_price", "1.2")),
        ("a year too early", on.sale, to.year("2025")),
        ("a year too late", on.sale, to.year("2027")),
        ("purchase order is a placeholder", on.needs_order, to.cell("purchase_order", "TBD")),
        ("month that ends years later", on.standing, to.cell("service_end", "2029-10-31")),
        ("credit at another price", on.cancellation_priced, to.times("unit_price", "0.8")),
        (
            "cancelled before it was supplied",
            on.cancellation,
            to.cell("service_date", "2026-09-30"),
        ),
    ),
    Edit("sent twice in the file", "rule", on.sale, to.nothing, extra="same"),
    Edit("same row under another reference", "rule", on.sale, to.reference, extra="same"),
    Edit(
        "billed last month, sent again", "rule", on.sale, to.reference, extra="same", earlier=True
    ),
    *_charges(
        "habit",
        ("price times ten", on.own_price, to.times("unit_price", "10")),
        ("price a tenth", on.dear, to.times("unit_price", "0.1")),
        ("decimal mark slipped by two", on.own_price, to.times("unit_price", "100")),
        ("digits of the price swapped", on.two_digits, to.swapped_price),
        ("price of a dozen", on.own_price, to.times("unit_price", "12")),
        ("price of another customer", on.other_has_price, to.other_price),
        ("quantity times ten", on.counted, to.times("quantity", "10")),
        ("quantity times a hundred", on.counted, to.times("quantity", "100")),
        ("quantity and price swapped", on.swappable, to.swapped),
    ),
    Edit("ordered again the same day", "habit", on.sale, to.again, extra="same"),
    Edit("standing charge twice", "habit", on.standing, to.again, extra="same"),
    Edit("standing charge missing", "habit", on.standing_for_long, to.nothing, drops=True),
    Edit("companion missing", "habit", on.companion, to.nothing, drops=True),
)
