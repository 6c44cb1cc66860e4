"""``recurring.csv``: subscriptions that begin, change and end within the month."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from cleanbill.actions.sample.catalogue import SUBSCRIPTIONS
from cleanbill.actions.sample.profiles import Profile
from cleanbill.actions.sample.rows import Row

MOST = 12
"""So many subscriptions show every kind of them."""

_MONTHLY = {"every": "month", "alignment": "calendar", "unit": "MON"}
_KINDS: tuple[tuple[Row, Row], ...] = (
    # By the price lists, month by month; then more of it from the middle of the month on.
    ({"quantity": "2", "start": "2026-10-01"}, {}),
    ({"quantity": "3", "start": "2026-10-12"}, {}),
    ({"quantity": "4", "start": "2026-10-01"}, {"change_from": "2026-10-16", "quantity": "6"}),
    # At a price of its own: one that ends, one that is charged afterwards, one by the year.
    ({"quantity": "1", "unit_price": "59.90", "start": "2026-10-01", "end": "2026-10-21"}, {}),
    ({"quantity": "2", "unit_price": "75", "start": "2026-09-10", "due": "arrears"}, {}),
    (
        {"quantity": "1", "unit_price": "1188", "start": "2026-10-05", "every": "year"}
        | {"alignment": "anniversary", "unit": "C62"},
        {},
    ),
)
"""What terms say, and what changes."""


def recurring_rows(
    profiles: Mapping[str, Profile], spoiled: Collection[str], agreed_from: Mapping[str, str]
) -> list[Row]:
    """Return the rows of ``recurring.csv``: for businesses at home that nothing is wrong with.

    ``spoiled`` are customers and items that an error was planted on.
    """
    plain = [
        profile
        for profile in profiles.values()
        if profile.kind == "business"
        and (profile.country, profile.currency) == ("DE", "EUR")
        and not profile.needs_purchase_order
        and not profile.succession
        and profile.customer not in spoiled
        and agreed_from.get(profile.customer, "") <= "2026-09-01"
    ]
    items = [item for item in SUBSCRIPTIONS[:2] if item.item not in spoiled]
    rows: list[Row] = []
    for place, profile in enumerate(plain[:MOST] if items else ()):
        said, change = _KINDS[place % len(_KINDS)]
        reference = f"ABO-2026-{place + 1:04}"
        item = items[place % len(items)]
        party = {"customer": profile.customer, "item": item.item, "currency": "EUR"}
        rows.append({"reference": reference, **party, **_MONTHLY, **said})
        if change:
            rows.append({"reference": reference, **change})
    return rows
