"""Saved views of the work queue: each colleague's own, by a name, as the address that shows it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from cleanbill.actions.access import Actor, action
from cleanbill.store.models import SavedView

MOST = 30
"""So many views a colleague may keep."""
LONGEST_NAME, LONGEST_QUERY = 60, 1000


@action("look")
def views(actor: Actor) -> list[dict[str, Any]]:
    """Return the actor's own views by name, each with ``id``, ``name`` and ``query``."""
    return list(_own(actor).order_by("name").values("id", "name", "query")[:MOST])


@action("look")
def save_view(actor: Actor, name: str, query: str) -> int:
    """Keep a view, in place of one of the same name; return its id.

    Raises ValueError without a name, or where there are too many.
    """
    called = " ".join(name.split())[:LONGEST_NAME]
    if not called:
        raise ValueError("give the view a name")
    if len(query) > LONGEST_QUERY:
        raise ValueError("this selection is too long to be kept")
    if _own(actor).exclude(name=called).count() >= MOST:
        raise ValueError(f"{MOST} views are kept already; remove one first")
    said = {"query": query, "at": datetime.now(UTC)}
    kept, new = SavedView.objects.get_or_create(
        organisation_id=actor.organisation_id, actor=actor.name, name=called, defaults=said
    )
    if not new:
        _own(actor).filter(pk=kept.pk).update(**said)
    return int(kept.pk)


@action("look")
def drop_view(actor: Actor, view_id: int) -> None:
    """Remove one of the actor's own views. Raises LookupError for one that is not there."""
    gone, _ = _own(actor).filter(pk=view_id).delete()
    if not gone:
        raise LookupError(f"there is no view {view_id}")


def _own(actor: Actor) -> Any:
    return SavedView.objects.filter(organisation_id=actor.organisation_id, actor=actor.name)
