"""What is wrong with Online Retail as it comes, counted without the product, row by row.

python tests/independent/online_retail_dirt.py online_retail_541909.parquet
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.independent.online_retail import find_originals, read, repeated


def dirt(path: Path) -> dict[str, int]:
    """Return how many rows have each kind of dirt, no row being set aside beforehand."""
    rows = list(read(path))
    for row in rows:
        # A sale may be cancelled if it sold something; whether it could be billed does not matter.
        row.fate = "" if row.cancels or row.quantity <= 0 else "billed"
    find_originals(rows)
    orphans = [row for row in rows if row.cancels and not row.candidates]
    return {
        "rows": len(rows),
        "exact duplicates": repeated(rows, with_time=False),
        "price zero": sum(row.price == 0 for row in rows),
        "price below zero": sum(row.price < 0 for row in rows),
        "quantity below zero, no cancellation": sum(
            row.quantity < 0 and not row.cancels for row in rows
        ),
        "cancellation without an original": len(orphans),
        "customer missing": sum(row.customer is None for row in rows),
    }


if __name__ == "__main__":
    print(json.dumps(dirt(Path(sys.argv[1])), indent=1))
