"""Filters for the tables of figures: months and runs, a currency at a time."""

from __future__ import annotations

from babel.dates import format_skeleton
from babel.numbers import format_decimal, format_percent
from django import template

from cleanbill.cycle.report.figures import Left, Month, RunEnd
from cleanbill.nouns.scales import unscaled
from cleanbill.shells.web.languages import locale
from cleanbill.shells.web.templatetags.paper import count, figure

register = template.Library()


@register.filter
def month_name(month: Month) -> str:
    """Return a month with its year."""
    return format_skeleton("yMMM", month.first, locale=locale())


@register.filter
def share(permille: int | None) -> str:
    """Return a share in per cent with one decimal at most, or a dash."""
    if permille is None:
        return "—"
    exact = unscaled(permille, 3)
    return format_percent(exact, locale=locale(), decimal_quantization=False)


@register.filter
def average_days(tenths: int | None) -> str:
    """Return days with one decimal, or a dash."""
    if tenths is None:
        return "—"
    return format_decimal(unscaled(tenths, 1), format="#,##0.0", locale=locale())


@register.filter
def payable(month: Month, currency: str) -> str:
    """Return what the invoices of a month come to in a currency."""
    return figure(month.billed(currency).payable_minor, currency)


@register.filter
def left_held(run: RunEnd, currency: str) -> str:
    """Return what a run held back in a currency, with how many charges."""
    return _told(run.left("held", currency), currency)


@register.filter
def left_waiting(run: RunEnd, currency: str) -> str:
    """Return what waited for its day after a run in a currency, with how many charges."""
    return _told(run.left("waiting", currency), currency)


def _told(left: Left | None, currency: str) -> str:
    if left is None:
        return "—"
    return f"{figure(left.worth_minor, currency)} ({count(left.count)})"
