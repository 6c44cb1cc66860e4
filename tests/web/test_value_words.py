"""Codes on pages: each value and limit has words, percentages are the reader's, reasons one row."""

from __future__ import annotations

import pytest
from django.utils import translation

from cleanbill.actions.verdicts import LIMITS
from cleanbill.formats.tabular import KINDS
from cleanbill.shells.web import value_words
from cleanbill.shells.web.reasons import by_reason
from cleanbill.shells.web.templatetags import paper, wording

SHOWN = {
    "customers": ("kind", "tax_scheme"),
    "items": ("kind", "tax_category"),
    "prices": ("model",),
    "agreements": ("grouping",),
    "charges": ("kind",),
}
"""Columns whose values pages show."""


@pytest.mark.parametrize("kind", SHOWN)
def test_every_value_that_a_page_shows_has_words(kind: str):
    fields = {field.name: field for field in KINDS[kind]}
    for name in SHOWN[kind]:
        assert fields[name].choices
        for value in fields[name].choices:
            assert value_words.called(value) != value


def test_several_values_are_told_one_by_one_and_a_stranger_as_it_is():
    assert value_words.called("ship_to purchase_order") == "Shipped to, Purchase order"
    assert value_words.called("ship_to,elsewhere") == "ship_to,elsewhere"
    assert value_words.called("—") == "—"


def test_units_have_names_or_show_their_code():
    assert value_words.unit_called("MON") == "Month"
    assert value_words.unit_called("X1") == "X1"


def test_every_limit_that_can_be_set_has_words():
    assert set(value_words.LIMITS) == {n for n, kind in LIMITS.items() if kind in ("int", "bool")}
    assert wording.check_called("late_days") == "Days after which a charge is late"
    assert wording.check_called("CB-CHG-001") == "Exact duplicate"


def test_a_limit_of_nought_is_off():
    shown = [value_words.limit_shown(value) for value in (0, 1_000_000, True, False)]
    assert shown == ["Off", "1,000,000", "yes", "no"]


@pytest.mark.parametrize(
    ("language", "shown"), [("en", "12.5%"), ("de", "12,5\u00a0%"), ("ar", "\u206612.5%\u2069")]
)
def test_percentages_are_written_as_the_reader_does(language: str, shown: str):
    with translation.override(language):
        assert paper.percent(12_500_000) == shown
        assert paper.percent(None) == "—"


def test_a_reason_has_one_row_whatever_its_currencies():
    def row(code: str, currency: str, count: int, stake: int) -> dict[str, object]:
        found = {"code": code, "severity": "block", "currency": currency, "count": count}
        return {**found, "at_stake_minor": stake}

    rows = [row("B", "EUR", 2, 500), row("A", "EUR", 1, 0), row("B", "JPY", 3, 70)]
    assert by_reason(rows) == [
        {"code": "B", "severity": "block", "count": 5, "stakes": [("EUR", 500), ("JPY", 70)]},
        {"code": "A", "severity": "block", "count": 1, "stakes": []},
    ]
