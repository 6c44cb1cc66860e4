"""Who may sign in: people who are members somewhere. Nobody signs himself up."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter


class Invited(DefaultAccountAdapter):
    """Accounts are made with a membership, by an administrator."""

    def is_open_for_signup(self, request: Any) -> bool:
        """Answer no: whoever works here has been invited."""
        return False
