"""Engines by the name that a company file chooses.

An adapter is a class in a package of its own, named by an entry point of the group
``cleanbill.tax_engines``. The house brings one: ``recorded``, which answers from files.
"""

from __future__ import annotations

import os
from importlib.metadata import entry_points
from pathlib import Path

from cleanbill.gateways.recorded_engine import RECORDED, RecordedEngine
from cleanbill.gateways.tax_engine import TaxEngine

GROUP = "cleanbill.tax_engines"
FOLDER = "CLEANBILL_RECORDED_TAXES"
"""Says where the answers lie that ``recorded`` gives."""


def engine_of(name: str) -> TaxEngine:
    """Return the engine of that name; raises LookupError where none is installed."""
    if name == RECORDED:
        folder = os.environ.get(FOLDER)
        if not folder:
            raise LookupError(f"set {FOLDER} to the folder that recorded answers lie in")
        return RecordedEngine(Path(folder))
    for entry in entry_points(group=GROUP, name=name):
        engine: TaxEngine = entry.load()()
        return engine
    raise LookupError(
        f"no adapter of the tax engine {name!r} is installed; docs/operate.md says how one is made"
    )
