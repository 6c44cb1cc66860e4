"""How figures, dates and texts are written on a bill: by language and currency, from strings.

Nothing here rounds: every digit shown stands in the document.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cleanbill.formats.pdf import words_ar
from cleanbill.formats.pdf.words import MONTHS

GAP = "\u00a0"
"""A space that does not break."""

_ENDS = ("start", "end")
_OPEN_ENDS = {"de": ("ab", "bis"), "en": ("from", "until"), "ar": ("من", "حتى")}
_DECIMAL = re.compile(r"-?\d+(\.\d+)?")
_JOINERS = "\u00ad\u200b\u200c\u200d\u200e\u200f"


@dataclass(frozen=True, slots=True)
class Style:
    """Writes numbers, amounts and dates in one language and currency."""

    language: str
    currency: str
    decimals: int

    @property
    def point(self) -> str:
        """The decimal mark."""
        return "," if self.language == "de" else "."

    def number(self, text: str, least: int = 0) -> str:
        """Return a number grouped by threes, with at least ``least`` decimals.

        >>> Style("de", "EUR", 2).number("-1234.500", 2)
        '−1.234,50'
        """
        if not _DECIMAL.fullmatch(text):
            return text
        whole, _, fraction = text.lstrip("-").partition(".")
        fraction = fraction.rstrip("0").ljust(least, "0")
        grouped = f"{int(whole):,}".replace(",", "." if self.language == "de" else ",")
        sign = "−" if text.startswith("-") and not is_zero(text) else ""
        return sign + grouped + (self.point + fraction if fraction else "")

    def money(self, text: str) -> str:
        """Return an amount with the currency's decimals, without the currency."""
        return self.number(text, self.decimals)

    def priced(self, text: str) -> str:
        """Return an amount with its currency code where the language puts it."""
        amount = self.money(text)
        if self.language == "de":
            return f"{amount}{GAP}{self.currency}"
        return f"{self.currency}{GAP}{amount}"

    def percent(self, text: str) -> str:
        """Return a rate with its sign."""
        if self.language == "ar":  # kept apart, or the sign would change sides after a letter
            return f"\u2066{self.number(text)}%\u2069"
        return self.number(text) + ("\u202f%" if self.language == "de" else "%")

    def date(self, iso: str) -> str:
        """Return a day written out: ``3 November 2026`` or ``03.11.2026``."""
        return self._day(iso, 12)

    def short_date(self, iso: str) -> str:
        """Return a day, the month cut to three letters."""
        return self._day(iso, 3)

    def period(self, period: Mapping[str, Any]) -> str:
        """Return a period of days, both named; a single day once; open ends as such."""
        first, last = (self.short_date(period[key]) if key in period else "" for key in _ENDS)
        if not first or not last:
            since, until = _OPEN_ENDS[self.language]
            return f"{since} {first}" if first else f"{until} {last}"
        return first if first == last else f"{first} – {last}"

    def padding(self, shown: str, widest: int) -> str:
        """Return what would have to follow so that decimal marks stand under each other."""
        own = self.places(shown)
        if own >= widest:
            return ""
        return (self.point if own == 0 else "") + "0" * (widest - own)

    def places(self, shown: str) -> int:
        """Return how many decimals a written number has."""
        return len(shown.partition(self.point)[2])

    def _day(self, iso: str, letters: int) -> str:
        year, month, day = iso.split("-")
        if self.language == "de":
            return f"{day}.{month}.{year}"
        if self.language == "ar":  # the names of months are short, and not cut
            return f"{int(day)}{GAP}{words_ar.MONTHS[int(month) - 1]}{GAP}{year}"
        return f"{int(day)}{GAP}{MONTHS[int(month) - 1][:letters]}{GAP}{year}"


def is_zero(text: str) -> bool:
    """Return whether a decimal string is zero."""
    return not text.strip("-0.")


def negated(text: str) -> str:
    """Return the decimal string with its sign turned; zero stays zero."""
    if is_zero(text):
        return text.lstrip("-")
    return text[1:] if text.startswith("-") else "-" + text


def cleaned(value: Any) -> Any:
    """Return a document whose texts hold only characters that may be shown.

    Control characters would let data steer a terminal, overrides of the writing direction would
    let it show other digits than it holds, and private ones are forbidden in an archived PDF.
    """
    if isinstance(value, str):
        return value if value.isascii() and value.isprintable() else _shown(value)
    if isinstance(value, Mapping):
        return {key: cleaned(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [cleaned(part) for part in value]
    return value


def _shown(text: str) -> str:
    return "".join(map(_letter, unicodedata.normalize("NFC", text.replace("\r\n", "\n"))))


def _letter(letter: str) -> str:
    kind = unicodedata.category(letter)
    if letter == "\n" or letter in _JOINERS:
        return letter
    if kind in ("Cc", "Zl", "Zp"):
        return " "
    if kind == "Cf":
        return ""
    return "\ufffd" if kind in ("Co", "Cs", "Cn") else letter
