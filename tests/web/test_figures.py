"""The figures of home: what was kept is what is shown, in a chart and in a table."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils.translation import override
from tests.actions.company import Company
from tests.web.conftest import Visitor

from cleanbill.actions import look_at_figures
from cleanbill.cycle.report.figures import by_month
from cleanbill.shells.web import charts, figure_cards
from cleanbill.shells.web.charts import Mark
from cleanbill.store.models import BillTotal, Run

TODAY = date(2026, 11, 20)
HEAD = "reference,customer,item,quantity,currency,service_date,order\n"


@pytest.fixture
def by_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """Home is looked at on a day of November 2026."""

    class Clock(datetime):
        """The day of the story."""

        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return datetime(TODAY.year, TODAY.month, TODAY.day, 9, tzinfo=UTC)

    monkeypatch.setattr("cleanbill.shells.web.views.home.datetime", Clock)


def figures(page: str) -> dict[str, str]:
    """The words of each figure of the page."""
    found = re.findall(r'data-figure="(\w+)">(.*?)</div>', page, re.S)
    return {key: " ".join(re.sub(r"<[^>]+>", " ", html).split()) for key, html in found}


def rows(page: str, table: str) -> list[list[str]]:
    """The cells of a table of the page, its head first."""
    html = re.search(rf'data-table="{table}">(.*?)</table>', page, re.S)
    assert html
    return [
        [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row)]
        for row in re.findall(r"<tr>(.*?)</tr>", html[1], re.S)
    ]


@pytest.mark.usefixtures("by_then")
def test_a_first_month_has_its_values_and_says_when_there_is_a_course(
    billed: Company, visitor: Visitor
):
    page = visitor("specialist").get("/o/acme/").content.decode()
    told = figures(page)
    assert list(told) == ["billed", "held", "right", "days", "age"]
    payable = BillTotal.objects.get(kind="invoice").payable_minor
    assert f"€{payable / 100:,.2f} Oct 2026 Invoices: 7" in told["billed"]
    assert "85.7% Oct 2026 6 of 7 invoices" in told["right"]
    assert "25.4 days Oct 2026" in told["days"]  # 178 days of 7 invoices
    assert "Charges held: 2 Waiting for their day: 1" in told["held"]
    # Both are of the 9th, and the run is dated the 31st.
    assert "22 days Median; the oldest: 22 days Unbilled charges: 2" in told["age"]
    assert '<svg class="trend"' not in page
    assert "Its course appears with the second month." in told["billed"]
    assert "Its course appears with the second run." in told["age"]


@pytest.mark.usefixtures("by_then")
def test_a_second_month_draws_the_course(billed: Company, visitor: Visitor):
    Run.objects.update(
        totals={k: v for k, v in Run.objects.get().totals.items() if k != "unbilled"}
    )
    for key, day in (("X", date(2026, 11, 10)), ("Y", date(2026, 11, 11))):
        row = f"{key}-1,ALPHA,BOLT,40,EUR,2026-11-09,{key}-9\n{key}-2,NO,BOLT,2,EUR,2026-11-09,N\n"
        billed.take("charges", HEAD + row, name=f"{key}.csv")
        billed.bill(until=day, on=day, key=key)
    page = visitor("specialist").get("/o/acme/").content.decode()
    told = figures(page)
    assert page.count('<svg class="trend"') == 5
    assert "style=" not in page
    assert " Nov 2026 Invoices: 3" in told["billed"]
    assert "100% Nov 2026 3 of 3 invoices" in told["right"]
    months = rows(page, "months")
    assert [row[0] for row in months[1:]] == ["Nov 2026", "Oct 2026"]
    assert months[2][1] == "7"
    assert months[2][3:] == ["1", "0", "85.7%", "25.4"]
    runs = rows(page, "runs")
    assert [row[1] for row in runs[1:]] == ["11 Nov 2026", "10 Nov 2026", "31 Oct 2026"]
    assert runs[3][2:] == ["—", "—", "—", "—", "—"], "the first run has not kept it"
    assert runs[1][2].endswith("(4)")
    assert [row[4:] for row in runs[1:3]] == [["4", "33", "33"], ["3", "32", "32"]]


def test_runs_over_one_customer_tell_nothing_of_the_others(billed: Company):
    own = billed.actor
    before = look_at_figures.figures_of(own, today=TODAY).runs
    billed.take("charges", HEAD + "Z-1,ALPHA,BOLT,1,EUR,2026-10-09,Z-9\n", name="z.csv")
    billed.bill(customer="ALPHA", key="one")
    assert Run.objects.count() == 2
    assert look_at_figures.figures_of(own, today=TODAY).runs == before


def test_where_nothing_was_billed_nothing_is_made_up(books: Company):
    told = look_at_figures.figures_of(books.actor, today=TODAY)
    assert (told.months, told.runs, told.currencies) == ([], [], ["EUR"])
    with override("en"):
        cards = figure_cards.cards(told)
    assert {card.value for card in cards} == {"—"}
    assert all(card.teaches and card.chart is None for card in cards)


def test_amounts_of_every_length_are_drawn_within_the_box():
    values = [None, 0, 1, -5, 10**15, None, 7]
    for draw in (charts.bars, charts.line):
        low = {} if draw is charts.bars else {"low": -5}
        chart = draw([Mark(v, str(v)) for v in values], 12, **low)
        for bar in chart.bars:
            assert 0 <= bar.x < bar.x + bar.width <= chart.width
            assert 0 <= bar.y < bar.y + bar.height <= chart.height
        for dot in chart.dots:
            assert 0 <= dot.x <= chart.width
            assert 0 <= dot.y <= chart.height
    assert [bar.says for bar in charts.bars([Mark(v, str(v)) for v in values], 12).bars] == [
        *("1", "-5", "1000000000000000", "7")
    ]


def test_a_line_breaks_where_a_figure_lacks():
    marks = [Mark(v, "") for v in (1, 2, None, 3, None, 4, 5)]
    chart = charts.line(marks, 12)
    assert [len(points.split()) for points in chart.lines] == [2, 2]
    assert chart.dots[-1].x == chart.width - charts.EDGE
    assert chart.dots[-1].y < chart.dots[0].y


def test_more_than_a_year_of_days_is_cut_to_twelve_months():
    from cleanbill.cycle.report.figures import BilledDay

    days = [BilledDay(TODAY - timedelta(days=31 * n), "invoice", "EUR", 1, n, n) for n in range(20)]
    assert len(by_month(days, [], TODAY)) == 12
