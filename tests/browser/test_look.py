"""The look of documents in a browser: the picture follows what is typed; saving keeps it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from tests.browser import rooms
from tests.browser.conftest import Desk
from tests.browser.keyboard import press, tab_to

pytestmark = pytest.mark.slow
DRAWN = "() => document.querySelector('#shown img').naturalWidth"


def test_the_picture_follows_what_is_typed(desk: Desk):
    page = desk("admin")
    page.goto(rooms.address_of("sellers"))
    page.get_by_role("link", name="Look of documents").click()
    picture = page.locator("#shown img")
    assert page.evaluate(DRAWN) > 1000
    seen = [picture.get_attribute("src")]
    tagline = page.get_by_label("Line under the name")
    tab_to(page, tagline)
    page.keyboard.type("Bolts & <nuts>")
    expect(picture).not_to_have_attribute("src", seen[0] or "")
    assert page.evaluate(DRAWN) > 1000
    expect(tagline).to_be_focused()
    seen.append(picture.get_attribute("src"))
    page.get_by_label("Document").select_option("credit_note")
    expect(picture).not_to_have_attribute("src", seen[1] or "")
    mail = page.get_by_label("E-mail address")
    mail.fill("nobody")
    expect(page.locator("#wrong-contact_email")).to_contain_text("accounts@example.com")
    mail.fill("billing@nordlicht.example")
    expect(page.locator("#wrong-contact_email")).to_be_empty()
    page.reload()
    expect(page.get_by_label("Line under the name")).not_to_have_value("Bolts & <nuts>")


def test_a_look_is_saved_by_the_keyboard(desk: Desk):
    page = desk("admin")
    page.goto(rooms.address_of("sellers-look"))
    tab_to(page, page.get_by_label("Telephone"))
    press(page, "Control+a")
    page.keyboard.type("+49 40 99999")
    tab_to(page, page.get_by_label("Reason"))
    page.keyboard.type("new telephone")
    press(page, "Enter")
    expect(page.get_by_label("Telephone")).to_have_value("+49 40 99999")
    expect(page.get_by_label("Reason")).to_have_value("")
