"""The worked examples: each comes out as its specialist says, and turned negative it reverses."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cases import worked_arithmetic, worked_exchange, worked_sheets

CASES = dict(worked_sheets.cases())
ARITHMETIC = {f"{row['place']} {row['says']}": row for row in worked_arithmetic.rows()}
EXCHANGE = {f"{row['place']} {row['says']}": row for row in worked_exchange.rows()}


@pytest.mark.parametrize("name", CASES)
def test_it_comes_out_as_told(name: str) -> None:
    case = CASES[name]
    expected = case["expect"]
    assert expected.keys() <= worked_sheets.KNOWN
    assert len(case["says"]) > 20
    assert expected
    found = worked_sheets.answer(case)
    assert {key: found[key] for key in expected} == expected


def negative(text: str) -> str:
    """Return an amount with its sign turned; zero stays."""
    if not any(digit in text for digit in "123456789"):
        return text
    return text[1:] if text.startswith("-") else f"-{text}"


def _has_fixed(row: dict[str, Any]) -> bool:
    changes = [*row.get("discounts", []), *row.get("charges", [])]
    return any("%" not in text or "of" in text for text in changes) or "parts" in row


def fixed(case: dict[str, Any]) -> bool:
    """Whether the case has amounts that do not turn with the quantities."""
    changes = [*case.get("discounts", []), *case.get("charges", [])]
    return (
        "rounding_given" in case
        or any("%" not in change["of"] or "of" in change["of"] for change in changes)
        or any(_has_fixed(row) for row in case.get("rows", []))
    )


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if not fixed(case)])
def test_turned_negative_it_reverses_exactly(name: str) -> None:
    """The same bill with negative quantities gives the same figures, negative."""
    case = CASES[name]
    turned = {**case, "rows": [_turned(row) for row in case["rows"]]}
    found, back = worked_sheets.answer(case), worked_sheets.answer(turned)
    for key in ("sum", "included", "total", "tax", "with_tax", "retained", "rounding", "payable"):
        assert back[key] == negative(found[key]), key
    for key in ("rows", "totals", "nets", "shares"):
        assert back[key] == [negative(text) for text in found[key]], key


def _turned(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "quantity": negative(row.get("quantity", "1"))}


@pytest.mark.parametrize("name", ARITHMETIC)
def test_the_product_is_exact(name: str) -> None:
    row = ARITHMETIC[name]
    assert worked_arithmetic.answer(row) == row["result"]


@pytest.mark.parametrize("name", EXCHANGE)
def test_it_is_exchanged_once(name: str) -> None:
    row = EXCHANGE[name]
    assert worked_exchange.answers(row) == {row["result"]}


def test_there_are_enough_and_no_two_say_the_same() -> None:
    said = [case["says"] for case in CASES.values()] + [
        row["says"] for row in (*ARITHMETIC.values(), *EXCHANGE.values())
    ]
    assert len(said) >= 100
    assert len(set(said)) == len(said)
