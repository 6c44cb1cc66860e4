"""What a letter says, before it is plain text or HTML."""

from __future__ import annotations

from dataclasses import dataclass

from cleanbill.formats.pdf.layout import Letterhead


@dataclass(frozen=True, slots=True)
class Said:
    """All texts of a letter, in reading order; names and values as pairs."""

    language: str
    right_to_left: bool
    subject: str
    title: str
    greeting: str
    lead: str
    headline: str
    amount: str
    facts: list[tuple[str, str]]
    payment_title: str
    payment_text: str
    payment: list[tuple[str, str]]
    questions: str
    regards: str
    letterhead: Letterhead


def apart(text: str) -> str:
    """Return a text that keeps its own direction inside a sentence of the other one."""
    return f"\u2068{text}\u2069"
