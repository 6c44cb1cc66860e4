"""Which rate a tax of a GOBL document has: by our dated data, as stated, or by GOBL's regime."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

from cleanbill.cycle.tax import Rules, further_rates, rules
from cleanbill.cycle.tax.regions import regional_data
from cleanbill.nouns.scales import RATE_DECIMALS, RATE_MAX_E6, scaled, unscaled

WORDS = tomllib.loads(Path(__file__).with_name("gobl.toml").read_text(encoding="utf-8"))
OURS, REGIME, FREE = "our dated data, by name", "GOBL's description of the country", "none"
KNOWN, STATED = "stated on the document, and a rate of our dated data", "stated on the document"
SURCHARGE = "+eqs"
OTHER = "GOBL's rate is not that of our dated data"
CODES = {"EL": "GR", "XI": "GB", "XU": "GB"}
"""Codes of a tax area that is part of a country in our data."""


class UnknownRate(ValueError):
    """No source gives the rate of a tax."""


@dataclass(frozen=True, slots=True)
class Found:
    """A tax as we take it: rates in millionths of a percent, what it does, where it came from."""

    tax: str
    kind: str | None
    """Added, retained or informative; null where no description of the country knows the tax."""
    mark: str
    percent_e6: int | None
    surcharge_e6: int | None
    source: str
    note: str | None = None


def percent(text: str) -> int:
    """Return ``21.0%`` (or ``0.21``) as millionths of a percent, exactly; raises ValueError."""
    cleaned = text.strip()
    try:
        number = Decimal(cleaned[:-1]) if cleaned.endswith("%") else Decimal(cleaned) * 100
    except InvalidOperation:
        raise ValueError(f"{text!r} is no percentage") from None
    return scaled(number, RATE_DECIMALS, RATE_MAX_E6)


@cache
def _regimes(folder: Path) -> dict[str, dict[str, Any]]:
    """Return GOBL's regimes by country; another code of a country leads to the same regime."""
    found = [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))]
    by_code: dict[str, dict[str, Any]] = {r["country"]: r for r in found if "country" in r}
    for known in found:
        by_code |= dict.fromkeys(known.get("alt_country_codes") or [], known)
    return by_code


def regime(regimes: Path, country: str) -> dict[str, Any]:
    """Return GOBL's regime of a country; empty where it has none."""
    return _regimes(regimes).get(country, {})


def rounding_rule(document: Mapping[str, Any], home: Mapping[str, Any]) -> str:
    """Return the rule that GOBL uses: the document's, its regime's, or ``precise``."""
    said = (document.get("tax") or {}).get("rounding")
    rule: str = said or home.get("calculator_rounding_rule") or "precise"
    return rule


def _category(home: Mapping[str, Any], code: str) -> Mapping[str, Any]:
    return next((c for c in home.get("categories", []) if c["code"] == code), {})


def _kind(category: Mapping[str, Any]) -> str | None:
    if not category:
        return None
    if category.get("retained"):
        return "retained"
    return "informative" if category.get("informative") else "added"


def _named(tax: Mapping[str, Any], category: Mapping[str, Any]) -> tuple[str, str]:
    """Return key and rate of a tax; older documents say the key where the rate now stands."""
    key, rate = tax.get("key", ""), tax.get("rate") or next(iter(tax.get("tags") or []), "")
    keys = {k["key"] for k in category.get("keys", [])}
    if not key:
        head, _, detail = rate.partition("+")
        if head == "exempt":
            return WORDS["older"].get(detail, "exempt"), ""
        if rate == "zero" or rate in WORDS["free"]:
            return rate, ""
    if rate == "standard" or rate.startswith("standard+"):
        rate = rate.replace("standard", "general", 1)
    return key or ("standard" if keys or rate else ""), rate


def _is_free(key: str, category: Mapping[str, Any]) -> bool:
    """Whether the key is a reason for no tax at all."""
    told = {k["key"] for k in category.get("keys", []) if k.get("no_percent")}
    return key in WORDS["free"] or key in told


def found(
    tax: Mapping[str, Any], home_country: str, day: date, regimes: Path, reasons: Mapping[str, str]
) -> Found:
    """Return the tax of a line with its rate on the day; raises UnknownRate.

    Our data decide where they cover the country's rate, then GOBL's regime where the rate is one
    of a region, then what the document states, then the regime.
    """
    country = tax.get("country") or home_country
    home = regime(regimes, country)
    category = _category(home, tax["cat"])
    home_category = _category(regime(regimes, home_country), tax["cat"]) or category
    key, rate = _named(tax, category)
    extensions = {**reasons, **(tax.get("ext") or {})}
    mark = "/".join((tax.get("country", ""), key, _text(tax.get("ext") or {})))
    kind = _kind(home_category)
    stated = percent(tax["percent"]) if tax.get("percent") else None
    if _is_free(key, category) or (stated is None and not rate and key != "zero"):
        # A tax with neither rate nor percentage asks for nothing: exempt, for whatever reason.
        return Found(tax["cat"], kind, mark, None, None, FREE)
    if key == "zero" and not stated:
        return Found(tax["cat"], kind, mark, 0, None, FREE)
    ours = _ours(CODES.get(country, country), tax["cat"], rate, day)
    regional = _value(category, rate, extensions, day, regional=True)
    value = regional or _value(category, rate, extensions, day, regional=False)
    if ours and not regional:
        theirs = percent(value["percent"]) if value else stated
        note = None
        if theirs not in (None, ours[0]):
            words = [f"{unscaled(e6, RATE_DECIMALS).normalize():f} %" for e6 in (theirs, ours[0])]
            note = f"{OTHER}: {country} {tax['cat']} {rate} on {day}: {words[0]} ≠ {words[1]}"
        return Found(tax["cat"], kind, mark, *ours, OURS, note)
    surcharge = percent(tax["surcharge"]) if tax.get("surcharge") else None
    if value and rate:
        extra = percent(value["surcharge"]) if value.get("surcharge") else None
        return Found(tax["cat"], kind, mark, percent(value["percent"]), extra, REGIME)
    if stated is None:
        raise UnknownRate(f"no rate for {country} {tax['cat']} {key} {rate} on {day}")
    return Found(
        tax["cat"], kind, mark, stated, surcharge, *_stated(country, tax["cat"], stated, day)
    )


def _stated(country: str, tax: str, stated: int, day: date) -> tuple[str, str | None]:
    """Return source of a stated rate; and a note where our data know the country, not the rate."""
    covered = CODES.get(country, country)
    ours = [
        rates.value.rate_percent_e6
        for (place, _), spans in rules().rates.items()
        for rates in spans
        if place == covered and day in rates
    ]
    if tax != "VAT" or not ours:
        return STATED, None
    if stated in ours or not stated:
        return KNOWN, None
    said = unscaled(stated, RATE_DECIMALS).normalize()
    return STATED, f"our data know no VAT of {said:f} % in {covered} on {day}"


def _text(extensions: Mapping[str, str]) -> str:
    return ",".join(f"{k}={v}" for k, v in sorted(extensions.items()))


def _ours(country: str, tax: str, rate: str, day: date) -> tuple[int, int | None] | None:
    """Return rate and surcharge from the data of the house, None where they have none."""
    ours: Rules = rules()
    base, surcharged = rate.removesuffix(SURCHARGE), rate.endswith(SURCHARGE)
    national = _national(country, tax, WORDS["rates"]["default"].get(base, ""), day)
    if national is not None:
        return national, None
    if tax != "VAT":
        name = WORDS["rates"].get(tax, {}).get(base, "")
        other = further_rates().rate(country, tax, name, day)
        return (other.rate_percent_e6, None) if other else None
    names = {**WORDS["rates"]["default"], **WORDS["rates"].get(country, {})}
    known = ours.rate(country, names.get(base, ""), day)
    if known is None:
        return None
    if not surcharged:
        return known.rate_percent_e6, None
    extra = further_rates().rate(country, "equivalence-surcharge", names[base], day)
    return (known.rate_percent_e6, extra.rate_percent_e6) if extra else None


def _national(country: str, tax: str, name: str, day: date) -> int | None:
    """Return the rate of a country beside the European ones that holds in all of it."""
    known = regional_data().rate(country, "", name, day)
    if known is None or (known.tax or "VAT") != tax:
        return None
    return known.value.rate_percent_e6


def _value(
    category: Mapping[str, Any],
    rate: str,
    extensions: Mapping[str, str],
    day: date,
    *,
    regional: bool,
) -> dict[str, Any] | None:
    """Return the regime's value of a rate on a day; ``regional`` ones hold where ``ext`` agrees."""
    for named in category.get("rates", []):
        if named.get("rate") != rate:
            continue
        for value in named.get("values", []):
            where = value.get("ext") or {}
            agrees = all(extensions.get(k) == v for k, v in where.items())
            since = date.fromisoformat(value["since"]) if value.get("since") else date.min
            if bool(where) == regional and agrees and since <= day:
                return dict(value)
    return None
