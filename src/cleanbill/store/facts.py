"""What charges from terms rest on: releases and claims as they became known, and what was billed.

``add_facts`` must run inside the caller's transaction.
"""

from __future__ import annotations

import json

import polars as pl

from cleanbill.engine.tables import Schema
from cleanbill.nouns.drawn import SPEND
from cleanbill.store.bulk import read, texts_in, write
from cleanbill.store.master_writing import Changes
from cleanbill.store.numbers import take_ids

KEY = ("terms", "event", "name", "line")
CONTENT = ("day", "percent_e6", "amount_minor")
FACTS: Schema = {
    "terms": pl.String,
    "event": pl.String,
    "name": pl.String,
    "line": pl.String,
    "day": pl.Date,
    "percent_e6": pl.Int64,
    "amount_minor": pl.Int64,
}
SPENT: Schema = {
    "customer": pl.String,
    "currency": pl.String,
    "day": pl.Date,
    "item": pl.String,
    "net_minor": pl.Int64,
}
UNBILLED: Schema = {
    "customer": pl.String,
    "currency": pl.String,
    "day": pl.Date,
    "item": pl.String,
    "reference": pl.String,
}


def facts(organisation_id: int, kind: str, references: list[str]) -> pl.DataFrame:
    """Return what happened under terms of a kind, as known now: FACTS with ``version``."""
    schema = {**FACTS, "version": pl.Int32}
    columns = ", ".join(f"f.{c}" + (" || ''" if k == pl.Date else "") for c, k in schema.items())
    return read(
        f"SELECT {columns} FROM terms_fact f WHERE f.organisation_id = %s AND f.kind = %s "
        f"AND {texts_in('f.terms')} AND NOT EXISTS (SELECT 1 FROM terms_fact n "
        "WHERE n.organisation_id = f.organisation_id AND n.kind = f.kind AND n.terms = f.terms "
        "AND n.event = f.event AND n.name = f.name AND n.line = f.line AND n.version > f.version) "
        "ORDER BY f.id",
        [organisation_id, kind, json.dumps(references)],
        schema,
    )


def add_facts(organisation_id: int, kind: str, source_file: int, rows: pl.DataFrame) -> Changes:
    """Write facts that are new or say something else than what is known; leave the others.

    In: FACTS with ``row``, each key once.
    """
    known = facts(organisation_id, kind, rows["terms"].unique().sort().to_list())
    both = rows.join(known, on=KEY, how="left", suffix="_known", maintain_order="left")
    differs = pl.any_horizontal(pl.col(c).ne_missing(pl.col(f"{c}_known")) for c in CONTENT)
    wanted = both.filter(pl.col("version").is_null() | differs)
    if wanted.height:
        first = take_ids("terms_fact", wanted.height)
        write(
            "terms_fact",
            wanted.select(*FACTS, "row", pl.col("version").fill_null(0) + 1).with_columns(
                (pl.int_range(pl.len(), dtype=pl.Int64) + first).alias("id"),
                pl.lit(organisation_id, dtype=pl.Int64).alias("organisation_id"),
                pl.lit(kind).alias("kind"),
                pl.lit(source_file, dtype=pl.Int64).alias("source_file"),
            ),
        )
    created = wanted["version"].null_count()
    return Changes(created, wanted.height - created, rows.height - wanted.height)


def spent(organisation_id: int, customers: list[str]) -> pl.DataFrame:
    """Return what was billed to these customers, by currency, service day and item.

    Net, less the share of document discounts; a credit counts on the day of the line that it
    reverses, one that reverses none on its own. What spend terms charge themselves is left out.
    """
    day = "c.service_date"
    sign = "CASE WHEN b.kind = 'credit_note' THEN -1 ELSE 1 END"
    return read(
        f"SELECT b.customer, b.currency, {day} || '', l.item, "
        f"CAST(SUM((l.net_minor - l.share_minor) * {sign}) AS BIGINT) FROM bill b "
        "JOIN bill_line l ON l.bill_id = b.id "
        "LEFT JOIN bill_line o ON o.bill_id = l.credits_bill_id AND o.line = l.credits_line "
        "JOIN charge c ON c.id = COALESCE(o.charge_id, l.charge_id) "
        f"WHERE b.organisation_id = %s AND {texts_in('b.customer')} AND c.source <> %s "
        f"GROUP BY b.customer, b.currency, {day}, l.item ORDER BY 1, 2, 3, 4",
        [organisation_id, json.dumps(customers), SPEND],
        SPENT,
    )


def unbilled(organisation_id: int, customers: list[str]) -> pl.DataFrame:
    """Return the charges of these customers that nothing has become of: open or held."""
    return read(
        "SELECT c.customer, c.currency, c.service_date || '', c.item, c.reference FROM charge c "
        f"WHERE c.organisation_id = %s AND {texts_in('c.customer')} AND c.source <> %s "
        "AND NOT EXISTS (SELECT 1 FROM charge_link k WHERE k.charge_id = c.id AND k.live) "
        "ORDER BY c.id",
        [organisation_id, json.dumps(customers), SPEND],
        UNBILLED,
    )
