"""What was done last, told over the next page with the way to take it back."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpRequest

from cleanbill.actions import look_at_finding
from cleanbill.actions.access import Actor

_DONE = re.compile(r"([rd])([0-9]{1,18})")


def done_before(request: HttpRequest, actor: Actor) -> dict[str, Any] | None:
    """Return the repair or decision that the address names, if it can still be taken back."""
    match = _DONE.fullmatch(request.GET.get("done", ""))
    if match is None:
        return None
    number = int(match[2])
    if match[1] == "r":
        return look_at_finding.what_was_done(actor, repair_id=number)
    return look_at_finding.what_was_done(actor, decision_id=number)
