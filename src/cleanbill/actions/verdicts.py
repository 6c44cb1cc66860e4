"""What people decided that a run must know: waivers, deferrals, settings of checks on its day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date
from typing import Any

from cleanbill.cycle.verify import VERDICTS, Verdicts
from cleanbill.nouns.limits import Limits
from cleanbill.nouns.policy import Policy
from cleanbill.store import decisions

LIMITS = {one.name: one.type for one in fields(Limits)}
SINGLE = (
    *("late_days", "future_days", "service_days_most", "quantity_most", "line_amount_most"),
    *("price_factor", "discount_percent_most", "approval_amount", "small_amount"),
)
"""Limits that single customers may have of their own."""


def verdicts_of(
    organisation_id: int, seller: str, policy: Policy, day: date, last_id: int
) -> tuple[Policy, Verdicts | None]:
    """Return the policy as it holds for a seller on a day, and what was decided about findings.

    Of settings the most specific wins: the customer's, the seller's, the organisation's, the
    company file's. Where nobody has decided anything, this costs one look at the counter.
    """
    if not last_id:
        return policy, None
    settings = decisions.settings_in_force(organisation_id, day, last_id)
    whose = [s for s in settings if s["seller"] in (None, seller)]
    for level in (None, seller):
        policy = _laid_over(policy, [s for s in whose if s["customer"] is None], level)
    severities, limits = _of_customers(whose)
    rows = decisions.in_force(organisation_id, day, last_id).select(*VERDICTS)
    if rows.is_empty() and not severities and not limits:
        return policy, None
    return policy, Verdicts(rows, severities, limits)


def _laid_over(policy: Policy, settings: list[Mapping[str, Any]], seller: str | None) -> Policy:
    own = {s["name"]: s["value"] for s in settings if s["seller"] == seller}
    if not own:
        return policy
    checks = {name: limit(name, value) for name, value in own.items() if name in LIMITS}
    severities = {name: value for name, value in own.items() if name not in LIMITS}
    return replace(
        policy,
        severities={**policy.severities, **severities},
        checks=replace(policy.checks, **checks),
    )


def _of_customers(
    settings: list[Mapping[str, Any]],
) -> tuple[dict[str, dict[str, str]], dict[str, dict[str, int]]]:
    severities: dict[str, dict[str, str]] = {}
    limits: dict[str, dict[str, int]] = {}
    # The seller's own come last, so that they count before those of all sellers.
    for setting in sorted(settings, key=lambda s: (s["seller"] is not None, s["id"])):
        name, who = setting["name"], setting["customer"]
        if who is None:
            continue
        if name in LIMITS:
            limits.setdefault(name, {})[who] = int(setting["value"])
        else:
            severities.setdefault(name, {})[who] = setting["value"]
    return severities, limits


def limit(name: str, value: str) -> Any:
    """Return a limit's value from its text. Raises ValueError for what is none."""
    if LIMITS[name] == "bool":
        if value not in ("true", "false"):
            raise ValueError(f"{name} is true or false, not {value!r}")
        return value == "true"
    if LIMITS[name] != "int":
        raise ValueError(f"{name} is set in the company file only")
    if not value.isascii() or not value.isdigit():
        raise ValueError(f"{name} is a whole number of zero or more, not {value!r}")
    Limits(**{name: int(value)})
    return int(value)
