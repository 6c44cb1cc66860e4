"""The figures of home in words: each with its value now, what it tells of, and its course."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from babel.dates import format_skeleton
from django.utils.translation import gettext as _

from cleanbill.actions.look_at_figures import Figures
from cleanbill.cycle.report.figures import MONTHS, RUNS, Month, RunEnd
from cleanbill.shells.web import charts
from cleanbill.shells.web.charts import Chart, Mark
from cleanbill.shells.web.languages import locale
from cleanbill.shells.web.templatetags.figures import average_days, month_name, share
from cleanbill.shells.web.templatetags.paper import count, day, money

WHOLE = 1000
"""All of something, in thousandths."""
STEPS = (900, 500, 0)
"""Where the line of a share may begin; from the first that is below every figure of it."""


@dataclass(frozen=True, slots=True)
class Card:
    """A figure: ``value`` now, ``about`` in small words, ``chart`` of its course.

    Where there is no course yet, ``teaches`` says when there will be one.
    """

    key: str
    title: str
    value: str
    about: Sequence[str]
    chart: Chart | None
    teaches: str
    spoken: str = ""
    """What the chart says to whoever does not see it."""
    begins: str = ""
    ends: str = ""


def cards(figures: Figures) -> list[Card]:
    """Return the figures of the house: three by month, two by run; in the seller's currency."""
    main = figures.currencies[0]
    return [
        _billed(figures.months, main),
        _held(figures.runs, main),
        _right(figures.months),
        _days(figures.months),
        _age(figures.runs),
    ]


def _by_month(months: Sequence[Month], known: int, chart: Chart, title: str) -> dict[str, Any]:
    """The course of a figure by month, once there are two of them."""
    if known < 2:
        return {"chart": None, "teaches": _("Its course appears with the second month.")}
    begins = _month_before(months[-1])
    return {
        "chart": chart,
        "teaches": "",
        "spoken": _("%(title)s by month; the figures stand in the table below.") % {"title": title},
        "begins": begins,
        "ends": month_name(months[-1]),
    }


def _known(marks: Sequence[Mark]) -> int:
    return sum(1 for mark in marks if mark.value is not None)


def _month_before(last: Month) -> str:
    """The name of the first of the twelve months that end with this."""
    at = 12 * last.first.year + last.first.month - MONTHS
    return format_skeleton("yMMM", last.first.replace(at // 12, at % 12 + 1), locale=locale())


def _by_run(runs: Sequence[RunEnd], known: int, chart: Chart, title: str) -> dict[str, Any]:
    """The course of a figure by run, once two runs have kept it."""
    if known < 2:
        return {"chart": None, "teaches": _("Its course appears with the second run.")}
    return {
        "chart": chart,
        "teaches": "",
        "spoken": _("%(title)s by run; the figures stand in the table below.") % {"title": title},
        "begins": day(runs[0].day) if len(runs) == RUNS else "",
        "ends": day(runs[-1].day),
    }


def _latest(months: Sequence[Month]) -> Month | None:
    """The latest month that has invoices: on its first days a month has none yet."""
    return next((month for month in reversed(months) if month.invoices), None)


def _billed(months: Sequence[Month], currency: str) -> Card:
    title = _("Billed")
    now = next((m for m in reversed(months) if m.billed(currency).invoices), _latest(months))
    if now is None:
        return Card("billed", title, "—", (), None, _("No run has issued anything yet."))
    marks = [
        Mark(
            month.billed(currency).payable_minor,
            f"{month_name(month)}: {money(month.billed(currency).payable_minor, currency)}",
        )
        for month in months
    ]
    sums = now.billed(currency)
    told = _("Invoices: %(number)s") % {"number": count(sums.invoices)}
    chart = charts.bars(marks, MONTHS)
    return Card(
        *("billed", title, money(sums.payable_minor, currency), (month_name(now), told)),
        **_by_month(months, sum(1 for mark in marks if mark.value), chart, title),
    )


def _held(runs: Sequence[RunEnd], currency: str) -> Card:
    title = _("Held back")
    held = runs[-1].left("held", currency) if runs else None
    waiting = runs[-1].left("waiting", currency) if runs else None
    if held is None or waiting is None:
        teaches = _("The next run says what it holds back.")
        return Card("held", title, "—", (), None, teaches)
    marks = []
    for run in runs:
        left = run.left("held", currency)
        worth = left.worth_minor if left else None
        marks.append(Mark(worth, f"{day(run.day)}: {money(worth, currency)}"))
    told = (
        _("Charges held: %(number)s") % {"number": count(held.count)},
        _("Waiting for their day: %(number)s") % {"number": count(waiting.count)},
    )
    chart = charts.bars(marks, RUNS)
    return Card(
        *("held", title, money(held.worth_minor, currency), told),
        **_by_run(runs, _known(marks), chart, title),
    )


def _right(months: Sequence[Month]) -> Card:
    title = _("Right the first time")
    now = next((month for month in reversed(months) if month.whole), None)
    if now is None:
        teaches = _("Counts invoices that nobody had to credit or return.")
        return Card("right", title, "—", (), None, teaches)
    marks = [
        Mark(month.right_permille, f"{month_name(month)}: {share(month.right_permille)}")
        for month in months
    ]
    least = min(mark.value for mark in marks if mark.value is not None)
    chart = charts.line(marks, MONTHS, next(s for s in STEPS if s <= max(0, least)), WHOLE)
    places = {"right": count(now.right), "whole": count(now.whole)}
    told = _("%(right)s of %(whole)s invoices") % places
    return Card(
        *("right", title, share(now.right_permille), (month_name(now), told)),
        **_by_month(months, _known(marks), chart, title),
    )


def _days(months: Sequence[Month]) -> Card:
    title = _("From service to bill")
    now = _latest(months)
    if now is None:
        teaches = _("Counts the days from the last service to the invoice.")
        return Card("days", title, "—", (), None, teaches)
    marks = [
        Mark(month.days_tenths, f"{month_name(month)}: {average_days(month.days_tenths)}")
        for month in months
    ]
    value = _("%(number)s days") % {"number": average_days(now.days_tenths)}
    chart = charts.line(marks, MONTHS)
    return Card(
        *("days", title, value, (month_name(now), _("Average of its invoices"))),
        **_by_month(months, _known(marks), chart, title),
    )


def _age(runs: Sequence[RunEnd]) -> Card:
    title = _("Age of what is unbilled")
    if not runs or runs[-1].unbilled is None:
        teaches = _("The next run says how old what it leaves is.")
        return Card("age", title, "—", (), None, teaches)
    now = runs[-1]
    marks = [Mark(run.middle_days, f"{day(run.day)}: {count(run.middle_days)}") for run in runs]
    value = _("%(number)s days") % {"number": count(now.middle_days)}
    told = (
        _("Median; the oldest: %(number)s days") % {"number": count(now.oldest_days)},
        _("Unbilled charges: %(number)s") % {"number": count(now.unbilled)},
    )
    chart = charts.line(marks, RUNS)
    return Card("age", title, value, told, **_by_run(runs, _known(marks), chart, title))
