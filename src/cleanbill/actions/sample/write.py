"""Writing the sample company into a folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cleanbill.actions.sample.company import write_company
from cleanbill.actions.sample.identifiers import VatIds
from cleanbill.actions.sample.planting import planted
from cleanbill.actions.sample.recurring import recurring_rows
from cleanbill.actions.sample.rows import (
    ANSWER_KEY,
    CHARGES,
    RECURRING,
    SOURCE_FILES,
    write_rows,
)
from cleanbill.actions.sample.size import SIZES, SampleSize
from cleanbill.actions.sample.sources import sources
from cleanbill.actions.sample.timeline import LAST_DAY, PERIOD
from cleanbill.nouns.period import Period


@dataclass(frozen=True, slots=True)
class SampleSummary:
    """What was written."""

    folder: Path
    files: tuple[Path, ...]
    rows: Mapping[str, int]
    """Rows by source file, planted duplicates included."""
    errors: Mapping[str, int]
    """Planted errors by name; an error that changes several cells counts once."""
    charges_after_period: int
    """Clean charges of the few days after the month: a run that ends with it leaves them."""
    period: Period = PERIOD


def write_sample(
    folder: Path, *, seed: int, size: Literal["small", "large"] | SampleSize
) -> SampleSummary:
    """Write the sample company's files into a folder: the same bytes for the same seed and size.

    Writes ``company.toml``, ``customers.csv``, ``items.csv``, ``prices.csv``, ``agreements.csv``,
    ``recurring.csv``, ``charges.csv`` and ``answer-key.csv``. The key's ``row`` counts the rows
    under the header from 1; its ``reference`` is the charge, customer or item, for an agreement
    the customer.
    """
    measure = size if isinstance(size, SampleSize) else SIZES[size]
    folder.mkdir(parents=True, exist_ok=True)
    vat_ids = VatIds()
    company = write_company(folder, vat_ids.following("DE"))
    clean = sources(seed, measure, vat_ids)
    files, key = planted(seed, clean) if measure.planted else (clean.files, [])
    spoiled = {line["reference"] for line in key if line["file"] != CHARGES}
    standing = recurring_rows(clean.profiles, spoiled, clean.agreed_from)
    terms = write_rows(folder, RECURRING, standing)
    written = [write_rows(folder, name, files[name]) for name in SOURCE_FILES]
    written.append(write_rows(folder, ANSWER_KEY, key))
    spots = {(line["file"], line["row"]): line["error"] for line in key}
    month, last = PERIOD.end, LAST_DAY
    assert month is not None
    return SampleSummary(
        folder=folder,
        files=(company, terms, *written),
        rows={**{name: len(files[name]) for name in SOURCE_FILES}, RECURRING: len(standing)},
        errors=dict(Counter(spots.values())),
        charges_after_period=sum(
            month.isoformat() <= row["service_date"] <= last.isoformat()
            for row in clean.charges.rows
        ),
    )
