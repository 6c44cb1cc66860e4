"""What goes into drawing and what comes out, for every kind of terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cleanbill.engine.tables import MasterData
from cleanbill.nouns.finding import Check
from cleanbill.nouns.policy import Policy
from cleanbill.nouns.seller import Seller

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A set of terms to be looked at: its current version, and what was drawn from it before."""

    reference: str
    version: int
    body: str
    customer: str | None = None
    currency: str | None = None
    drawn_version: int | None = None
    """The version that charges were last drawn from; None: never."""
    through: date | None = None
    """The day up to and including which it was."""
    memory: str | None = None
    """What this kind of terms wanted to be remembered."""
    history: Sequence[Row] = ()
    """Every charge drawn so far, with ``basis``; only where the version has changed since."""
    facts: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    """What this kind of terms rests on besides what they say, by what it is."""

    @property
    def changed(self) -> bool:
        """Whether charges were drawn from another version."""
        return self.drawn_version is not None and self.drawn_version != self.version


@dataclass(frozen=True, slots=True)
class Context:
    """What a drawing knows beside the terms. ``through`` is the last day that may be due.

    ``master`` gives the master data; it is called only where terms need a price of the lists.
    """

    master: Callable[[], MasterData]
    seller: Seller
    policy: Policy
    through: date


@dataclass(frozen=True, slots=True)
class Found:
    """What is due of a set of terms: rows of CHARGES, each with ``basis``, a plain mapping.

    ``next_day``: nothing more is due before that day unless the terms change; None: never.
    ``waiting``: why something that is due cannot be charged yet.
    """

    wanted: Wanted
    through: date
    rows: list[Row]
    next_day: date | None = None
    memory: str | None = None
    waiting: Sequence[Refused] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """Why nothing can be drawn from a set of terms; ``facts`` fill the places of the texts."""

    wanted: Wanted
    check: Check
    facts: Mapping[str, str] = field(default_factory=dict)
