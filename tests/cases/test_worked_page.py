"""The page on the worked cases says how many there are, where they lie, and which must fail."""

from __future__ import annotations

import csv
import re
import tomllib
from pathlib import Path

from tests.cases.worked_prices import cases

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs/cases/worked.md"
FOLDERS = ("bundles", "prices", "recurring", "retainers", "terms", "worked")


def counted(file: Path) -> int:
    """Return how many cases a file has."""
    text = file.read_text("utf-8")
    if file.suffix == ".csv":
        return len(list(csv.DictReader(text.splitlines())))
    return len(tomllib.loads(text)["case"])


def test_the_page_counts_every_file() -> None:
    page = PAGE.read_text("utf-8")
    told = re.findall(
        r"^\| \[[^]]+\]\(\.\./\.\./tests/cases/(\S+)\) \| (\d+) \|", page, re.MULTILINE
    )
    files = sorted(f for folder in FOLDERS for f in (HERE / folder).iterdir())
    found = {file.relative_to(HERE).as_posix(): counted(file) for file in files}
    assert {name: int(count) for name, count in told} == found
    (total,) = re.findall(r"^(\d+) worked cases", page, re.MULTILINE)
    assert int(total) == sum(found.values())


def test_the_page_names_every_case_that_is_expected_to_fail() -> None:
    told = re.findall(r"^- (.+?) \*(.+)\*$", PAGE.read_text("utf-8"), re.MULTILINE)
    failing = [(case["says"], case["fails"]) for _, case in cases() if "fails" in case]
    assert sorted(told) == sorted(failing)
