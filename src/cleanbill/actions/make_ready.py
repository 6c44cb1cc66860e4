"""Chunks of bills, made ready before anything is locked: numbered as expected, written, in rows.

A run works ahead in a thread of its own (`engine.ahead`): while one chunk is written to the
database, the next is drafted and put into rows, under the number that it will have if nobody else
issues meanwhile. Nothing here touches the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from cleanbill.actions.open_books import Books
from cleanbill.actions.outcome import Parts, parts_of
from cleanbill.actions.standing import looked_at
from cleanbill.cycle import run as cycle
from cleanbill.cycle.isolate import FAULTS
from cleanbill.engine.tables import FINDINGS, empty
from cleanbill.nouns.finding import STANDING
from cleanbill.store.bill_rows import BillRows, Scope, rows_of

KINDS = ("invoice", "credit_note")
"""Invoices first, so that credits find their numbers."""
TOGETHER = 256
"""So many bills are made ready at once where chunks are smaller: columns cost the same for one."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some neighbouring bills of one kind in a batch, from row ``start`` of its bills on."""

    batch: cycle.Batch
    kind: str
    start: int
    size: int

    def halves(self) -> tuple[Chunk, Chunk]:
        """Return the chunk in two parts; it must have at least two bills."""
        half = self.size // 2
        return (
            Chunk(self.batch, self.kind, self.start, half),
            Chunk(self.batch, self.kind, self.start + half, self.size - half),
        )


@dataclass(frozen=True, slots=True)
class Ready:
    """A chunk that only waits to be written. ``rows`` is null where making it ready failed."""

    chunk: Chunk
    rows: BillRows | None
    shift: int
    """By how much the expected numbers had been put right when it was made."""
    days: tuple[date, date]
    lines: pl.DataFrame
    found: pl.DataFrame
    totals: Parts


@dataclass(frozen=True, slots=True)
class Rest:
    """What a batch leaves unbilled, and the findings on it; comes behind its chunks."""

    charges: pl.DataFrame
    findings: pl.DataFrame
    looked: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema={"id": pl.Int64}))
    """Earlier findings about master data that were looked at again."""
    standing: pl.DataFrame = field(default_factory=lambda: empty(FINDINGS))
    """All that the batch says of master data, on its bills too."""


@dataclass
class Expected:
    """The numbers that chunks will get: the next of each series when the books were opened, what
    has been made ready since, and by how much others have shifted them."""

    next: dict[str, int]
    shift: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))

    @classmethod
    def of(cls, books: Books) -> Expected:
        """Return what the series said when the books were opened."""
        return cls({kind: series.next_sequence for kind, series in books.series.items()})


def ready_chunks(books: Books, expected: Expected, size: int) -> Iterator[Ready | Rest]:
    """Yield all bills of a run in chunks of up to ``size``, and what each batch leaves unbilled."""
    for batch in books.batches():
        known: list[pl.DataFrame] = []
        for kind in KINDS:
            for group in _groups(batch, kind, size):
                for ready in _ready(books, expected, group, known):
                    if ready.rows is not None:
                        known.append(ready.rows.known)
                    yield ready
        yield _rest(books, batch)


def _groups(batch: cycle.Batch, kind: str, size: int) -> Iterator[list[Chunk]]:
    """Cut the bills of one kind, which stand together, into chunks, those to be made at once."""
    place = batch.bills.with_row_index("place").filter(pl.col("kind") == kind)
    if place.is_empty():
        return
    first = int(place["place"][0])
    end = first + place.height
    step = size * max(1, TOGETHER // size)
    for start in range(first, end, step):
        stop = min(start + step, end)
        yield [Chunk(batch, kind, n, min(size, stop - n)) for n in range(start, stop, size)]


def _ready(
    books: Books, expected: Expected, group: list[Chunk], known: list[pl.DataFrame]
) -> Iterator[Ready]:
    """Make neighbouring chunks ready at once; where that fails, one after the other."""
    kind, size = group[0].kind, sum(chunk.size for chunk in group)
    shift = expected.shift[kind]
    first = expected.next[kind] + shift
    expected.next[kind] += size
    whole = Chunk(group[0].batch, kind, group[0].start, size)
    rows = _tried(books, whole, first, list(known))
    for chunk in group:
        place = chunk.start - whole.start
        if rows is not None:
            own = rows if len(group) == 1 else rows.part(place, chunk.size)
        else:
            own = None if len(group) == 1 else _tried(books, chunk, first + place, list(known))
        yield described(chunk, own, shift)


def _tried(books: Books, chunk: Chunk, first: int, known: list[pl.DataFrame]) -> BillRows | None:
    """Return the rows of a chunk; none where it fails, as it will where it is issued: there it is
    halved until the fault is alone.
    """
    try:
        return written(books, chunk, first, known)
    except FAULTS:
        return None


def described(chunk: Chunk, rows: BillRows | None, shift: int) -> Ready:
    """Return a chunk with what its step will say of it."""
    batch = chunk.batch
    bills, lines, _, _ = batch.slice(chunk.start, chunk.size)
    first_day, last_day = bills["issue_date"].min(), bills["issue_date"].max()
    assert isinstance(first_day, date)
    assert isinstance(last_day, date)
    found = batch.findings
    if found.height:
        about = found.join(lines.select("charge_id"), on="charge_id", how="semi")
        on_drafts = found.filter(
            (pl.col("subject_kind") == "draft")
            & pl.col("subject").is_in(bills["draft_key"].implode())
        )
        found = pl.concat([about, on_drafts])
    billed = batch.charges.join(lines.select("charge_id"), on="charge_id", how="semi")
    totals = parts_of(billed, bills, found)
    kept = [c for c in ("charge_id", "credits_bill_id") if c in lines.columns]
    return Ready(chunk, rows, shift, (first_day, last_day), lines.select(kept), found, totals)


def written(books: Books, chunk: Chunk, first: int, known: list[pl.DataFrame]) -> BillRows:
    """Return the rows of a chunk whose first bill gets the number ``first``.

    ``known`` are the numbers of the batch's invoices so far. Raises one of FAULTS where a value
    cannot be written, or where a bill credits an invoice that could not be issued.
    """
    series = books.series[chunk.kind]
    numbers = pl.concat(known) if known and chunk.kind == "credit_note" else None
    _with_their_invoices(chunk, numbers)
    issued = cycle.issue_chunk(
        chunk.batch,
        chunk.start,
        chunk.size,
        prefix=series.prefix,
        first_number=first,
        seller=books.seller,
        policy=books.policy,
        numbers=numbers,
    )
    scope = Scope(series.organisation_id, books.seller_row.pk, series.pk)
    return rows_of(scope, issued, first, numbers)


def _with_their_invoices(chunk: Chunk, numbers: pl.DataFrame | None) -> None:
    """Refuse credit notes over invoices of the same batch that did not go out."""
    if chunk.kind != "credit_note" or "credits_draft" not in chunk.batch.lines.columns:
        return
    _, lines, _, _ = chunk.batch.slice(chunk.start, chunk.size)
    wanted = lines["credits_draft"].drop_nulls()
    issued = pl.Series(dtype=pl.Int64) if numbers is None else numbers["draft"].cast(pl.Int64)
    if not wanted.cast(pl.Int64).is_in(issued.implode()).all():
        raise LookupError("the sale that it credits could not be billed; both go out once it can")


def _rest(books: Books, batch: cycle.Batch) -> Rest:
    unbilled = batch.charges.filter(~pl.col("disposition").is_in(["clear", "settled"]))
    about = batch.findings.join(unbilled.select("charge_id"), on="charge_id", how="semi")
    issued = batch.bills["draft_key"].implode()
    on_drafts = batch.findings.filter(
        (pl.col("subject_kind") == "draft") & ~pl.col("subject").is_in(issued)
    )
    looked = looked_at(books.before, batch, everyone=books.master.twins is not None)
    standing = batch.findings.filter(pl.col("subject_kind").is_in([k.value for k in STANDING]))
    return Rest(unbilled, pl.concat([about, on_drafts]), looked, standing)
