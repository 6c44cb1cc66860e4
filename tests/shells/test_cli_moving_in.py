"""Commands for moving in, as people and programs meet them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.actions.company import MONTH, OLD_BILLS, OPEN_ITEMS, Company
from tests.shells.test_cli import DATES, answer, cleanbill, user  # noqa: F401

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


def test_a_parallel_run_tells_causes_and_sentences(books: Company, tmp_path: Path):
    books.take("charges", MONTH)
    old = books.write("old.csv", OLD_BILLS)
    place = tmp_path / "differences.xlsx"
    told = cleanbill("parallel", "--against", old, *DATES, "--output", place, code=1).stdout
    for words in (
        "Compared line by line, net and tax",
        "Why, to the cent",
        "Wrong tax rate",
        "Old bill R-2 has 19 % tax on BOOK (Handbook) for customer BETA; right is 7 %",
    ):
        assert words in told
    assert place.stat().st_size
    values = answer("parallel", "--against", old, *DATES, code=1)
    total = values["totals"][0]
    assert (total["old"], total["our"]) == ("229.63", "2178.16")
    assert sum(float(row["difference"]) for row in values["causes"]) == pytest.approx(1948.53)


def test_a_parallel_run_without_differences_ends_with_nought(books: Company):
    books.take("charges", MONTH.split("S-02")[0])
    old = books.write("old.csv", "\n".join(OLD_BILLS.strip().splitlines()[:2]))
    values = answer("parallel", "--against", old, *DATES)
    assert (values["matched"], values["equal"], values["differences"]) == (1, 1, [])


def test_what_is_wrong_with_a_parallel_run_is_said_in_words(books: Company):
    for words, told in (
        (("--against", "nowhere.csv"), "There is no such file"),
        (("--against", books.write("o.csv", OLD_BILLS)), "Import the charges of the same period"),
        (("--against", "x.csv", "--output", "x.pdf"), "go to .csv or .xlsx"),
        (("--against", "x.csv", "--profile", "nothing"), "there is no profile"),
    ):
        assert told in answer("parallel", *words, *DATES, code=2)["error"]


def test_numbers_and_open_items_move_in(books: Company):
    assert "4,712." in cleanbill("continue-numbers", "invoice", "INV-004711").stdout
    assert answer("continue-numbers", "credit_note", "7")["next"] == 8
    assert "does not go back" in answer("continue-numbers", "invoice", "3", code=2)["error"]
    path = books.write("open.csv", OPEN_ITEMS)
    assert answer("import", "open-items", path)["created"] == 2
    assert answer("import", "open-items", path)["unchanged"] == 2
