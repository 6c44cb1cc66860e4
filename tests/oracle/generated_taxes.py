"""Generated batches whose items bear several taxes, and whose prices may include them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from random import Random

from tests.oracle.facts import Batch, FurtherTax, Item
from tests.oracle.generated import batch


def further(name: str, kind: str, rate: str, *, compound: bool = False) -> FurtherTax:
    rule = f"{name}-{rate}".lower()
    return FurtherTax(name, kind, "S", Decimal(rate), rule, compound)


SURCHARGE = further("Surcharge", "added", "5.2")
REGION = further("PST", "added", "7")
ON_TAX = further("QST", "added", "9.5", compound=True)
ON_BOTH = further("Levy", "added", "0.000001", compound=True)
FINE = further("Fee", "added", "1.234567")
WITHHELD = further("IRPF", "retained", "15")
WITHHELD_TOO = further("ISS", "retained", "2.5")
WITHHELD_ON_TAX = further("Retention", "retained", "1", compound=True)
STATED = further("Stated", "informative", "11.11")
LISTS = (
    (SURCHARGE,),
    (ON_TAX,),
    (WITHHELD,),
    (STATED,),
    (REGION, ON_TAX),
    (SURCHARGE, WITHHELD),
    (WITHHELD, FINE, WITHHELD_TOO),
    (REGION, WITHHELD_ON_TAX, STATED),
    (ON_TAX, WITHHELD_ON_TAX),
    (FINE, ON_BOTH),
)


def taxed_batch(seed: str, bill_count: int, first_bill: int) -> Batch:
    """Return a generated batch with further taxes; equal seeds give equal batches."""
    return with_taxes(batch(seed, bill_count, first_bill), Random(f"{seed}-taxes"))


def with_taxes(sold: Batch, rng: Random) -> Batch:
    """Give items further taxes and names of taxes; let prices include tax, or the policy say so."""

    def borne(item: Item) -> Item:
        name = rng.choice((None, None, None, "GST"))
        own = rng.choice(LISTS) if rng.random() < 0.6 else ()
        return replace(item, tax_name=name, further=own)

    seller = replace(
        sold.seller,
        inclusive_method=rng.choice(("net", "tax", "rate")),
        prices_include_tax=rng.random() < 0.5,
    )
    said = rng.choice(((None,), (None, None, True, False)))
    return replace(
        sold,
        seller=seller,
        items=tuple(borne(item) for item in sold.items),
        prices=tuple(replace(price, includes_tax=rng.choice(said)) for price in sold.prices),
    )
