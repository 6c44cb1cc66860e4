"""Look at an open page with axe: what keeps people from using it, as readable lines."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from playwright.sync_api import Page

GRAVE = ("serious", "critical")
RUN = """() => axe.run(document, {
  resultTypes: ["violations"],
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
})"""


@cache
def _script() -> str:
    """The script of axe-core, from the package that ships it."""
    return files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")


def grave(page: Page) -> list[str]:
    """Return every serious or critical issue: the rule, what it says, the first places."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(_script())
    found: dict[str, Any] = page.evaluate(RUN)
    return [
        f"{issue['id']}: {issue['help']}: "
        + "; ".join(
            f"{node['html'][:160]} ({' '.join(node['failureSummary'].split())[:260]})"
            for node in issue["nodes"][:3]
        )
        for issue in found["violations"]
        if issue["impact"] in GRAVE
    ]
