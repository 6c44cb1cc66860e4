"""The work queue by the keyboard alone: findings cleared with at most three keystrokes each."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import Desk, Place
from tests.browser.keyboard import look
from tests.browser.test_access import Shot

pytestmark = pytest.mark.slow
UNTIL = "2026-12-31"
COLUMNS = ("reference", "customer", "item", "quantity", "service_date", "order", "currency")
MOST_KEYS = 3


class Keyboard:
    """Presses keys and counts them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.pressed = 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed += 1


def repeated(place: Place, name: str, customer: str, count: int) -> None:
    """Import charges of which each stands twice in the file, and let the checks find that."""
    file: Path = place.folder / f"{name}.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        written = csv.writer(out)
        written.writerow(COLUMNS)
        for n in range(count):
            row = (f"{name}-{n}", customer, "WAR-1035", str(n + 2), "2026-12-05", f"{name}-{n}")
            written.writerows([(*row, "EUR")] * 2)
    place.run("import", "charges", str(file))
    place.run("findings", "verify", "--until", UNTIL, "--issue-date", UNTIL)


def cleared(page: Page, customer: str, count: int) -> int:
    """Clear all that came twice of a customer; return how many keys it took."""
    hands = Keyboard(page)
    query = f"code=CB-CHG-001&customer={customer}"
    page.goto(f"/o/nordlicht/queue?{query}")
    assert page.locator("[data-row]").count() == min(count, 50)
    hands.press("j", "Enter")
    page.wait_for_url(f"**/queue/*?{query}")
    for left in range(count, 0, -1):
        here = page.url
        hands.press("a")
        page.locator("button[name=step][value=do]").wait_for()
        look(page)
        hands.press("Enter")
        page.locator(".toast").wait_for()
        assert page.url != here, f"nothing opened by itself, {left} left"
    assert "/queue?" in page.url
    expect(page.locator("[data-row]")).to_have_count(0)
    return hands.pressed


def test_a_few_are_cleared_and_the_last_is_taken_back(desk: Desk, place: Place, shot: Shot):
    repeated(place, "few", "K-20003", 8)
    page = desk()
    assert cleared(page, "K-20003", 8) <= MOST_KEYS * 8
    shot(page, "queue-cleared")
    page.keyboard.press("u")
    page.wait_for_url("**/queue/*?code=*")
    expect(page.locator("main")).to_contain_text("Taken back.")
    shot(page, "queue-taken-back")
    page.keyboard.press("d")
    expect(page.locator("details[open] input[name=reason]")).to_be_focused()
    page.keyboard.type("asked the customer")
    page.keyboard.press("Tab")
    page.keyboard.type("12312099")
    page.keyboard.press("Enter")
    page.wait_for_url("**/queue?code=*")
    page.goto("/o/nordlicht/queue?put_off=1&customer=K-20003")
    expect(page.locator("[data-row]")).to_have_count(1)


def test_rows_are_selected_and_mended_together(desk: Desk, place: Place, shot: Shot):
    repeated(place, "together", "K-20004", 3)
    page = desk()
    page.goto("/o/nordlicht/queue?code=CB-CHG-001&customer=K-20004")
    hands = Keyboard(page)
    hands.press("j", "x", "ArrowDown", "x")
    expect(page.locator("[data-selected]")).to_have_text("2")
    shot(page, "queue-selected")
    hands.press("a")
    expect(page.locator("h1")).to_have_text("Preview repair", timeout=20_000)
    shot(page, "queue-preview-many")
    hands.press("Enter")
    expect(page.locator("h1")).to_have_text("What became of each", timeout=20_000)
    expect(page.locator("section").first.locator("tbody tr")).to_have_count(2)
    shot(page, "queue-outcome")
    hands.press("u")
    page.wait_for_url("**/queue?code=*")
    page.goto("/o/nordlicht/queue?code=CB-CHG-001&customer=K-20004")
    expect(page.locator("[data-row]")).to_have_count(3)
    hands.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("waive")


def test_many_findings_take_at_most_three_keystrokes_each(desk: Desk, place: Place):
    """So many as CLEANBILL_FINDINGS says: two hundred take minutes."""
    many = int(os.environ.get("CLEANBILL_FINDINGS") or 20)
    repeated(place, "lot", "K-20005", many)
    assert cleared(desk(), "K-20005", many) <= MOST_KEYS * many


@pytest.mark.parametrize(
    ("name", "window"),
    [
        ("wide", {"width": 1280}),
        ("narrow", {"width": 320}),
        ("dark", {"width": 1280, "scheme": "dark"}),
        ("arabic", {"width": 1280, "language": "ar"}),
    ],
)
def test_a_picture_of_a_preview(
    desk: Desk, place: Place, shot: Shot, name: str, window: dict[str, object]
):
    repeated(place, f"picture-{name}", "K-20006", 2)
    page = desk(**window)
    page.goto("/o/nordlicht/queue?code=CB-CHG-001&customer=K-20006")
    shot(page, f"queue-list-{name}")
    page.locator("[data-row] a").first.click()
    page.locator("button[data-key=a]").click()
    expect(page.locator("button[name=step][value=do]")).to_be_focused()
    shot(page, f"queue-preview-{name}")
