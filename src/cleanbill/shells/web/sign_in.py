"""Who may sign in: people who are members somewhere. Nobody signs himself up."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter


class Invited(DefaultAccountAdapter):
    """Accounts are made with a membership, by an administrator."""

    def is_open_for_signup(self, request: Any) -> bool:
        """Answer no: whoever works here has been invited."""
        return False

    def add_message(self, request: Any, level: Any, *what: Any, **more: Any) -> None:
        """Tell what was done; not that somebody is in, which the page shows by itself."""
        template = what[0] if what else more.get("message_template")
        if template != "account/messages/logged_in.txt":
            super().add_message(request, level, *what, **more)
