"""Findings in: what is new is opened, what is gone is closed, what stays keeps its id and age."""

from __future__ import annotations

import json
from collections import Counter

import polars as pl
from django.db import connection

from cleanbill.engine.exact import total
from cleanbill.nouns.decision import DEFERRED, WAIVED
from cleanbill.nouns.finding import STANDING, Severity
from cleanbill.store.bulk import ids_in, write
from cleanbill.store.numbers import take_ids
from cleanbill.store.reading import open_findings
from cleanbill.store.totals import FindingKey, count_findings

_KEY = ("code", "subject_kind", "subject", "charge_id")
_MATCH = ("code", "subject_kind", "subject", "met")
_HOLDING = ("block", "deferred", "waived")
"""What keeps a draft back, or would if nobody had decided otherwise."""
_KINDS = [kind.value for kind in STANDING]


def renew_findings(
    organisation_id: int,
    run_id: int | None,
    found: pl.DataFrame,
    before: pl.DataFrame,
    seen: pl.DataFrame,
    *,
    close_drafts: bool = False,
    standing: pl.DataFrame | None = None,
    settled_terms: pl.DataFrame | None = None,
) -> tuple[int, int]:
    """Open what is new and close what is gone; return how many of each.

    ``before`` are the open findings; those about charges in ``seen`` (``charge_id``), and with
    ``close_drafts`` those that held a draft, are closed unless they are found again, and so are
    those about ``settled_terms`` (``subject``). A finding that stays keeps its id and age. One
    about master data is told from others by its subject, whichever charge met it first, and is
    closed only if its id is among ``standing``.
    """
    if found.is_empty() and before.is_empty():
        return 0, 0
    found, before = _keyed(found), _keyed(before)
    new = found.join(before, on=_MATCH, how="anti", nulls_equal=True, maintain_order="left")
    passing = before.filter(~pl.col("subject_kind").is_in(_KINDS))
    about = passing.join(seen.select("charge_id"), on="charge_id", how="semi")
    on_draft = (pl.col("subject_kind") == "draft") & pl.col("severity").is_in(_HOLDING)
    held_drafts = before.filter(on_draft & pl.lit(close_drafts))
    of_terms = before.clear()
    if settled_terms is not None and settled_terms.height:
        about_terms = before.filter(pl.col("subject_kind") == "terms")
        of_terms = about_terms.join(settled_terms, on="subject", how="semi")
    gone = pl.concat([about, held_drafts, of_terms]).join(
        found, on=_MATCH, how="anti", nulls_equal=True
    )
    if standing is not None:
        gone = pl.concat([gone, before.join(standing, on="id", how="semi")])
    change = _Change(organisation_id)
    _open(change, run_id, new.drop("met"))
    _weigh_anew(change, found, before)
    change.close(run_id, gone["id"].unique())
    change.keep()
    return new.height, gone.height


class _Change:
    """What is opened, closed and weighed anew in a transaction, and what that adds up to."""

    def __init__(self, organisation_id: int) -> None:
        self.own = organisation_id
        self._count: Counter[FindingKey] = Counter()
        self._stake: Counter[FindingKey] = Counter()

    def add(self, key: FindingKey, count: int, stake: int) -> None:
        """Count findings that there are more of now, or fewer."""
        self._count[key] += count
        self._stake[key] += stake

    def close(self, run_id: int | None, ids: pl.Series) -> None:
        """Close those that nobody else has closed meanwhile."""
        for code, severity, currency, run, stake in self._update(
            "closed_run_id = %s", ids, "closed_run_id IS NULL", [run_id], []
        ):
            self.add((code, severity, currency, run), -1, -int(stake))

    def weigh(self, severity: str, ids: pl.Series) -> None:
        """Give those that are open another severity."""
        for old in sorted(_SEVERITIES - {severity}):
            for code, _, currency, run, stake in self._update(
                *("severity = %s", ids, "closed_run_id IS NULL AND severity = %s"),
                *([severity], [old]),
            ):
                self.add((code, old, currency, run), -1, -int(stake))
                self.add((code, severity, currency, run), 1, int(stake))

    def restate(self, finding: int, stake: int, parameters: str, before: int) -> None:
        """Give one that is open other money at stake and other facts."""
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE finding SET at_stake_minor = %s, parameters = %s "
                "WHERE organisation_id = %s AND id = %s AND closed_run_id IS NULL "
                "AND at_stake_minor = %s "
                "RETURNING code, severity, currency, opened_run_id",
                [stake, parameters, self.own, finding, before],
            )
            for key in cursor.fetchall():
                self.add(tuple(key), 0, stake - before)

    def _update(
        self, change: str, ids: pl.Series, where: str, to: list[object], values: list[object]
    ) -> list[tuple[str, str, str | None, int | None, int]]:
        if ids.is_empty():
            return []
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE finding SET {change} WHERE organisation_id = %s AND {ids_in('id')} "
                f"AND {where} RETURNING code, severity, currency, opened_run_id, at_stake_minor",
                [*to, self.own, json.dumps(ids.sort().to_list()), *values],
            )
            return cursor.fetchall()

    def keep(self) -> None:
        """Write the totals: last, so that whoever waits for them holds nothing others want."""
        count_findings(self.own, {k: (n, self._stake[k]) for k, n in self._count.items()})


def restate_findings(organisation_id: int, changed: pl.DataFrame) -> None:
    """Bring money and facts of open findings up to date.

    ``changed`` has ``id``, ``at_stake_minor`` as it was read, and ``at_stake_minor_now`` and
    ``parameters_now``; a finding whose money somebody else has changed meanwhile is left to them.
    """
    change = _Change(organisation_id)
    facts = changed.select("id", "at_stake_minor_now", "parameters_now", "at_stake_minor").sort(
        "id"
    )
    for row in facts.iter_rows():
        change.restate(*row)
    change.keep()


_SEVERITIES = {*(severity.value for severity in Severity), WAIVED, DEFERRED}


def _weigh_anew(change: _Change, found: pl.DataFrame, before: pl.DataFrame) -> None:
    """Give findings that stay the severity that they are found with now."""
    known = before.select("id", *_MATCH, pl.col("severity").alias("severity_before"))
    both = known.join(
        found.select(*_MATCH, "severity"), on=_MATCH, how="inner", nulls_equal=True
    ).unique("id", keep="first", maintain_order=True)
    moved = both.filter(pl.col("severity") != pl.col("severity_before"))
    for severity in moved["severity"].unique().sort():
        change.weigh(severity, moved.filter(pl.col("severity") == severity)["id"])


def _keyed(findings: pl.DataFrame) -> pl.DataFrame:
    """Add ``met``: the charge that tells a finding from others, null where its subject does."""
    standing = pl.col("subject_kind").is_in(_KINDS)
    return findings.with_columns(pl.when(~standing).then(pl.col("charge_id")).alias("met"))


def open_findings_of_terms(organisation_id: int, found: pl.DataFrame) -> None:
    """Open what a drawing found on terms, where it is not open already.

    What is mended is closed by the next run, which knows what it has settled.
    """
    if found.is_empty():
        return
    before = open_findings(organisation_id, found["code"].unique().sort().to_list())
    new = found.join(before, on=_KEY, how="anti", nulls_equal=True, maintain_order="left")
    change = _Change(organisation_id)
    _open(change, None, new)
    change.keep()


def _open(change: _Change, run_id: int | None, new: pl.DataFrame) -> None:
    if new.is_empty():
        return
    by = new.group_by("code", "severity", "currency").agg(
        pl.len().alias("count"), total(pl.col("at_stake_minor"))
    )
    for code, severity, currency, count, stake in by.iter_rows():
        change.add((code, severity, currency, run_id), count, stake)
    first = take_ids("finding", new.height)
    write(
        "finding",
        new.with_columns(
            (pl.int_range(pl.len(), dtype=pl.Int64) + first).alias("id"),
            pl.lit(change.own, dtype=pl.Int64).alias("organisation_id"),
            pl.lit(run_id, dtype=pl.Int64).alias("opened_run_id"),
        ),
    )
