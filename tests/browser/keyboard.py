"""Work a page by the keyboard alone, and see at every stop where one is."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

FARTHEST = 80
"""So many stops a way may have."""
STOP = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const marked = (each) => {
    const style = getComputedStyle(each);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  };
  const box = at.getBoundingClientRect();
  return {
    what: at.outerHTML.slice(0, 120),
    marked: marked(at) || (at.parentElement !== null && marked(at.parentElement)),
    inside: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}"""


def look(page: Page) -> None:
    """Fail unless whoever looks at the screen sees where the keyboard is."""
    stop = page.evaluate(STOP)
    if stop is not None:
        assert stop["marked"], f"focus cannot be seen on {stop['what']}"
        assert stop["inside"], f"focus is outside of the window on {stop['what']}"


def tab_to(page: Page, goal: Locator) -> None:
    """Press Tab until the goal has the focus; every stop on the way has to be seen."""
    for _ in range(FARTHEST):
        page.keyboard.press("Tab")
        look(page)
        if goal.evaluate("each => each === document.activeElement"):
            return
    raise AssertionError(f"{goal} cannot be reached by Tab in {FARTHEST} stops")


def press(page: Page, *keys: str) -> None:
    """Press keys one after the other."""
    for key in keys:
        page.keyboard.press(key)
