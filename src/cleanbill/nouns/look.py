"""The look of documents: what a seller's paper says and shows beside tax, numbers and bank.

One home for its rules: the company file and the page that changes a look both ask here. A look is
a mapping of field to text; the lines of ``legal`` stand one below the other.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace

from cleanbill.nouns.seller import Contact, Seller

Look = dict[str, str]

MOST = {
    "accent": 7,
    "initials": 3,
    "tagline": 100,
    "website": 100,
    "contact_name": 100,
    "contact_phone": 40,
    "contact_email": 254,
    "legal": 100,
}
"""The fields of a look with their most letters; of ``legal`` those of a line."""
MOST_LINES = 6
DEFAULT_ACCENT = "#1b1b1b"
PROBLEMS = {
    "colour": "expected # and six of the digits 0 to 9 and letters a to f, as in #1f4e3d",
    "long": "at most {most} letters fit, but it has {has}",
    "lines": "at most {most} lines fit at the foot, but there are {has}",
    "letters": "it has letters that cannot be seen or printed; type it again",
    "email": "expected an e-mail address, as in accounts@example.com",
}
"""What can be wrong with a field, in words."""
_ACCENT = re.compile(r"#[0-9a-fA-F]{6}")
_EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+")
_UNPRINTABLE = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Control letters, halves, letters without a meaning, ends of lines and paragraphs."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a field of a look; ``code`` is a key of PROBLEMS."""

    code: str
    most: int = 0
    has: int = 0

    def __str__(self) -> str:
        return PROBLEMS[self.code].format(most=self.most, has=self.has)


def is_accent(text: str) -> bool:
    """Tell whether a text is a colour that can be printed."""
    return _ACCENT.fullmatch(text) is not None


def look_of(seller: Seller) -> Look:
    """Return the look of a seller's documents, as the paper shows it."""
    contact = seller.contact
    return {
        "accent": seller.accent if is_accent(seller.accent) else DEFAULT_ACCENT,
        "initials": seller.initials,
        "tagline": seller.tagline,
        "website": seller.website,
        "contact_name": contact.name,
        "contact_phone": contact.phone,
        "contact_email": contact.email,
        "legal": "\n".join(seller.legal),
    }


def tidied(texts: Mapping[str, str]) -> Look:
    """Return a look from texts as people type them; a field that is missing is empty."""
    look = {name: texts.get(name, "").strip() for name in MOST}
    look["accent"] = look["accent"].lower() or DEFAULT_ACCENT
    # The ends of lines that a form sends, and no others: whatever else breaks a line is told of.
    rows = look["legal"].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    look["legal"] = "\n".join(filter(None, (row.strip() for row in rows)))
    return look


def problems(look: Mapping[str, str]) -> dict[str, Problem]:
    """Return what is wrong with a look, by field; nothing where it can be kept."""
    found = {name: _problem(name, text) for name, text in look.items()}
    return {name: problem for name, problem in found.items() if problem is not None}


def _problem(name: str, text: str) -> Problem | None:
    rows = text.split("\n") if name == "legal" else [text]
    longest = max(map(len, rows))
    if longest > MOST[name]:
        return Problem("long", MOST[name], longest)
    if len(rows) > MOST_LINES:
        return Problem("lines", MOST_LINES, len(rows))
    if any(unicodedata.category(letter) in _UNPRINTABLE for row in rows for letter in row):
        return Problem("letters")
    if name == "accent" and not is_accent(text):
        return Problem("colour")
    if name == "contact_email" and text and not _EMAIL.fullmatch(text):
        return Problem("email")
    return None


def dressed(seller: Seller, look: Mapping[str, str]) -> Seller:
    """Return a seller with another look, and nothing else changed."""
    return replace(
        seller,
        accent=look["accent"],
        initials=look["initials"],
        tagline=look["tagline"],
        website=look["website"],
        legal=tuple(filter(None, look["legal"].split("\n"))),
        contact=Contact(look["contact_name"], look["contact_phone"], look["contact_email"]),
    )
