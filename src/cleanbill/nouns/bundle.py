"""Bundles: an item that is priced as one and made of others, each with a tax of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

COMPONENTS_MOST = 50
"""So many components a bundle may have, add-ons included."""


class Shown(StrEnum):
    """How a bundle stands on a bill."""

    COMPONENTS = "components"
    """Each component is a line of its own."""
    ONE = "one"
    """One printed line for the bundle, with what it is made of below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """An item in a bundle: so many of it in each bundle, and its share of the price.

    ``share_e6`` is a weight beside those of the other components; None: by list price. An
    ``addon`` is no part of the price: it is charged by itself, and only beside its bundle.
    """

    item: str
    quantity_e6: int
    share_e6: int | None = None
    addon: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleTerms:
    """What a bundle is made of, from ``start`` to before ``end``, for a ``plan`` or everybody."""

    reference: str
    item: str
    start: date
    components: tuple[Component, ...]
    end: date | None = None
    plan: str | None = None
    shown: Shown = Shown.COMPONENTS
    version: int = 1

    def __post_init__(self) -> None:
        name = self.reference
        if self.end is not None and self.end <= self.start:
            raise ValueError(f"{name} ends on {self.end}; expected a day after {self.start}")
        items = [one.item for one in self.components]
        if len(items) > COMPONENTS_MOST:
            raise ValueError(f"{name} has {len(items)} components; at most {COMPONENTS_MOST} fit")
        if self.item in items:
            raise ValueError(f"{name}: {self.item} cannot be a component of itself")
        twice = next((item for item in items if items.count(item) > 1), None)
        if twice is not None:
            raise ValueError(f"{name}: {twice} is named twice; write it once, with its quantity")
        if not self.parts:
            raise ValueError(f"{name} has no component; expected at least one that is no add-on")
        odd = next((one.item for one in self.components if one.quantity_e6 <= 0), None)
        if odd is not None:
            raise ValueError(f"{name}: the quantity of {odd} is not above zero")
        stated = [one.share_e6 for one in self.parts if one.share_e6 is not None]
        if stated and len(stated) < len(self.parts):
            raise ValueError(
                f"{name}: some components state a share and some do not; state all, or none to "
                "share by list price"
            )
        if any(share < 0 for share in stated) or (stated and not sum(stated)):
            raise ValueError(f"{name}: shares are not below zero, and at least one is above it")
        if any(one.share_e6 is not None for one in self.components if one.addon):
            raise ValueError(f"{name}: an add-on has a price of its own, and no share")

    @property
    def parts(self) -> tuple[Component, ...]:
        """The components that the price is shared over, in their order."""
        return tuple(one for one in self.components if not one.addon)

    @property
    def by_list(self) -> bool:
        """Whether list prices are the weights."""
        return self.parts[0].share_e6 is None

    def holds(self, day: date, plan: str | None) -> bool:
        """Tell whether a charge of a day, of a customer with a plan, is such a bundle."""
        if self.plan is not None and self.plan != plan:
            return False
        return self.start <= day and (self.end is None or day < self.end)
