"""What postcodes look like, by country. Sources: ``data/SOURCES.md``."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

LETTERS = "(?:[A-Z]{1,3}-)?"
"""A country's letters may stand before a postcode."""


@cache
def forms() -> dict[str, tuple[str, str]]:
    """Return pattern (for the whole postcode, in capitals) and example by country."""
    text = files("cleanbill.cycle.verify").joinpath("data", "postcodes.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return {r["country"]: (f"^{LETTERS}(?:{r['pattern']})$", r["example"]) for r in rows}
