"""Look terms up: what is known of them now, what was known before, what was drawn from them."""

from __future__ import annotations

from typing import Any

from cleanbill.actions.access import Actor, action
from cleanbill.cycle import draw
from cleanbill.formats import recurring_json
from cleanbill.nouns.drawn import RECURRING
from cleanbill.nouns.recurring import RecurringTerms
from cleanbill.store import terms
from cleanbill.store.models import SourceFile, Terms

Row = dict[str, Any]


class NoSuchTerms(LookupError):
    """No terms of this organisation have the reference."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"there are no terms {reference}; `cleanbill recurring` lists them")


@action("look")
def recurring_terms(actor: Actor, *, customer: str | None = None, limit: int = 50) -> list[Row]:
    """Return recurring terms as they are known now, the latest first, with how far they are drawn.

    ``last_day`` is the day up to which they were drawn, null before the first time.
    """
    found = terms.latest_terms(actor.organisation_id, RECURRING, customer, limit)
    return [
        {
            **_said(recurring_json.read(row["body"], row["version"])),
            "last_day": row["through"],
            "drawn_version": row["drawn_version"],
        }
        for row in found.iter_rows(named=True)
    ]


@action("look")
def terms_history(actor: Actor, reference: str) -> Row:
    """Return every version of recurring terms with who made it known, and all that was drawn.

    ``versions`` in order; ``charges`` with the sentence that says how each came about. Raises
    NoSuchTerms, also for those of another organisation.
    """
    own = actor.organisation_id
    rows = Terms.objects.filter(organisation_id=own, kind=RECURRING, reference=reference)
    versions = list(rows.order_by("version").values("version", "body", "source_file"))
    if not versions:
        raise NoSuchTerms(reference)
    files = SourceFile.objects.filter(organisation_id=own).in_bulk(
        [row["source_file"] for row in versions]
    )
    charges = terms.history(own, RECURRING, [reference]).get(reference, [])
    return {
        "reference": reference,
        "versions": [
            {
                **_said(recurring_json.read(row["body"], row["version"])),
                "known_at": files[row["source_file"]].imported_at,
                "known_by": files[row["source_file"]].actor,
                "file": files[row["source_file"]].name,
            }
            for row in versions
        ],
        "charges": [
            {
                **{c: row[c] for c in ("reference", "kind", "amount_minor", "currency")},
                **{c: row[c] for c in ("service_date", "service_end", "cancels")},
                "version": row["terms_version"],
                "how": draw.told(RECURRING, row, row["basis"]),
            }
            for row in charges
        ],
    }


def _said(terms: RecurringTerms) -> Row:
    """What terms say, as values that people read."""
    return {
        "reference": terms.reference,
        "version": terms.version,
        "customer": terms.customer,
        "item": terms.item,
        "quantity_e6": terms.quantity_e6,
        "unit_price_e8": terms.unit_price_e8,
        "currency": terms.currency,
        "every": terms.cadence.unit.value,
        "every_count": terms.cadence.count,
        "start": terms.start,
        "end": terms.end,
        "due": terms.timing.value,
        "changes": [
            {
                "day": change.day,
                "item": change.item,
                "quantity_e6": change.quantity_e6,
                "unit_price_e8": change.unit_price_e8,
            }
            for change in terms.changes
        ],
    }
