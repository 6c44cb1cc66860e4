"""The bill in a terminal: the same texts, aligned, within the width, unable to steer it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.formats.bills import (
    AUSTRIAN_CUSTOMER,
    bill,
    credit_note,
    discounted_bill,
    line,
    long_bill,
)

from cleanbill.formats.terminal import bill_text, display_width, wrapped


def squeezed(text: str) -> str:
    return " ".join(text.split())


def test_german_bill_says_everything() -> None:
    text = squeezed(bill_text(discounted_bill()))
    for words in (
        "Nordlicht Anlagenservice GmbH",
        "RECHNUNG RE-2026-000001",
        "Donauwerk Papier AG",
        "ÖSTERREICH",
        "Zahlbetrag 851,00 EUR",
        "1 Item 1 5,5 Std. 38,65 −10 % 19 % 191,32",
        "S 19 % 187,49 35,62",
        "Belegrabatt 2 % 7 % −11,98",
        "Gesamtbetrag 851,01",
        "Rundung −0,01",
        "IBAN DE89 3704 0044 0532 0130 00",
        "USt-IdNr. DE999999999",
    ):
        assert words in text


def test_credit_note_says_what_it_credits() -> None:
    text = bill_text(credit_note())
    assert "CREDIT NOTE CN-2026-0093" in text
    assert "credits line 3 of INV-7" in text
    assert "Amount credited  KWD 1,342.185" in text


def test_figures_stand_under_each_other() -> None:
    document = bill(line(1, "5.5", "1234.5"), line(2, "1250.75", "0.30215"), line(3, "2", "1"))
    rows = [row for row in bill_text(document).splitlines() if row[:1] in "123" and "pcs" in row]
    assert len({row.index(".") for row in rows[:2]}) == 1
    assert len({row.rindex(".") for row in rows}) == 1
    assert len({len(row) for row in rows}) == 1


@pytest.mark.parametrize("width", [20, 48, 60, 80, 96, 140])
@pytest.mark.parametrize(
    "document",
    [
        discounted_bill(),
        credit_note(),
        long_bill(7),
        bill(
            line(1, "123456789.123456", "99999999.12345678", description="W" * 200),
            customer=AUSTRIAN_CUSTOMER | {"name": "請求書" * 40, "reference": "Q" * 90},
            notes=["N" * 300],
        ),
        bill(line(1, "1", "1"), customer={}, payment=None),
    ],
)
def test_no_row_is_wider_than_asked(document: dict[str, Any], width: int) -> None:
    rows = bill_text(document, width).splitlines()
    assert max(map(display_width, rows)) <= max(width, 48)
    assert not any(row != row.rstrip() for row in rows)


def test_narrow_terminal_keeps_all_figures() -> None:
    text = squeezed(bill_text(discounted_bill(), 48))
    assert "5,5 Std. 38,65 −10 % 19 % 191,32" in text


def test_data_cannot_steer_the_terminal() -> None:
    text = bill_text(bill(line(1, "1", "1", description="a\x1b[2Jb\x07\x9b\u202ec\ttab")))
    assert not any(ord(letter) < 32 and letter != "\n" for letter in text)
    assert "\x9b" not in text
    assert "\u202e" not in text


def test_width_of_letters() -> None:
    assert display_width("Lüftung") == 7
    assert display_width("u\u0308") == 1
    assert display_width("請求書") == 6
    assert wrapped("請求書", 4) == ["請求", "書"]
    assert wrapped("a bb ccc", 4) == ["a bb", "ccc"]
    assert wrapped("", 4) == [""]
