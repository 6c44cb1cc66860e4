"""``agreements.csv``: one agreement for each customer, for some two in succession."""

from __future__ import annotations

from datetime import date

from cleanbill.actions.sample.draw import Draw
from cleanbill.actions.sample.profiles import Profile
from cleanbill.actions.sample.rows import Row

_PAYMENT_DAYS = ("7", "10", "14", "14", "30", "30", "30", "45", "60")
_SUCCESSIONS = (date(2026, 10, 1), date(2026, 10, 12), date(2026, 7, 1))


def agreement_rows(found: list[Profile], draw: Draw) -> list[Row]:
    """Return the rows of ``agreements.csv`` in the order of the customers."""
    rows = []
    successions = 0
    for number, profile in enumerate(found):
        start = date(draw.between(2022, 2025), draw.between(1, 12), 1)
        if number % 9 == 8 and not profile.succession:
            start = date(2026, draw.between(1, 7), 1)
        row = _agreement(profile, start, number, draw)
        if profile.succession:
            handover = _SUCCESSIONS[successions % len(_SUCCESSIONS)]
            successions += 1
            ended = row | {"valid_to": handover.isoformat()}
            row = row | {
                "agreement": f"{row['agreement']}-2",
                "valid_from": handover.isoformat(),
                "payment_days": draw.pick(_PAYMENT_DAYS),
            }
            rows.append(ended)
        rows.append(row)
    return rows


def _agreement(profile: Profile, start: date, number: int, draw: Draw) -> Row:
    return {
        "customer": profile.customer,
        "agreement": f"RV-{start.year}-{number + 1:04d}",
        "valid_from": start.isoformat(),
        "currency": profile.currency,
        "grouping": profile.grouping,
        "cut_off": profile.cut_off,
        "required_references": "purchase_order" if profile.needs_purchase_order else "",
        "payment_days": "14" if profile.kind == "consumer" else draw.pick(_PAYMENT_DAYS),
        "plan": profile.plan,
        "document_discount_percent": profile.document_discount,
    }
