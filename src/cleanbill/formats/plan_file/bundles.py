"""The bundles of a plan file: an item priced as one, what it is made of, and its add-ons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cleanbill.formats.plan_file.problems import Problem
from cleanbill.formats.plan_file.shape import BUNDLE, COMPONENT
from cleanbill.formats.plan_file.values import Values, checked
from cleanbill.nouns.bundle import BundleTerms, Component, Shown

ONE_E6 = 10**6


def bundles_of(
    tables: Sequence[Any], head: Values, problems: list[Problem]
) -> tuple[BundleTerms, ...]:
    """Return the bundles of a file; what is wrong goes to ``problems``."""
    found = [
        _bundle(table, head, f"bundle {number}", problems) for number, table in enumerate(tables, 1)
    ]
    if found and "customer" in head:
        problems.append(Problem("the file", "bundles are of a plan or of everybody"))
    names = [one.reference for one in found if one is not None]
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.append(Problem("the file", f"bundle {name!r} is there twice"))
    return tuple(one for one in found if one is not None)


def _bundle(table: object, head: Values, place: str, problems: list[Problem]) -> BundleTerms | None:
    before = len(problems)
    own = checked(table, BUNDLE, place, problems)
    parts = [
        checked(part, COMPONENT, f"{place}, component {n}", problems)
        for n, part in enumerate(own.get("components", ()), 1)
    ]
    start = own.get("valid_from", head.get("valid_from"))
    # Where the file gives it but wrongly, that is told already.
    if start is None and not problems:
        problems.append(Problem(place, "'valid_from' is missing here, and in the file"))
    if start is None or len(problems) > before:
        return None
    try:
        return BundleTerms(
            reference=own["bundle"],
            item=own["item"],
            start=start,
            end=own.get("valid_to", head.get("valid_to")),
            plan=head.get("plan"),
            shown=Shown(own.get("shown", Shown.COMPONENTS)),
            components=tuple(
                Component(
                    item=part["item"],
                    quantity_e6=part.get("quantity", ONE_E6),
                    share_e6=part.get("share"),
                    addon=part.get("addon", False),
                )
                for part in parts
            ),
        )
    except ValueError as error:
        problems.append(Problem(place, str(error)))
        return None
