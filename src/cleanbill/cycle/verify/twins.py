"""Customers that seem to be there twice: by VAT id, or by name and postcode."""

from __future__ import annotations

import polars as pl

from cleanbill.engine.plan import collected

TWINS = {"customer": pl.String, "twin": pl.String, "by": pl.String}
_LEGAL_FORMS = (
    r"\b(?:gmbh|mbh|ag|kg|ohg|ug|se|eg|ev|ltd|limited|plc|llc|inc|corp|co|sarl|sas|sa|bv|nv|srl|spa|ab|"
    r"as|oy|aps)\b"
)


def twins(customers: pl.DataFrame) -> pl.DataFrame:
    """Return ``customer``, the first other one that is alike (``twin``), and ``by`` what.

    In: all customers that there are, in the columns of CUSTOMERS. ``by`` is ``vat_id``, or ``name``
    where name (in small letters, without marks and legal forms), postcode and country agree and
    the VAT ids do not contradict. Who is blocked is billed no more, and nobody's double.
    """
    plain = (
        customers.lazy()
        .filter(~pl.col("blocked").fill_null(False))
        .select(
            "customer",
            "country",
            _plain(pl.col("vat_id").str.to_lowercase()).alias("id"),
            _plain(pl.col("postcode").str.to_lowercase()).alias("place"),
            _plain(pl.col("name").str.to_lowercase().str.replace_all(_LEGAL_FORMS, "")).alias(
                "named"
            ),
        )
    )
    by_id = _pairs(plain.drop_nulls("id"), ["id"], "vat_id")
    named = plain.drop_nulls(["named", "place"])
    by_name = _pairs(named, ["named", "place", "country"], "name").join(
        by_id.select("customer"), on="customer", how="anti"
    )
    return collected(pl.concat([by_id, by_name]).select(*TWINS))


def _plain(text: pl.Expr) -> pl.Expr:
    letters = text.str.replace_all(r"[^\p{L}\p{N}]", "")
    return pl.when(letters != "").then(letters)


def _pairs(rows: pl.LazyFrame, keys: list[str], by: str) -> pl.LazyFrame:
    """Rows that share the keys with another, with the first and second customer of their group."""
    alike = rows.filter(pl.len().over(keys) > 1)
    if by == "name":
        # Two ids, two companies: a group of firms at one address is no duplicate.
        alike = alike.filter(pl.col("id").drop_nulls().n_unique().over(keys) <= 1)
    first = pl.col("customer").sort().first().over(keys)
    second = pl.col("customer").sort().get(1).over(keys)
    return alike.with_columns(
        pl.when(pl.col("customer") == first).then(second).otherwise(first).alias("twin"),
        pl.lit(by).alias("by"),
    )
