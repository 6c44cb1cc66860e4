"""Every page can be used by everybody: axe in light and dark, narrow, wide, Arabic; zoomed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page
from tests.browser import rooms
from tests.browser.axe import grave
from tests.browser.conftest import Desk

NARROW, WIDE, WIDEST, ZOOMED = 320, 1280, 2560, 640
"""Widths in CSS pixels; a window of 1280 at 200 % has 640."""
ARABIC = (
    *("home", "queue", "runs", "runs-new-preview", "runs-one", "bills", "bills-one"),
    *("imports", "imports-one", "jobs-one", "jobs-one-sending", "queue-empty"),
    *("account-factors", "door", "sellers-look"),
)
"""Pages to be looked at from right to left."""
Shot = Callable[[Page, str], None]

WIDER = """() => {
  const most = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= most) return [];
  return [...document.querySelectorAll("body *")]
    .filter((each) => {
      const box = each.getBoundingClientRect();
      return (box.right > most + 1 || box.left < -1) && !each.closest(".scroll, .tabs, .filters");
    })
    .map((each) => each.outerHTML.slice(0, 120));
}"""
"""What makes a page scroll sideways; nothing where it does not."""
SAID = """() => {
  const shown = (each) => each.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const words = [];
  const walk = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode.textContent.trim();
    const around = walk.currentNode.parentElement;
    if (!text || around.closest("[aria-hidden=true], kbd, .keys, script, .spoken")) continue;
    if (shown(around)) words.push(text.replace(/\\s+/g, " "));
  }
  return words;
}"""
"""The texts that a page shows in its main part."""


def opened(desk: Desk, name: str, **window: object) -> Page:
    page = desk(None if name in rooms.DOOR else "admin", **window)
    page.goto(rooms.address_of(name))
    return page


@pytest.mark.slow
@pytest.mark.parametrize("name", rooms.names())
def test_no_page_keeps_anybody_out(desk: Desk, shot: Shot, name: str):
    page = opened(desk, name)
    for width in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": 800})
        # As tall as the page: what lies below the bar of a narrow screen is not covered by it.
        tall = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": width, "height": min(max(800, tall), 16000)})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            shot(page, f"{name}-{width}-{scheme}")
            assert not grave(page), (width, scheme)
        assert not page.evaluate(WIDER), width


@pytest.mark.slow
@pytest.mark.parametrize("name", ARABIC)
def test_no_page_keeps_readers_of_arabic_out(desk: Desk, shot: Shot, name: str):
    page = opened(desk, name, language="ar")
    assert page.evaluate("getComputedStyle(document.body).direction") == "rtl"
    shot(page, f"{name}-ar-{WIDE}")
    assert not grave(page)
    page.set_viewport_size({"width": NARROW, "height": 800})
    shot(page, f"{name}-ar-{NARROW}")
    assert not page.evaluate(WIDER)


@pytest.mark.slow
@pytest.mark.parametrize("name", ARABIC)
def test_no_page_is_lost_on_a_very_wide_screen(desk: Desk, shot: Shot, name: str):
    page = opened(desk, name, width=WIDEST, height=1440)
    shot(page, f"{name}-{WIDEST}")
    assert not grave(page)
    assert not page.evaluate(WIDER)


@pytest.mark.slow
@pytest.mark.parametrize("name", rooms.names())
def test_nothing_is_lost_at_200_percent(desk: Desk, name: str):
    page = opened(desk, name)
    said = page.evaluate(SAID)
    assert said
    page.set_viewport_size({"width": ZOOMED, "height": 400})
    assert not page.evaluate(WIDER)
    still = page.evaluate(SAID)
    lost = [text for text in dict.fromkeys(said) if text not in still]
    assert not lost


@pytest.mark.slow
def test_the_way_to_other_pages_is_there_at_200_percent(desk: Desk):
    page = opened(desk, "home")
    wide = page.locator(".top .wide:not(kbd)").all_inner_texts()
    links = page.locator(".nav .nav-link").all_inner_texts()
    assert wide
    assert links
    page.set_viewport_size({"width": ZOOMED, "height": 400})
    at_hand = page.locator(".nav .nav-link:visible").all_inner_texts()
    assert at_hand
    page.locator("details.menu > summary").click()
    menu = page.locator(".menu-open").inner_text()
    assert not [text for text in links if text not in at_hand and text not in menu]
    assert not [text for text in wide if text not in menu]
    assert not page.evaluate(WIDER)


@pytest.mark.slow
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_what_opens_on_a_page_keeps_nobody_out(desk: Desk, shot: Shot, width: int):
    page = desk("auditor", width=width)
    page.goto(rooms.address_of("bills-one"))
    page.keyboard.press("?")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        shot(page, f"keys-{width}-{scheme}")
        assert not grave(page)
    page.keyboard.press("Escape")
    page.locator("details.menu > summary").click()
    page.locator("[data-explain]").first.press("Enter")
    page.locator("[data-popover]").wait_for()
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        shot(page, f"explain-{width}-{scheme}")
        assert not grave(page)
    assert not page.evaluate(WIDER)
