"""Fault points: the named places where a test may end the process, or make something fail.

In production nothing is armed and ``reach`` does nothing. A test sets ``armed`` to a function that
gets the name of each point as it is reached; `make storm` kills the process at every one of them.
A point ``x.before`` lies before a write, ``x.after`` behind it, still inside the transaction;
``*.committed`` lies behind the commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection

WRITES = (
    *("run.begin", "run.close", "chunk.numbers", "chunk.chain", "chunk.findings", "chunk.step"),
    *("chunk.event", "table.bill", "table.document", "table.bill_line", "table.charge_link"),
    *("table.bill_line_tax", "table.bill_coupon", "table.bill_total"),
    *("table.bill_tax", "table.posting", "credit.numbers", "credit.reopen", "credit.event"),
    *("import.file", "import.charges", "import.links", "import.findings", "import.adopted"),
    *(
        "import.master",
        "import.prices",
        "import.rates",
        "import.event",
        "setup.company",
        "setup.event",
    ),
    *("import.terms", "draw.event", "draw.charges", "draw.basis", "draw.state", "draw.findings"),
    *("import.facts", "import.orders", "import.retainers", "bundle.links", "engine.answers"),
    *("erase.key", "erase.event", "erase.journal", "hold.row", "hold.event"),
    "history.rows",
    *("archive.folder", "archive.manifest", "backup.file"),
    *("undo.links", "undo.file", "undo.event", "run.prepared", "run.approved", "run.reviewed"),
    *("repair.file", "repair.charges", "repair.links", "repair.master", "repair.event"),
    *("repair.row", "verify.findings", "decision.row", "decision.event", "setting.row"),
    *("setting.event", "member.account", "member.role", "seller.look"),
    *("outbox.rows", "outbox.event", "outbox.claim", "outbox.withdraw", "outbox.file"),
    *("outbox.begin", "outbox.handing", "outbox.answer"),
)
COMMITS = (
    *(
        "draw",
        "engine",
        "history",
        "run.begin",
        "chunk",
        "run.close",
        "credit",
        "import",
        "setup",
        "erase",
    ),
    *("repair", "decision", "setting", "member", "seller"),
    *("outbox.queue", "outbox.claim", "outbox.file", "outbox.answer"),
)
POINTS = (
    *(f"{write}.{side}" for write in WRITES for side in ("before", "after")),
    *(f"{commit}.committed" for commit in COMMITS),
)
"""Every point, in the order of the code."""

armed: Callable[[str], None] | None = None


def reach(point: str) -> None:
    """Tell an armed test that the point has been reached."""
    if armed is not None:
        if point not in POINTS:
            raise ValueError(f"{point!r} is no declared fault point")
        armed(point)


def committed(name: str) -> None:
    """Mark the place behind a commit; within a larger transaction nothing is committed yet."""
    if armed is not None and not connection.in_atomic_block:
        reach(f"{name}.committed")


@contextmanager
def write(name: str) -> Iterator[None]:
    """Mark a write: its two points lie before and after the block."""
    reach(f"{name}.before")
    yield
    reach(f"{name}.after")
