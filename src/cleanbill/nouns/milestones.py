"""Milestones: a contract value that is charged in parts, each on a day or when it is released."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from cleanbill.nouns.currency import decimals_of
from cleanbill.nouns.scales import AMOUNT_MAX_MINOR, RATE_DECIMALS, unscaled

WHOLE_E6 = 100 * 10**RATE_DECIMALS


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """A part of a contract value: a share in percent, or an amount.

    Due on ``day``; None: when somebody releases it. ``item`` and ``description`` are those of the
    terms unless it has its own.
    """

    name: str
    percent_e6: int | None = None
    amount_minor: int | None = None
    day: date | None = None
    item: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """A milestone was reached on a day."""

    milestone: str
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class MilestoneTerms:
    """What is charged by milestones. Shares or amounts add up to ``value_minor``, exactly."""

    reference: str
    customer: str
    item: str
    currency: str
    value_minor: int
    milestones: tuple[Milestone, ...]
    description: str | None = None
    order: str | None = None
    purchase_order: str | None = None
    cost_centre: str | None = None
    version: int = 1

    def __post_init__(self) -> None:
        decimals_of(self.currency)
        if not 0 < self.value_minor <= AMOUNT_MAX_MINOR:
            raise ValueError(
                f"{self.reference}: the contract value must lie above 0, up to {AMOUNT_MAX_MINOR} "
                f"minor units; it is {self.value_minor}"
            )
        names = Counter(one.name for one in self.milestones)
        if not names:
            raise ValueError(f"{self.reference} has no milestone; expected at least one")
        twice = [name for name, count in names.items() if count > 1]
        if twice:
            raise ValueError(f"{self.reference}: there are two milestones {twice[0]!r}")
        bad = [n for n in names if not n or "/" in n or n.strip() != n]
        if bad:
            raise ValueError(
                f"{self.reference}: a milestone needs a name without a slash or space around it, "
                f"not {bad[0]!r}"
            )
        for one in self.milestones:
            self._checked(one)
        self._complete()

    @property
    def by_percent(self) -> bool:
        """Whether milestones are shares of the value; otherwise they are amounts."""
        return self.milestones[0].percent_e6 is not None

    def _checked(self, one: Milestone) -> None:
        name = f"{self.reference}, milestone {one.name}"
        if (one.percent_e6 is None) == (one.amount_minor is None):
            raise ValueError(f"{name}: expected either a percent or an amount")
        if (one.percent_e6 is not None) != self.by_percent:
            raise ValueError(
                f"{name}: some milestones are percents and some amounts; expected one of them"
            )
        size = one.percent_e6 if one.percent_e6 is not None else one.amount_minor
        if size is None or size <= 0:
            raise ValueError(f"{name}: its share must lie above 0")

    def _complete(self) -> None:
        if self.by_percent:
            total = sum(one.percent_e6 or 0 for one in self.milestones)
            if total != WHOLE_E6:
                shown = unscaled(total, RATE_DECIMALS).normalize()
                raise ValueError(
                    f"{self.reference}: the milestones add up to {shown:f} %; expected 100 %"
                )
            return
        total = sum(one.amount_minor or 0 for one in self.milestones)
        if total != self.value_minor:
            decimals = decimals_of(self.currency)
            raise ValueError(
                f"{self.reference}: the milestones add up to {unscaled(total, decimals)}; expected "
                f"the contract value of {unscaled(self.value_minor, decimals)} {self.currency}"
            )
