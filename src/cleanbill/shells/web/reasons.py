"""Counts of findings for people: one row a reason, whatever the currencies of its money."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def by_reason(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a row for each check and severity, in the order in which each comes first.

    In: ``code``, ``severity``, ``currency``, ``count``, ``at_stake_minor``. Out: the same without
    currency, and ``stakes``, pairs of currency and money without those of nought.
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        own = found.setdefault(
            (row["code"], row["severity"]),
            {"code": row["code"], "severity": row["severity"], "count": 0, "stakes": []},
        )
        own["count"] += row["count"]
        if row["at_stake_minor"]:
            own["stakes"].append((row["currency"], row["at_stake_minor"]))
    return list(found.values())
