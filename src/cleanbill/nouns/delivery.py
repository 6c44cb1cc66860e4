"""Delivery of a message: where it stands, how long one waits before it is tried again."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    """Where a message stands."""

    QUEUED = "queued"
    """It waits to be sent, for the first time or again."""
    CLAIMED = "claimed"
    """Somebody is sending it, or died over it."""
    SENT = "sent"
    """The server has said that it took it."""
    UNKNOWN = "accepted_unknown"
    """The server got all of it and never answered: it may be there."""
    FAILED = "failed"
    """The server refused it for good."""
    GIVEN_UP = "given_up"
    """It was tried as often as it makes sense."""
    WITHDRAWN = "withdrawn"
    """It is not to be sent any more: what it rests on has changed."""


DONE_WITHOUT = (Standing.FAILED, Standing.GIVEN_UP, Standing.WITHDRAWN)
"""Nothing was sent, and nothing will be unless somebody asks again."""
WAITING = (Standing.QUEUED, Standing.CLAIMED)
PAUSES = (1, 5, 15, 60, 240, 720, 1440, 1440)
"""Minutes before each further attempt: three days in all, as mail servers are used to."""
DOUBTS = 2
"""So often a message is handed over whole without an answer; a third copy helps nobody."""


def pause_after(attempts: int) -> int | None:
    """Return the minutes to wait after so many attempts; None when there shall be no other.

    >>> pause_after(1), pause_after(8), pause_after(9)
    (1, 1440, None)
    """
    return PAUSES[attempts - 1] if attempts <= len(PAUSES) else None


class Outcome(StrEnum):
    """What came of handing a message to a server."""

    TAKEN = "taken"
    LATER = "later"
    """The server refused this message, but not for good."""
    REFUSED = "refused"
    """The server refused this message for good."""
    DOUBTFUL = "doubtful"
    """All of it was handed over, and no answer came."""
    NO_SERVER = "no_server"
    """No message can be handed over now: the server is away, or will not have us."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An outcome and the words that came with it."""

    outcome: Outcome
    told: str
