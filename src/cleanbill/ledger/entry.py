"""The entry of a bill as one text: what the hash chain covers beside the document.

It is canonical JSON like the document: keys sorted, no white space, every value a string, absent
instead of null. ``docs/bill-document.md`` shows one.
"""

from __future__ import annotations

import json

import polars as pl

from cleanbill.engine.plan import collected

SCHEMA = "cleanbill.entry/1"
EMPTY = f'{{"postings":[],"schema":"{SCHEMA}"}}'
"""The entry of a bill that posts nothing."""


def entry_texts(postings: pl.DataFrame, by: str = "draft") -> pl.DataFrame:
    """Return one row per bill: the column ``by`` that names it, and its ``entry`` as text.

    ``postings`` have ``entry_line``, ``account``, ``tax_rule``, ``currency``, ``amount_minor`` and
    ``posted_on``; those of a bill stand together, in the order of their lines.
    """
    posting = pl.concat_str(
        pl.lit('{"account":'),
        _quoted(postings["account"]),
        pl.lit(',"amount_minor":"'),
        pl.col("amount_minor").cast(pl.String),
        pl.lit('","currency":'),
        _quoted(postings["currency"]),
        pl.lit(',"line":"'),
        pl.col("entry_line").cast(pl.String),
        pl.lit('","posted_on":"'),
        pl.col("posted_on").cast(pl.String),
        pl.concat_str(pl.lit('","tax_rule":'), _quoted(postings["tax_rule"])).fill_null('"'),
        pl.lit("}"),
    )
    listed = pl.concat_str(
        pl.lit('{"postings":['),
        pl.col("_posting").str.join(","),
        pl.lit(f'],"schema":"{SCHEMA}"}}'),
    )
    return (
        postings.lazy()
        .select(by, posting.alias("_posting"))
        .group_by(by, maintain_order=True)
        .agg(listed.alias("entry"))
        .pipe(collected)
    )


def _quoted(column: pl.Series) -> pl.Expr:
    """A column of few distinct words as JSON strings."""
    words = column.unique().drop_nulls().to_list()
    texts = [json.dumps(word, ensure_ascii=False) for word in words]
    return pl.col(column.name).replace_strict(words, texts, default=None, return_dtype=pl.String)
