"""Postal addresses as printed lines: the order of town and postcode, the name of a country."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

_TOWN_FIRST = "AE AU BH CA GB HK ID IE IN KR KW NZ OM PH QA SA SG TH TW US VN ZA"
_LETTER_PAPER = frozenset(("US", "CA"))


def paper_of(country: str) -> str:
    """Return the paper a seller of this country prints on: ``a4`` or ``us-letter``."""
    return "us-letter" if country in _LETTER_PAPER else "a4"


@cache
def country_name(code: str, language: str) -> str:
    """Return a country's name in a language; an unknown code stays as it is.

    >>> country_name("AT", "de")
    'Österreich'
    """
    from babel import Locale  # read only when needed: its tables take longer than a small bill

    return str(Locale.parse(language).territories.get(code, code))


def town_line(address: Mapping[str, Any]) -> list[str]:
    """Return town, region and postcode in the order the country's post expects."""
    town, code = address.get("city", ""), address.get("postcode", "")
    region, country = address.get("region", ""), address.get("country", "")
    if country and country in _TOWN_FIRST:
        place = ", ".join(part for part in (town, region) if part)
        return _filled(" ".join(part for part in (place, code) if part))
    line = " ".join(part for part in (code, town) if part)
    if country == "IT" and region:
        return _filled(f"{line} {region}".strip())
    return _filled(line, region)


def address_lines(address: Mapping[str, Any], home: str, language: str) -> list[str]:
    """Return an address as lines, the country in upper case where it is not ``home``."""
    country = address.get("country", "")
    abroad = country_name(country, language).upper() if country and country != home else ""
    return _filled(*address.get("lines", ()), *town_line(address), abroad)


def _filled(*lines: str) -> list[str]:
    return [line for line in lines if line.strip()]
