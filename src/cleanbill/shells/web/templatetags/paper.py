"""Tags and filters for templates: icons, files by their content, amounts, days."""

from __future__ import annotations

import hashlib
import re
from datetime import date, datetime
from functools import cache
from pathlib import Path

from babel import Locale
from babel.dates import format_datetime, format_skeleton
from babel.numbers import format_currency, format_decimal, get_currency_symbol
from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language_bidi

from cleanbill.nouns.currency import decimals_of
from cleanbill.nouns.scales import unscaled
from cleanbill.shells.web.languages import locale

register = template.Library()
_FILES = Path(__file__).parents[1] / "static"


@cache
def _version(name: str) -> str:
    return hashlib.sha256((_FILES / name).read_bytes()).hexdigest()[:12]


@register.simple_tag
def asset(name: str) -> str:
    """Return the address of one of our files, which changes with its content."""
    return f"{static(name)}?{_version(name)}"


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """Return an icon of the sprite; it says nothing to a screen reader."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}#{}"/></svg>',
        extra,
        asset("web/icons.svg"),
        name,
    )


@register.filter
def money(minor: int | None, currency: str | None) -> str:
    """Return an amount with its currency, in the reader's manner; a dash where there is none."""
    if minor is None or not currency:
        return "—"
    if get_language_bidi():
        symbol = get_currency_symbol(currency, locale())
        return f"{figure(minor, currency)}\u00a0\u2068{symbol}\u2069"
    decimals = decimals_of(currency)
    usual = Locale.parse(locale()).currency_formats["standard"].pattern
    pattern = usual.replace(".00", "." + "0" * decimals if decimals else "")
    return format_currency(
        unscaled(minor, decimals),
        currency,
        pattern,
        locale=locale(),
        currency_digits=False,
        decimal_quantization=False,
    )


def _apart(number: str) -> str:
    """A number in a line that runs from right to left: its sign stands before it all the same."""
    if not get_language_bidi():
        return number
    plain = re.sub("[\u200e\u200f\u061c]", "", number)
    return f"\u2066{plain}\u2069"


@register.filter
def figure(minor: int | None, currency: str | None) -> str:
    """Return an amount without its currency, which then stands at the head of the column."""
    if minor is None or not currency:
        return "—"
    decimals = decimals_of(currency)
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return _apart(format_decimal(unscaled(minor, decimals), format=pattern, locale=locale()))


@register.filter
def count(number: int | str | None) -> str:
    """Return a whole number, its thousands apart; a dash where there is none."""
    return "—" if number in (None, "") else format_decimal(number, locale=locale())


@register.filter
def quantity(scaled: int | None) -> str:
    """Return a quantity that is kept in millionths, without the noughts behind it."""
    return (
        "—"
        if scaled is None
        else format_decimal(unscaled(scaled, 6), format="#,##0.######", locale=locale())
    )


@register.filter
def percent(scaled: int | None) -> str:
    """Return a percentage that is kept in millionths: 19% in English, 19 % in German."""
    if scaled is None:
        return "—"
    usual = Locale.parse(locale()).percent_formats[None].pattern
    pattern = usual.replace("#,##0", "#,##0.######")
    return _apart(format_decimal(unscaled(scaled, 6) / 100, format=pattern, locale=locale()))


@register.filter
def unit_price(scaled: int | None, currency: str) -> str:
    """Return a unit price with all the decimals it has, and its currency."""
    if scaled is None:
        return "—"
    shown = format_decimal(unscaled(scaled, 8), format="#,##0.00######", locale=locale())
    return f"{_apart(shown)}\u00a0{currency}"


@register.filter
def day(value: date | None) -> str:
    """Return a day with its month in letters."""
    return "—" if value is None else format_skeleton("yMMMd", value, locale=locale())


@register.filter
def moment(value: datetime | None) -> str:
    """Return a day and a time."""
    if value is None:
        return "—"
    return f"{day(value)}, {format_datetime(value, 'HH:mm', locale=locale())}"
