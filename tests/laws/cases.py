"""How many generated cases each law is tried on: one variable for all of them.

``CLEANBILL_LAW_CASES=100000`` is what `make laws` takes. Cases come in chunks that are made when
their test runs, so that several processes share them; a chunk is the same in every run.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping

CASES = int(os.environ.get("CLEANBILL_LAW_CASES") or 1000)
CHUNK = 250
"""Cases of one test: as many as one call of the engine takes well."""


def chunks(size: int = CHUNK) -> list[int]:
    """Return the number of the first case of each chunk."""
    return list(range(0, CASES, size))


def varied(found: Counter[str], tried: int, least: Mapping[str, int]) -> None:
    """Check that a law is not tried on the same again and again.

    ``least``: of a hundred cases, how many have the property at least.
    """
    shares = {name: 100 * found[name] / tried for name in least}
    dull = {name: share for name, share in shares.items() if share < least[name]}
    assert not dull, f"of 100 cases only {dull}; expected at least {dict(least)}"
