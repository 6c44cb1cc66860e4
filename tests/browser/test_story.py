"""The main story, as a specialist lives it, step by step with a picture of each.

A step takes the window and the place and leaves the window where the next one begins. Steps whose
page is still to come are taken at the command line over the same books: a page that comes to be
takes the place of ``place.run``.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from urllib.parse import unquote

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import Desk, Place, sign_in
from tests.browser.test_access import Shot

UNTIL = "2026-12-31"
ROWS = (
    ("T-1", "K-20002", "WAR-1035", "4", "2026-12-01", "A-900001"),
    ("T-2", "K-20002", "WAR-1017", "20", "2026-12-02", "A-900001"),
    ("T-3", "K-99999", "WAR-1039", "40", "2026-12-03", "A-900002"),
)
"""Charges of a new month; of the last nobody knows the customer."""
COLUMNS = ("reference", "customer", "item", "quantity", "service_date", "order", "currency")


def signs_in(page: Page, place: Place) -> None:
    sign_in(page, "specialist", place.password)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Nordlicht")


def imports_a_file_with_an_error(page: Page, place: Place) -> None:
    file = place.folder / "december.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([COLUMNS, *((*row, "EUR") for row in ROWS)])
    place.run("import", "charges", str(file))


def looks_what_a_run_would_do(page: Page, place: Place) -> None:
    page.get_by_role("link", name="Runs", exact=True).click()
    page.get_by_role("link", name="New run").click()
    page.get_by_label("Charges until").fill(UNTIL)
    page.get_by_label("Issue date").fill(UNTIL)
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", name="Would go out")).to_be_visible()
    expect(page.locator("section", has_text="Would be found")).to_contain_text("Unknown customer")


def issues(page: Page, place: Place) -> None:
    page.get_by_role("button", name="Issue these bills").click()
    page.wait_for_url("**/runs/*")
    expect(page.locator("#live .badge")).to_have_text("Done", timeout=90_000)
    expect(page.locator("#live")).to_contain_text("Charges billed")


def finds_in_the_queue_what_was_held(page: Page, place: Place) -> None:
    page.get_by_role("link", name="Work queue", exact=True).click()
    page.get_by_role("navigation", name="Reasons").get_by_text("Unknown customer").click()
    row = page.locator("[data-row]", has_text="K-99999")
    expect(row).to_contain_text("is not in the master data")
    expect(row).to_contain_text("Blocks")


def opens_the_bill(page: Page, place: Place) -> None:
    page.get_by_role("link", name="Bills", exact=True).click()
    page.get_by_label("Search bills").fill("K-20002")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**/bills?q=K-20002*")
    page.locator("[data-row] a").first.click()
    page.wait_for_url("**/bills/RE-*")
    expect(page.locator(".document")).to_contain_text("A-900001")


def opens_the_pdf(page: Page, place: Place) -> None:
    link = page.get_by_role("link", name="PDF").get_attribute("href")
    answer = page.request.get(f"{place.url}{link}")
    assert answer.ok
    assert answer.body().startswith(b"%PDF-")


def asks_why(page: Page, place: Place) -> None:
    amount = page.locator("[data-explain]").first
    amount.click()
    told = page.locator("[data-popover]")
    assert figures(told.get_by_role("heading").inner_text()) == figures(amount.inner_text())
    expect(told).to_contain_text("december.csv")


def credits_it_and_sees_that_in_the_timeline(page: Page, place: Place) -> None:
    number = unquote(page.url.rpartition("/")[2])
    place.run("credit", number, "--reason", "Returned", "--issue-date", UNTIL)
    page.reload()
    timeline = page.locator(".timeline")
    expect(timeline).to_contain_text("Credited by")
    timeline.get_by_role("link").click()
    page.wait_for_url("**/bills/GS-*")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Credit note")


def figures(text: str) -> str:
    """The figures of an amount, whatever the manner of writing it."""
    return "".join(each for each in text if each.isdigit())


def proves_the_books(page: Page, place: Place) -> None:
    assert "every law holds" in " ".join(place.run("audit").split())


STEPS: tuple[Callable[[Page, Place], None], ...] = (
    signs_in,
    imports_a_file_with_an_error,
    looks_what_a_run_would_do,
    issues,
    finds_in_the_queue_what_was_held,
    opens_the_bill,
    opens_the_pdf,
    asks_why,
    credits_it_and_sees_that_in_the_timeline,
    proves_the_books,
)


@pytest.mark.slow
def test_the_main_story(desk: Desk, place: Place, shot: Shot):
    page = desk(None)
    for number, step in enumerate(STEPS, start=1):
        step(page, place)
        shot(page, f"story-{number:02}-{step.__name__}")
