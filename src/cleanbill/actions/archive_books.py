"""Archive the books: issued bills with their entries and chains, as files that prove themselves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from cleanbill.actions.access import Actor, action
from cleanbill.actions.open_books import Progress, silent
from cleanbill.formats import bill_archive
from cleanbill.formats.bill_archive import File, SeriesFile
from cleanbill.formats.chain_heads import Head, Heads
from cleanbill.formats.whole_file import whole
from cleanbill.ledger import entry_texts
from cleanbill.ledger.entry import EMPTY
from cleanbill.store import archive, faults
from cleanbill.store.chain import GENESIS, text_hash
from cleanbill.store.models import Organisation, Series
from cleanbill.store.snapshot import one_moment


class IncompleteBooks(ValueError):
    """A bill's document is not there, so there is nothing to archive of it."""


@action("books.audit")
def archive_books(actor: Actor, folder: Path, *, progress: Progress = silent) -> Heads:
    """Write every bill of the organisation to ``folder``, all or nothing; return the chain heads.

    The books are read as of one moment. Raises FileExistsError when the folder is there and not
    empty, IncompleteBooks when a document is missing.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(f"{folder} is there already; an archive needs a new folder")
    organisation = Organisation.objects.get(pk=actor.organisation_id)
    rows = Series.objects.filter(organisation=organisation).select_related("seller")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with faults.write("archive.folder"), whole(folder) as draft, one_moment():
        draft.mkdir()
        total, before = archive.counted(actor.organisation_id), 0
        files: list[File] = []
        for place, series in enumerate(rows.order_by("prefix", "id"), 1):
            file = SeriesFile(draft, place, series.kind)
            head = Head(series.seller.key, series.kind, series.prefix, 0, None, GENESIS)
            for bills in _bills(actor.organisation_id, series):
                file.add(bills)
                last = bills[-1]
                head = Head(
                    *(head.seller, head.kind, head.prefix),
                    *(int(last["sequence"]), last["number"], last["link"]),
                )
                progress("Archiving", before + file.count, total)
            before += file.count
            files.append(file.close(head))
        ends = tuple(file.head for file in files)
        heads = Heads(organisation.slug, organisation.name, datetime.now(UTC), ends)
        with faults.write("archive.manifest"):
            bill_archive.finish(draft, heads, files)
    return heads


def _bills(organisation_id: int, series: Any) -> Iterator[list[dict[str, str]]]:
    """Yield the bills of a series, stretch by stretch, as the archive holds them."""
    for stretch in archive.stretches(organisation_id, series.pk):
        entries = entry_texts(archive.postings_of(stretch), "bill_id").rename({"bill_id": "id"})
        bills = archive.bills_of(stretch).join(entries, on="id", how="left", maintain_order="left")
        gone = bills.filter(pl.col("body").is_null())["number"].head(1).to_list()
        if gone:
            raise IncompleteBooks(
                f"the document of {gone[0]} is missing; `cleanbill audit` says what else is wrong"
            )
        yield [
            {
                "document": body,
                "document_hash": own,
                "entry": entry,
                "entry_hash": text_hash(entry),
                "link": link,
                "number": number,
                "sequence": str(sequence),
            }
            for body, own, entry, link, number, sequence in bills.select(
                *("body", "document_hash", pl.col("entry").fill_null(EMPTY), "chain_hash"),
                *("number", "sequence"),
            ).iter_rows()
        ]
