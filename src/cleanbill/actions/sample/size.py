"""How large a sample is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SampleSize:
    """The parameters of a sample; tests may ask for any."""

    customers: int
    charges: int
    """Rows of ``charges.csv`` before planted duplicates are added."""
    goods: int = 40
    """Goods in the list; services, subscriptions and the rest come on top."""
    cancellations_permille: int = 30
    planted: bool = True
    """False writes the same files without any planted error."""


SMALL = SampleSize(customers=40, charges=1_200)
LARGE = SampleSize(customers=2_000, charges=100_000, goods=400)

SIZES = {"small": SMALL, "large": LARGE}
