"""Applications for payment: what is complete to date, line by line, and what is retained of it.

In: progress terms, claims and releases of retainage. Out: one application per claim, whose
figures are those of AIA Documents G702 and G703, and what each release frees.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from cleanbill.engine.exact import rounded
from cleanbill.nouns.progress import (
    WHOLE_E6,
    Claim,
    Complete,
    ProgressTerms,
    RetainageRelease,
    Retained,
    Value,
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an application (G703): scheduled value, before, this claim, to date, balance."""

    value: Value
    before_minor: int
    to_date_minor: int
    percent_e6: int | None

    @property
    def this_minor(self) -> int:
        """What this claim adds."""
        return self.to_date_minor - self.before_minor

    @property
    def balance_minor(self) -> int:
        """What is left to finish."""
        return self.value.scheduled_minor - self.to_date_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """An application for payment (G702). ``retained_minor`` is what is held on its day."""

    claim: Claim
    lines: tuple[Line, ...]
    retainage_e6: int
    retained_exact: Fraction
    retained_minor: int
    held_before_minor: int
    released_minor: int

    @property
    def original_minor(self) -> int:
        """1. Original contract sum."""
        return sum(x.value.scheduled_minor for x in self.lines if x.value.change_order is None)

    @property
    def changes_minor(self) -> int:
        """2. Net change by change orders up to the day of the claim."""
        return self.contract_minor - self.original_minor

    @property
    def contract_minor(self) -> int:
        """3. Contract sum to date."""
        return sum(line.value.scheduled_minor for line in self.lines)

    @property
    def completed_minor(self) -> int:
        """4. Total completed to date."""
        return sum(line.to_date_minor for line in self.lines)

    @property
    def this_minor(self) -> int:
        """What this claim adds to what is complete."""
        return sum(line.this_minor for line in self.lines)

    @property
    def earned_minor(self) -> int:
        """6. Total earned less retainage."""
        return self.completed_minor - self.retained_minor

    @property
    def certified_before_minor(self) -> int:
        """7. What the claims and releases before have asked for."""
        return self.completed_minor - self.this_minor - self.held_before_minor

    @property
    def payment_minor(self) -> int:
        """8. Current payment due."""
        return self.earned_minor - self.certified_before_minor

    @property
    def balance_minor(self) -> int:
        """9. Balance to finish, including retainage."""
        return self.contract_minor - self.earned_minor


def applications(
    terms: ProgressTerms, claims: Iterable[Claim], releases: Iterable[RetainageRelease]
) -> tuple[list[Application], list[tuple[RetainageRelease, int]]]:
    """Return the applications in the order of their numbers, and the releases with their amounts.

    A release on the day of a claim comes after it. Raises ValueError for claims whose days do not
    rise, for a line that the schedule does not know on that day, for more than 100 % or less than
    nothing, and for a release of more than is held.
    """
    ordered = _ordered(terms, claims)
    left = sorted(releases, key=lambda one: one.day)
    for name in {one.name for one in left}:
        if sum(one.name == name for one in left) > 1:
            raise ValueError(f"{terms.reference}: retainage is released twice as {name!r}")
    found: list[Application] = []
    freed: list[tuple[RetainageRelease, int]] = []
    reached: dict[str, int] = {}
    exact, held, released = Fraction(), 0, 0
    for claim in ordered:
        while left and left[0].day < claim.day:
            free = _freed(terms, left.pop(0), held, freed)
            held, released = held - free, released + free
        lines = _lines(terms, claim, reached)
        percent = terms.retainage_on(claim.day)
        exact = _exact(terms, lines, percent, exact)
        before, held = held, max(0, rounded(exact) - released)
        found.append(
            Application(
                claim=claim,
                lines=lines,
                retainage_e6=percent,
                retained_exact=exact,
                retained_minor=held,
                held_before_minor=before,
                released_minor=released,
            )
        )
        reached |= {line.value.line: line.to_date_minor for line in lines}
    for release in left:
        held -= _freed(terms, release, held, freed)
    return found, freed


def _ordered(terms: ProgressTerms, claims: Iterable[Claim]) -> list[Claim]:
    ordered = sorted(claims, key=lambda claim: claim.number)
    for above, claim in pairwise(ordered):
        if claim.number == above.number:
            raise ValueError(f"{terms.reference}: there are two claims {claim.number}")
        if claim.day < above.day:
            raise ValueError(
                f"{terms.reference}: claim {claim.number} of {claim.day} follows claim "
                f"{above.number} of {above.day}; expected days that rise with the numbers"
            )
    return ordered


def _lines(terms: ProgressTerms, claim: Claim, reached: dict[str, int]) -> tuple[Line, ...]:
    name = f"{terms.reference}, claim {claim.number}"
    known = {value.line: value for value in terms.values if value.since <= claim.day}
    told: dict[str, Complete] = {}
    for one in claim.lines:
        if one.line not in known:
            raise ValueError(
                f"{name}: line {one.line!r} is not in the schedule of values on {claim.day}"
            )
        if one.line in told:
            raise ValueError(f"{name}: line {one.line} stands in it twice")
        told[one.line] = one
    lines = []
    for line, value in known.items():
        before = reached.get(line, 0)
        if line in told:
            lines.append(
                Line(value, before, _to_date(name, value, told[line]), told[line].percent_e6)
            )
        else:
            _bounded(f"{name}, line {line}", value, before)
            lines.append(Line(value, before, before, None))
    return tuple(lines)


def _to_date(name: str, value: Value, one: Complete) -> int:
    name = f"{name}, line {value.line}"
    if (one.percent_e6 is None) == (one.amount_minor is None):
        raise ValueError(f"{name}: expected what is complete either in percent or as an amount")
    if one.percent_e6 is None:
        return _bounded(name, value, one.amount_minor or 0)
    if not 0 <= one.percent_e6 <= WHOLE_E6:
        raise ValueError(f"{name}: complete must be 0 to 100 %")
    return rounded(Fraction(value.scheduled_minor * one.percent_e6, WHOLE_E6))


def _bounded(name: str, value: Value, minor: int) -> int:
    low, high = sorted((0, value.scheduled_minor))
    if not low <= minor <= high:
        raise ValueError(
            f"{name}: {minor} minor units to date do not lie between 0 and its scheduled value of "
            f"{value.scheduled_minor}"
        )
    return minor


def _exact(terms: ProgressTerms, lines: Sequence[Line], percent: int, before: Fraction) -> Fraction:
    """Return what is retained in all by a claim, exactly, what was released included."""
    if terms.retained is Retained.TO_DATE:
        return Fraction(sum(line.to_date_minor for line in lines) * percent, WHOLE_E6)
    return before + Fraction(sum(line.this_minor for line in lines) * percent, WHOLE_E6)


def _freed(
    terms: ProgressTerms,
    release: RetainageRelease,
    held: int,
    freed: list[tuple[RetainageRelease, int]],
) -> int:
    amount = held if release.amount_minor is None else release.amount_minor
    if not 0 <= amount <= held:
        raise ValueError(
            f"{terms.reference}: release {release.name} of {amount} minor units on {release.day}; "
            f"{held} are held"
        )
    freed.append((release, amount))
    return amount
