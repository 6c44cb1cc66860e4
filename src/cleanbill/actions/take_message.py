"""Take a message that waits in the outbox and deliver it: a worker does it beside runs and jobs."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from cleanbill.actions.deliver_mail import deliver_next, trouble_of
from cleanbill.gateways.mail_settings import MailSettings, server_from
from cleanbill.gateways.smtp import PostBox

REST = 60
"""So many seconds a worker leaves a mail server alone that is away."""
Tell = Callable[[str], None]


class Postman:
    """Delivers for a worker, of all organisations, one message at a time."""

    def __init__(self, tell: Tell) -> None:
        """Know how to tell what happens; the settings are read when there is something to send."""
        self._tell = tell
        self._box: PostBox | None = None
        self._rests_until = 0

    def take_message(self) -> bool:
        """Deliver one message; return whether there was one. Rests where no server can be had."""
        now = time.monotonic_ns() // 10**9
        if now < self._rests_until:
            return False
        try:
            server = server_from(os.environ)
        except MailSettings as error:
            return self._rested(now, str(error))
        if server is None:
            self._rests_until = now + REST
            return False
        self._box = self._box or PostBox(server)
        message = deliver_next(self._box, None)
        if message is None:
            self.close()
            return False
        # What servers answer may name the customer, and a worker's log outlives their erasure.
        trouble = trouble_of(message).replace(message.recipient, "…")
        self._tell(f"message {message.pk}: {message.state}{f', {trouble}' if trouble else ''}")
        if trouble:
            self.close()
            self._rests_until = now + REST
        return True

    def close(self) -> None:
        """Say goodbye to the server."""
        if self._box is not None:
            self._box.close()
            self._box = None

    def _rested(self, now: int, why: str) -> bool:
        self._tell(why)
        self._rests_until = now + REST
        return False
