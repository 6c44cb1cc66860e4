"""Taxes: what one does to what is asked for, and how one is taken out of a price."""

from __future__ import annotations

from enum import StrEnum

TAX_SCHEMES = ("equivalence_surcharge",)
"""Schemes by which a customer may be taxed: that of retailers in Spain, so far."""


WITHHOLDINGS = ("professional", "professional_start", "capital", "modules")
"""Kinds of income of which customers in Spain withhold income tax."""


class Kind(StrEnum):
    """What a tax does to what is asked for."""

    ADDED = "added"
    RETAINED = "retained"
    """Withheld by the customer: lessens what is payable."""
    INFORMATIVE = "informative"
    """Stated only."""


class Inclusive(StrEnum):
    """How a price that includes tax is parted into net and tax."""

    RATE = "rate"
    """Net is rounded, tax is the rate of that net; a cent that remains is a rounding row."""
    NET = "net"
    """Net is rounded, the tax is what remains of the price."""
    TAX = "tax"
    """Tax is rounded, the net is what remains of the price."""
