"""Let a series go on after the last number of the system before: once, before its first bill."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import transaction

from cleanbill.actions.access import Actor, action
from cleanbill.store import faults
from cleanbill.store.models import Event, Series
from cleanbill.store.numbers import SERIES_ROOM
from cleanbill.store.retries import persistently

KINDS = ("invoice", "credit_note")


class NumbersRefused(ValueError):
    """The series cannot go on after this number."""


@action("company.set_up")
def continue_numbers(actor: Actor, kind: str, last: str) -> int:
    """Let the series of a kind go on after ``last``; return the sequence that comes next.

    ``last`` is a number of the series as bills print it, or its digits. Saying the same again
    changes nothing. Raises NumbersRefused when the series has bills already, or would go back.
    """
    if kind not in KINDS:
        raise NumbersRefused(
            f"there is no series of kind {kind!r}; there are {' and '.join(KINDS)}"
        )
    following = persistently(lambda: _continued(actor, kind, last.strip()))
    faults.committed("setup")
    return following


def _continued(actor: Actor, kind: str, last: str) -> int:
    own = actor.organisation_id
    with transaction.atomic():
        series = Series.objects.select_for_update(no_key=True).get(organisation_id=own, kind=kind)
        following = _place(series.prefix, last) + 1
        if following == series.next_sequence:
            return following
        if series.next_sequence != series.first_sequence:
            raise NumbersRefused(
                f"series {series.prefix} has issued up to its {series.next_sequence - 1}.: from "
                "there it goes on by itself, or there would be a gap"
            )
        if following < series.next_sequence:
            raise NumbersRefused(
                f"series {series.prefix} begins with its {series.next_sequence}. already; "
                f"it does not go back to {following}"
            )
        before = series.next_sequence
        series.first_sequence = series.next_sequence = following
        with faults.write("setup.company"):
            series.save(update_fields=["first_sequence", "next_sequence"])
        with faults.write("setup.event"):
            Event.objects.create(
                organisation_id=own,
                at=datetime.now(UTC),
                actor=actor.name,
                action="series.continued",
                subject=series.prefix,
                before={"next": before},
                after={"next": following, "kind": kind},
                cause=f"last number of the system before: {last}",
            )
    return following


def _place(prefix: str, last: str) -> int:
    """Return the place in the series that a number, or its digits, has."""
    digits = last.removeprefix(prefix)
    if not (digits.isascii() and digits.isdecimal()) or int(digits) >= SERIES_ROOM - 1:
        raise NumbersRefused(
            f"{last!r} is no number of the series {prefix}: expected {prefix} and digits, or the "
            "digits alone. A series with another prefix is set in the company file"
        )
    return int(digits)
