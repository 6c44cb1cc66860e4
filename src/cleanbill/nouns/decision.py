"""Decisions: what people may decide or say about a finding, and what a run makes of it."""

from __future__ import annotations

from enum import StrEnum


class Decision(StrEnum):
    """One kind of fact about a finding."""

    WAIVE = "waive"
    """It no longer holds anything back, up to and including a day."""
    DEFER = "defer"
    """It waits, with what it is about, until a day."""
    ASSIGN = "assign"
    COMMENT = "comment"
    CONFIRM = "confirm"
    """It was right."""
    DISMISS = "dismiss"
    """It was wrong, or not worth a person's time."""
    APPLY = "apply"
    """Its proposal was carried out."""
    UNDO = "undo"
    """And taken back."""
    WITHDRAW = "withdraw"
    """An earlier decision no longer counts."""


class Scope(StrEnum):
    """For what a waiver holds."""

    ROW = "row"
    CUSTOMER = "customer"
    """This check, with all that is billed to this customer."""


WAIVED, DEFERRED = "waived", "deferred"
"""What a run calls a finding in place of its severity."""
