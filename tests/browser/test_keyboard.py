"""Core flows by the keyboard alone: no mouse, and at every stop the focus is seen."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from tests.browser.conftest import Desk, Place
from tests.browser.keyboard import look, press, tab_to

pytestmark = pytest.mark.slow
HOME = "/o/nordlicht/"


def test_sign_in_and_out(desk: Desk, place: Place):
    page = desk(None)
    page.goto(HOME)
    look(page)
    page.keyboard.type("approver@example.com")
    press(page, "Tab")
    page.keyboard.type(place.password)
    press(page, "Enter")
    page.wait_for_url(f"{place.url}{HOME}")
    press(page, "Tab")
    expect(page.locator("a.skip")).to_be_focused()
    press(page, "Enter", "Tab")
    look(page)
    assert page.evaluate("document.activeElement.closest('main') !== null"), "not past the menu"
    page.reload()
    tab_to(page, page.locator("details.menu > summary"))
    press(page, "Enter")
    tab_to(page, page.get_by_role("button", name="Sign out"))
    press(page, "Enter")
    page.wait_for_url("**/accounts/login/")


def test_from_what_needs_somebody_to_its_findings(desk: Desk, place: Place):
    page = desk()
    page.goto(HOME)
    press(page, "j", "j", "k")
    look(page)
    first = page.locator("[data-row]").first
    expect(first).to_be_focused()
    said = first.locator("a").inner_text()
    press(page, "Enter")
    page.wait_for_url("**/queue?code=*")
    expect(page.locator(".tabs [aria-current]")).to_contain_text(said)
    press(page, "j")
    expect(page.locator("[data-row]").first).to_be_focused()
    look(page)
    press(page, "g", "h")
    page.wait_for_url(f"{place.url}{HOME}")


def test_preview_a_run(desk: Desk):
    page = desk()
    page.goto(HOME)
    press(page, "g", "r")
    page.wait_for_url("**/runs")
    tab_to(page, page.get_by_role("link", name="New run"))
    press(page, "Enter")
    page.wait_for_url("**/runs/new")
    tab_to(page, page.get_by_role("button", name="Preview"))
    press(page, "Enter")
    page.wait_for_url("**/runs/new?until=*")
    expect(page.locator("main h2").first).to_be_visible()


def test_find_a_bill_and_ask_why(desk: Desk):
    page = desk()
    page.goto(HOME)
    press(page, "/")
    look(page)
    page.keyboard.type("RE-2026-000001")
    press(page, "Enter")
    page.wait_for_url("**/bills?q=*")
    press(page, "j", "Enter")
    page.wait_for_url("**/bills/RE-2026-000001")
    amount = page.locator("[data-explain]").first
    tab_to(page, amount)
    press(page, "Enter")
    told = page.locator("[data-popover]")
    expect(told).to_be_focused()
    expect(told).to_contain_text("Why")
    press(page, "Escape")
    expect(told).to_have_count(0)
    expect(amount).to_be_focused()


def test_see_the_keys_and_change_the_language(desk: Desk):
    page = desk("auditor")
    page.goto(HOME)
    press(page, "?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    press(page, "Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    for words, language in (("العربيّة", "ar"), ("Deutsch", "de"), ("English", "en")):
        tab_to(page, page.locator("details.menu > summary"))
        press(page, "Enter")
        tab_to(page, page.locator(".menu-open").get_by_role("button", name=words))
        press(page, "Enter")
        expect(page.locator("html")).to_have_attribute("lang", language)
        page.wait_for_load_state()
        assert page.url.endswith(HOME)
