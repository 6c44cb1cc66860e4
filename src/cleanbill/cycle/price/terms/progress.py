"""Progress billing: this claim is what is complete to date less what was before, line by line.

In: terms, claims and releases of retainage. Out: for each claim a slot per line that moved and one
for the retainage, for each release a slot of its own. A line at 100 % has been claimed at its
scheduled value, exactly; when all are and all is released, the contract sum has been billed,
exactly.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from cleanbill.cycle.price.terms.application import Application, Line, applications
from cleanbill.cycle.price.terms.due import Due, Reckoned
from cleanbill.nouns.progress import Claim, ProgressTerms, RetainageRelease


def reckoned(
    terms: ProgressTerms,
    claims: Iterable[Claim],
    releases: Iterable[RetainageRelease],
    through: date,
) -> Reckoned:
    """Return what claims and releases up to and including ``through`` come to, slot by slot."""
    known = [claim for claim in claims if claim.day <= through]
    free = [one for one in releases if one.day <= through]
    found, freed = applications(terms, known, free)
    dues: list[Due] = []
    for application in found:
        dues += [_of_line(terms, application, line) for line in application.lines]
        if terms.retainage_item is not None:
            dues.append(_of_retainage(terms, application))
    dues += [_of_release(terms, release, minor) for release, minor in freed]
    return Reckoned(tuple(dues))


def _of_line(terms: ProgressTerms, application: Application, line: Line) -> Due:
    claim, value = application.claim, line.value
    basis: dict[str, Any] = {
        "kind": "progress",
        "currency": terms.currency,
        "claim": claim.number,
        "line": value.line,
        "scheduled_minor": value.scheduled_minor,
        "change_order": value.change_order,
        "percent_e6": line.percent_e6,
        "to_date_minor": line.to_date_minor,
        "before_minor": line.before_minor,
    }
    return Due(
        slot=f"{claim.number}/{value.line}",
        item=value.item,
        first=claim.day,
        last=claim.day,
        amount_minor=line.this_minor,
        basis=basis,
        description=value.description,
        lowers=value.scheduled_minor < 0,
    )


def _of_retainage(terms: ProgressTerms, application: Application) -> Due:
    assert terms.retainage_item is not None
    claim = application.claim
    owing = application.held_before_minor - application.retained_minor
    basis: dict[str, Any] = {
        "kind": "retainage",
        "currency": terms.currency,
        "claim": claim.number,
        "percent_e6": application.retainage_e6,
        "retained": terms.retained.value,
        "completed_minor": application.completed_minor,
        "this_minor": application.this_minor,
        "exact_minor": str(application.retained_exact),
        "released_minor": application.released_minor,
        "held_minor": application.retained_minor,
        "held_before_minor": application.held_before_minor,
    }
    return Due(
        slot=f"{claim.number}/retainage",
        item=terms.retainage_item,
        first=claim.day,
        last=claim.day,
        amount_minor=owing,
        basis=basis,
        lowers=True,
    )


def _of_release(terms: ProgressTerms, release: RetainageRelease, minor: int) -> Due:
    if terms.retainage_item is None:
        raise ValueError(
            f"{terms.reference}: release {release.name} frees what was retained, but the terms "
            "retain nothing"
        )
    basis: dict[str, Any] = {
        "kind": "release",
        "currency": terms.currency,
        "release": release.name,
        "all": release.amount_minor is None,
        "freed_minor": minor,
    }
    return Due(
        slot=f"release/{release.name}",
        item=terms.retainage_item,
        first=release.day,
        last=release.day,
        amount_minor=minor,
        basis=basis,
        lowers=True,
    )
