"""From a file that was handed in to an import: map, check, put cells right, check again, take in.

A check is the import itself, rolled back. Rejected rows lie beside the file as long as it does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from cleanbill.actions.access import Actor, action
from cleanbill.actions.hand_in_file import file_of, found, opened
from cleanbill.actions.import_file import Report, import_file
from cleanbill.actions.queue_job import queued
from cleanbill.actions.sweep_desk import settled
from cleanbill.formats import tabular
from cleanbill.store import uploads
from cleanbill.store.models import Job, Upload

SHOWN = 50
"""Rejected rows that can be mended on one page."""
REJECTS, SAMPLE = "rejects.csv", "rejects.json"
MOST_MENDS = 2_000
LONGEST = 1_000
SMALL_BYTES = 2_000_000
"""Files up to this size are worked on at once, larger ones by a worker."""


@action("look")
def look_at_upload(actor: Actor, upload_id: int) -> dict[str, Any]:
    """Return what was handed in, how it would be mapped, what the last check said.

    ``columns`` are the file's, with examples and doubts; ``fields`` our own.
    """
    upload = found(actor, upload_id)
    shown: dict[str, Any] = {
        "id": upload.pk,
        "name": upload.name,
        "kind": upload.kind,
        "size": upload.size,
        "state": upload.state,
        "source_file": upload.source_file,
        "mends": upload.mends,
    }
    jobs = Job.objects.filter(
        organisation_id=actor.organisation_id, subject=upload.pk, kind__in=("check", "take")
    )
    shown["job"] = jobs.order_by("-id").values().first()
    if upload.state == Upload.State.OPEN:
        layout = tabular.sniff(file_of(upload))
        shown |= {
            "columns": layout.columns,
            "notes": (*layout.notes, *layout.ambiguous),
            "fields": tabular.KINDS[upload.kind],
            "profile": _profile(upload),
            "rejected": _sample(upload),
        }
    return shown


def _profile(upload: Upload) -> tabular.Profile:
    """The mapping as it was last chosen; a suggestion where nobody has chosen yet."""
    place = uploads.place_of(upload.token) / "profile.toml"
    place.write_text(upload.profile, encoding="utf-8")
    return tabular.load_profile(place)


def _sample(upload: Upload) -> list[dict[str, Any]]:
    place = uploads.place_of(upload.token) / SAMPLE
    return json.loads(place.read_text(encoding="utf-8")) if place.exists() else []


@action("look")
def map_upload(
    actor: Actor,
    upload_id: int,
    *,
    columns: Mapping[str, str],
    constants: Mapping[str, str],
    formats: Mapping[str, str],
) -> int:
    """Choose which column is which, and check the file so; return the job's number.

    What the suggested profile says beyond that (values, rules, joined columns left as they are)
    stays. Raises WrongProfile where the choice makes no profile.
    """
    upload = opened(actor, upload_id)
    before = _profile(upload)
    joined = {" + ".join(names): names for names in before.columns.values() if len(names) > 1}
    chosen = replace(
        before,
        columns={t: joined.get(name, (name,)) for t, name in columns.items() if name},
        constants={t: text for t, text in constants.items() if text and not columns.get(t)},
        formats=replace(before.formats, **formats),
    )
    text = tabular.dump(chosen)
    place = uploads.place_of(upload.token) / "profile.toml"
    place.write_text(text, encoding="utf-8")
    tabular.load_profile(place)
    own = Upload.objects.filter(organisation_id=actor.organisation_id, pk=upload.pk)
    own.update(profile=text)
    return queued(actor, "check", {}, subject=upload.pk)


@action("look")
def mend_upload(actor: Actor, upload_id: int, mends: Mapping[str, Mapping[str, str]]) -> int:
    """Put cells right, by row and column, and check the file again; return the job's number."""
    upload = opened(actor, upload_id)
    kept: dict[str, dict[str, str]] = {row: dict(cells) for row, cells in upload.mends.items()}
    for row, cells in mends.items():
        if not (row.isascii() and row.isdigit()):
            raise ValueError(f"{row[:20]!r} is no row of the file")
        known = kept.setdefault(row, {})
        known.update({name: text[:LONGEST] for name, text in cells.items()})
    if sum(map(len, kept.values())) > MOST_MENDS:
        raise ValueError(
            f"More than {MOST_MENDS:,} cells are put right here: mend the file at its source"
        )
    own = Upload.objects.filter(organisation_id=actor.organisation_id, pk=upload.pk)
    own.update(mends=kept)
    return queued(actor, "check", {}, subject=upload.pk)


@action("look")
def queue_take(actor: Actor, upload_id: int) -> int:
    """Leave the import of a file that was checked to a worker; return the job's number.

    Pressed twice, it is one job.
    """
    upload = opened(actor, upload_id)
    return queued(actor, "take", {}, subject=upload.pk, key=f"take-{upload.token}")


def check(actor: Actor, upload_id: int) -> dict[str, Any]:
    """Do all of the import and keep nothing; return the report as plain values."""
    upload = opened(actor, upload_id)
    report = _imported(actor, upload, dry_run=True)
    folder = uploads.place_of(upload.token)
    tabular.write_rejects(folder / REJECTS, report.intake.rejected)
    (folder / SAMPLE).write_text(json.dumps(_rows(report)), encoding="utf-8")
    return _told(report)


def take(actor: Actor, upload_id: int) -> dict[str, Any]:
    """Import the file; return the report. The file is removed, its rejected rows stay a week."""
    upload = found(actor, upload_id)
    if upload.state == Upload.State.TAKEN:
        return {"source_file": upload.source_file}
    report = _imported(actor, opened(actor, upload_id), dry_run=False)
    settled(actor, upload, Upload.State.TAKEN, report.source_file)
    folder = uploads.place_of(upload.token)
    tabular.write_rejects(folder / REJECTS, report.intake.rejected)
    for file in (upload.name, SAMPLE, "profile.toml"):
        (folder / file).unlink(missing_ok=True)
    if report.intake.rejected.is_empty():
        uploads.remove(upload.token)
    return {**_told(report), "problems": [], "source_file": report.source_file}


@action("look")
def rejects_of(actor: Actor, upload_id: int) -> Path:
    """Return the file of rejected rows, harmless in a spreadsheet; raises LookupError."""
    place = uploads.place_of(found(actor, upload_id).token) / REJECTS
    if not place.exists():
        raise LookupError("There are no rejected rows to download, or not any more.")
    return place


def _imported(actor: Actor, upload: Upload, *, dry_run: bool) -> Report:
    profile, path = _profile(upload), file_of(upload)
    try:
        return import_file(
            actor, upload.kind, path, profile=profile, dry_run=dry_run, mends=upload.mends
        )
    except tabular.UnreadableFile as error:
        # Where the file lies is nobody's business; what it is called is.
        where = error.where.replace(str(path), upload.name)
        raise type(error)(error.what, where, error.expected, error.remedy) from error


def _rows(report: Report) -> list[dict[str, Any]]:
    """The first rejected rows, with the cells that can be put right, those at fault first."""
    rows = []
    for row in report.intake.rejected.head(SHOWN).to_dicts():
        targets = {code.partition(":")[0] for code in row["problem"].split("; ")}
        wrong = [
            name
            for target in sorted(targets)
            for name in report.intake.used.get(target, ())
            if name in row
        ]
        known = ("row", "problem", "what_to_do", "occurrence", "damage")
        others = [name for name in row if name not in wrong and name not in known]
        rows.append(
            {
                "row": row["row"],
                "what_to_do": row["what_to_do"],
                "wrong": [{"name": name, "text": row[name] or ""} for name in dict.fromkeys(wrong)],
                "others": [
                    {"name": name, "text": str(row[name])[:80]} for name in others if row[name]
                ][:6],
            }
        )
    return rows


def _told(report: Report) -> dict[str, Any]:
    intake = report.intake
    problems = (
        intake.rejected.group_by("problem", maintain_order=True)
        .agg(
            pl.len().alias("count"),
            pl.col("row").first().alias("first"),
            pl.col("what_to_do").first(),
        )
        .sort("count", descending=True, maintain_order=True)
    )
    return {
        "created": report.created,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "proposed": report.proposed,
        "adopted": dict(report.adopted),
        "rows": intake.counts["rows"],
        "accepted": intake.counts["accepted"],
        "rejected": intake.counts["rejected"],
        "control": intake.totals.to_dicts(),
        "ignored": list(intake.ignored_columns),
        "problems": problems.head(SHOWN).to_dicts(),
    }


@action("look")
def is_small(actor: Actor, upload_id: int) -> bool:
    """Tell whether a page can wait for the work on a file."""
    return found(actor, upload_id).size <= SMALL_BYTES
