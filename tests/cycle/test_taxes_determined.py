"""Which taxes a line bears beside VAT, and which bear none: margin schemes, Spain."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from cleanbill.cycle import tax
from cleanbill.nouns.seller import Address, Seller

DAY = date(2026, 10, 14)


def determined(seller_country: str, withholding: str = "", **line: object) -> dict[str, object]:
    """Return what is determined of one line, sold at home to a business unless it says else."""
    seller = Seller("s", "S", "EUR", Address(country=seller_country), withholding=withholding)
    told = {
        "service_date": DAY,
        "customer_country": seller_country,
        "ship_to_country": None,
        "customer_kind": "business",
        "has_vat_id": False,
        "item_kind": "goods",
        "item_tax_category": "standard",
        "customer_tax_scheme": None,
    }
    kinds = dict.fromkeys(("customer_country", "ship_to_country", "customer_tax_scheme"), pl.String)
    lines = pl.DataFrame([told | line], schema_overrides=kinds)
    return tax.determine(lines, seller, tax.rules()).row(0, named=True)


def names(row: dict[str, object]) -> list[str]:
    taxes = row["further_taxes"] or []
    assert isinstance(taxes, list)
    return [each["tax"] for each in taxes]


@pytest.mark.parametrize(
    ("seller", "customer", "kind", "category", "expected"),
    [
        ("DE", "DE", "goods", "margin_second_hand", ("margin_second_hand.de", "E")),
        ("FR", "FR", "goods", "margin_art", ("margin_art", "E")),
        ("DE", "FR", "goods", "margin_collectors", ("margin_collectors.de", "E")),
        ("DE", "US", "service", "margin_travel", ("margin_travel.de", "E")),
        # Goods that leave the Union are exported, whatever scheme they were under.
        ("DE", "US", "goods", "margin_second_hand", ("export_goods.de", "G")),
        # Sellers elsewhere have schemes of their own, which nobody here knows.
        ("GB", "GB", "goods", "margin_second_hand", (None, None)),
    ],
)
def test_margin_schemes(
    seller: str, customer: str, kind: str, category: str, expected: tuple[str | None, str | None]
) -> None:
    row = determined(seller, customer_country=customer, item_kind=kind, item_tax_category=category)
    assert (row["tax_rule"], row["tax_category"]) == expected
    assert row["rate_percent_e6"] == (None if expected[0] is None else 0)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ({"customer_tax_scheme": "equivalence_surcharge"}, ["Recargo de equivalencia"]),
        ({"customer_tax_scheme": "equivalence_surcharge", "item_kind": "service"}, ["IRPF"]),
        ({"customer_tax_scheme": "equivalence_surcharge", "item_tax_category": "exempt"}, []),
        ({"item_kind": "service"}, ["IRPF"]),
        ({"item_kind": "service", "item_tax_category": "exempt"}, ["IRPF"]),
        ({"item_kind": "service", "customer_kind": "consumer"}, []),
        ({"item_kind": "service", "customer_country": "FR", "has_vat_id": True}, []),
        ({}, []),
    ],
)
def test_spain(line: dict[str, object], expected: list[str]) -> None:
    assert names(determined("ES", "professional", **line)) == expected


def test_what_is_withheld_is_dated() -> None:
    row = determined("ES", "professional", item_kind="service", service_date=date(2014, 5, 1))
    assert row["further_taxes"] == [
        {
            "tax": "IRPF",
            "kind": "retained",
            "category": "S",
            "rate_percent_e6": 21_000_000,
            "rule": "es-irpf-professional-2012",
            "compound": False,
        }
    ]


def test_elsewhere_nobody_bears_what_spain_asks_for() -> None:
    assert names(determined("PT", customer_tax_scheme="equivalence_surcharge")) == []


def test_without_a_rate_there_is_no_tax_at_all() -> None:
    """A line whose surcharge nobody knows is held, as one whose VAT nobody knows is."""
    early = date(2009, 5, 1)
    row = determined("ES", customer_tax_scheme="equivalence_surcharge", service_date=early)
    assert (row["tax_category"], row["further_taxes"]) == (None, None)
