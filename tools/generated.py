"""Pages that a tool writes: write one, or tell that it is out of date."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def settle(page: Path, text: Callable[[], str]) -> None:
    """Write the page; with ``--check``, end with 1 if it does not say what it should."""
    if "--check" not in sys.argv[1:]:
        page.write_text(text(), encoding="utf-8")
    elif not page.exists() or page.read_text(encoding="utf-8") != text():
        sys.exit(f"docs/{page.name} is out of date: run `make docs`")
