"""The main story, as a specialist and a colleague live it: all in the browser, a picture each.

A step takes the story, leaves its windows where the next step begins, and returns the window to be
looked at. ``december.csv`` has four rows that are good, a quantity that cannot be read, a row that
came twice, and one of a customer whom nobody knows.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import SCREENS, Desk, Place, sign_in
from tests.browser.keyboard import look, press, tab_to

UNTIL = "2026-12-31"
ORDER, CUSTOMER, STRANGER = "A-900001", "K-20002", "K-99999"
COLUMNS = ("reference", "customer", "item", "quantity", "service_date", "order", "currency")
ROWS = (
    ("T-1", CUSTOMER, "WAR-1035", "4", "2026-12-01", ORDER),
    ("T-2", CUSTOMER, "WAR-1017", "20", "2026-12-02", ORDER),
    ("T-3", CUSTOMER, "WAR-1039", "two", "2026-12-02", ORDER),
    ("T-2", CUSTOMER, "WAR-1017", "20", "2026-12-02", ORDER),
    ("T-4", STRANGER, "WAR-1039", "40", "2026-12-03", "A-900002"),
)
WORKED = 90_000
"""Milliseconds in which a worker has to take a run and end it."""


@dataclass
class Story:
    """The window of the specialist, how to open that of a colleague, and what is remembered."""

    page: Page
    place: Place
    desk: Desk
    bill: str = ""
    credited: str = ""


def signs_in(story: Story) -> Page:
    sign_in(story.page, "specialist", story.place.password)
    expect(story.page.get_by_role("heading", level=1)).to_contain_text("Nordlicht")
    return story.page


def hands_in_a_file_with_errors(story: Story) -> Page:
    file = story.place.folder / "december.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([COLUMNS, *((*row, "EUR") for row in ROWS)])
    page = story.page
    page.get_by_role("link", name="Import", exact=True).click()
    page.get_by_label("What is in it").select_option("charges")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Check the file").click()
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("heading", name="Put right here")).to_be_visible()
    expect(page.locator(".live-facts")).to_contain_text("Rejected")
    with page.expect_download() as fetched:
        page.get_by_role("link", name="Download rejected rows").click()
    with fetched.value.path().open(encoding="utf-8-sig") as rejected:
        assert [row["reference"] for row in csv.DictReader(rejected)] == ["T-3"]
    return page


def puts_the_cell_right(story: Story) -> Page:
    page = story.page
    cell = page.locator("input[name^='cell.'][name$='.quantity']")
    expect(cell).to_have_value("two")
    cell.fill("2")
    cell.press("Enter")
    expect(page.get_by_role("button", name="Import 5 rows")).to_be_visible()
    return page


def imports_it(story: Story) -> Page:
    page = story.page
    page.get_by_role("button", name="Import 5 rows").click()
    expect(page.get_by_role("status")).to_contain_text("Imported: 5 new")
    return page


def sees_what_a_run_would_find(story: Story) -> Page:
    page = story.page
    page.get_by_role("link", name="Preview a run").click()
    page.get_by_label("Charges until").fill(UNTIL)
    page.get_by_label("Issue date").fill(UNTIL)
    page.get_by_role("button", name="Preview").click()
    found = page.locator("section", has=page.get_by_role("heading", name="Would be found"))
    expect(found).to_contain_text("Exact duplicate")
    expect(found).to_contain_text("Unknown customer")
    return page


def clears_the_duplicate_by_keyboard(story: Story) -> Page:
    """From here to the empty queue no mouse is touched."""
    page = story.page
    press(page, "m")
    page.wait_for_url("**/queue")
    press(page, "/")
    look(page)
    page.keyboard.type(CUSTOMER)
    press(page, "Enter")
    page.wait_for_url(f"**/queue?*customer={CUSTOMER}*")
    tab_to(page, page.get_by_role("navigation", name="Reasons").get_by_text("Exact duplicate"))
    press(page, "Enter")
    page.wait_for_url("**/queue?*code=CB-CHG-001*")
    expect(page.locator("[data-row]")).to_have_count(1)
    press(page, "j")
    look(page)
    press(page, "Enter")
    page.wait_for_url("**/queue/*")
    expect(page.locator("main")).to_contain_text("T-2")
    press(page, "a")
    expect(page.locator("button[name=step][value=do]")).to_be_focused()
    look(page)
    press(page, "Enter")
    expect(page.locator(".toast")).to_contain_text("Repair applied")
    expect(page.locator("[data-row]")).to_have_count(0)
    return page


def sees_the_stranger_held(story: Story) -> Page:
    """Nobody knows the customer: nothing is lost, and it is seen how long and how much it is."""
    page = story.page
    press(page, "/")
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type(STRANGER)
    press(page, "Enter")
    page.wait_for_url(f"**/queue?*customer={STRANGER}*")
    tab_to(page, page.get_by_role("navigation", name="Reasons").get_by_text("All reasons"))
    press(page, "Enter")
    row = page.locator("[data-row]", has_text=STRANGER)
    expect(row).to_contain_text("is not in the master data")
    expect(row).to_contain_text("Blocks")
    expect(row.locator(".due")).to_have_text("today")
    assert int(figures(row.locator(".stake").inner_text())) > 0
    return page


def previews_again(story: Story) -> Page:
    """By keyboard still; the days are remembered."""
    page = story.page
    press(page, "g", "r")
    page.wait_for_url("**/runs")
    tab_to(page, page.get_by_role("link", name="New run"))
    press(page, "Enter")
    page.wait_for_url("**/runs/new")
    expect(page.get_by_label("Charges until")).to_have_value(UNTIL)
    tab_to(page, page.get_by_role("button", name="Preview"))
    press(page, "Enter")
    expect(page.get_by_role("heading", name="Would go out")).to_be_visible()
    found = page.locator("section", has=page.get_by_role("heading", name="Would be found"))
    expect(found).to_contain_text("Unknown customer")
    return page


def may_not_issue_it_alone(story: Story) -> Page:
    page = story.page
    press(page, "i")
    page.wait_for_url("**/runs/*")
    told = page.locator("section", has=page.get_by_role("heading", name="Second person"))
    expect(told).to_contain_text("Needs approval", timeout=WORKED)
    expect(told).to_contain_text("a colleague has to look at it")
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    expect(page.get_by_role("button", name="Issue these bills")).to_have_count(0)
    return page


def a_colleague_approves(story: Story) -> Page:
    page = story.desk("approver")
    page.goto("/o/nordlicht/")
    page.locator(".note", has_text="waits for a second person").get_by_role("link").click()
    page.wait_for_url(story.page.url)
    expect(page.get_by_role("heading", name="Would go out")).to_be_visible()
    press(page, "a")
    told = page.locator("section", has=page.get_by_role("heading", name="Second person"))
    expect(told).to_contain_text("approver@example.com")
    return page


def issues_and_watches(story: Story) -> Page:
    page = story.page
    asked: list[str | None] = []
    page.on("request", lambda each: asked.append(each.headers.get("hx-request")))
    page.reload()
    expect(page.get_by_role("button", name="Issue these bills")).to_be_visible()
    press(page, "i")
    expect(page.locator("#live .badge")).to_have_text("Done", timeout=WORKED)
    assert "true" in asked, "the page has not asked how far the run is"
    expect(page.locator("#live")).to_contain_text("Charges billed")
    expect(page.locator(".timeline .ahead")).to_have_count(0)
    return page


def opens_the_bill(story: Story) -> Page:
    page = story.page
    page.get_by_role("link", name="See the bills").click()
    page.get_by_label("Search bills").fill(ORDER)
    page.get_by_role("button", name="Show").click()
    page.wait_for_url(f"**/bills?*{ORDER}*")
    page.locator("[data-row] a").first.click()
    page.wait_for_url("**/bills/RE-*")
    expect(page.locator(".document tbody tr .amount")).to_have_count(4)
    story.bill = page.url
    return page


def opens_the_pdf(story: Story) -> Page:
    """What Chromium shows of it, or saves, is its own affair: it has to come, and be one."""
    page = story.page
    link = page.get_by_role("link", name="PDF", exact=True)
    there = link.get_attribute("href")
    assert there
    with page.expect_response(f"**{there}") as answered:
        link.click()
    assert answered.value.headers["content-type"] == "application/pdf"
    answer = page.request.get(there)
    assert answer.ok
    assert answer.body().startswith(b"%PDF-")
    page.goto(story.bill)
    return page


def asks_why(story: Story) -> Page:
    page = story.page
    amount = page.locator("[data-explain]").first
    tab_to(page, amount)
    press(page, "Enter")
    told = page.locator("[data-popover]")
    expect(told).to_be_focused()
    assert figures(told.get_by_role("heading").inner_text()) == figures(amount.inner_text())
    expect(told).to_contain_text("december.csv")
    return page


def credits_one_line(story: Story) -> Page:
    page = story.page
    press(page, "Escape")
    expect(page.locator("[data-explain]").first).to_be_focused()
    page.get_by_role("link", name="Credit", exact=True).click()
    row = page.locator("[data-row]", has_text="WAR-1017")
    story.credited = row.get_by_role("cell").nth(1).inner_text()
    assert story.credited != "—", "the line is not called what the bill calls it"
    row.get_by_role("checkbox").check()
    page.get_by_label("Issue date").fill(UNTIL)
    page.get_by_label("Reason").fill("Returned")
    page.get_by_role("button", name="Preview").click()
    only_one_line(page, story.credited)
    return page


def issues_the_credit_note(story: Story) -> Page:
    page = story.page
    page.get_by_role("button", name="Issue this credit note").click()
    page.wait_for_url("**/bills/GS-*")
    expect(page.get_by_role("status")).to_contain_text("is issued")
    page.locator(".timeline").get_by_role("link").click()
    page.wait_for_url(story.bill)
    expect(page.locator(".timeline")).to_contain_text("Credited by")
    return page


def opens_it_from_the_timeline(story: Story) -> Page:
    page = story.page
    page.locator(".timeline").get_by_role("link").click()
    page.wait_for_url("**/bills/GS-*")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Credit note")
    only_one_line(page, story.credited)
    return page


def only_one_line(page: Page, description: str) -> None:
    lines = page.locator(".document > .scroll tbody tr")
    expect(lines).to_have_count(1)
    expect(lines).to_contain_text(description)


def figures(text: str) -> str:
    """The figures of an amount, whatever the manner of writing it."""
    return "".join(each for each in text if each.isdigit())


STEPS: tuple[Callable[[Story], Page], ...] = (
    signs_in,
    hands_in_a_file_with_errors,
    puts_the_cell_right,
    imports_it,
    sees_what_a_run_would_find,
    clears_the_duplicate_by_keyboard,
    sees_the_stranger_held,
    previews_again,
    may_not_issue_it_alone,
    a_colleague_approves,
    issues_and_watches,
    opens_the_bill,
    opens_the_pdf,
    asks_why,
    credits_one_line,
    issues_the_credit_note,
    opens_it_from_the_timeline,
)


@pytest.mark.slow
def test_the_main_story(desk: Desk, place: Place):
    """Its pictures are always left in ``build/screens``: they are few, and tell what it is like."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    for old in SCREENS.glob("story-*.png"):
        old.unlink()
    story = Story(desk(None), place, desk)
    for number, step in enumerate(STEPS, start=1):
        page = step(story)
        page.screenshot(path=SCREENS / f"story-{number:02}-{step.__name__}.png", full_page=True)
    assert "every law holds" in " ".join(place.run("audit").split())
