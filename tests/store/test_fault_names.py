"""Every fault point that the code names is declared, so that the storm kills there, too."""

from __future__ import annotations

import re
from pathlib import Path

import cleanbill
from cleanbill.store import faults

NAMED = re.compile(r"faults\.(write|committed)\(\s*\"([^\"]+)\"")


def test_every_point_that_is_named_is_declared() -> None:
    named = {
        match.groups()
        for file in Path(cleanbill.__file__).parent.rglob("*.py")
        for match in NAMED.finditer(file.read_text("utf-8"))
    }
    assert len(named) > 50
    assert {name for kind, name in named if kind == "write"} <= set(faults.WRITES)
    assert {name for kind, name in named if kind == "committed"} <= set(faults.COMMITS)
