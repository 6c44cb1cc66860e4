"""Work the taxes of issued bills out again, by the version of calculation that each one names."""

from __future__ import annotations

import polars as pl

from cleanbill.actions.audit_found import Found
from cleanbill.cycle import tax
from cleanbill.cycle.calculation import CALCULATIONS, METHODS

_VERSION = "A bill names a version of calculation that can be carried out."
_TAX = "Taxes worked out again give what was issued."
_RULE = "A line bears the rate that its rule gave on the day of service."
_GROUP = ("tax_category", "rate_percent_e6")


def check_taxes(
    found: Found, bills: pl.DataFrame, lines: pl.DataFrame, taxes: pl.DataFrame
) -> None:
    """Assess the invoices of a stretch again; ask every rule whether it says what its lines bear.

    ``bills``, ``lines`` and ``taxes`` are as ``store.archive`` reads them, the bills with their
    documents' calculation. Credit notes take their taxes from the lines that they reverse.
    """
    named = bills.select("number", "kind", "version", "tax_method", pl.col("id").alias("bill_id"))
    known = pl.col("version").is_in(list(CALCULATIONS)) & pl.col("tax_method").is_in(METHODS)
    # A document that is gone or cannot be read is another law's matter.
    unknown = named.filter(pl.col("version").is_not_null() & ~known.fill_null(False))
    found.add("CALCULATION", _VERSION, [f"bill {n}" for n in unknown["number"].to_list()])
    invoices = named.filter(known & (pl.col("kind") == "invoice"))
    own = lines.join(invoices, on="bill_id", how="inner", maintain_order="left")
    for (version, method), part in own.group_by("version", "tax_method", maintain_order=True):
        _again(found, str(version), str(method), part, taxes, invoices)
    borne = own.rename({"charge_service_date": "service_date"})
    wrong = tax.unfounded(borne, tax.rules()).select("number", "line", "why")
    found.add("TAX-RULE", _RULE, [f"bill {n} line {at}: {why}" for n, at, why in wrong.iter_rows()])


def _again(
    found: Found,
    version: str,
    method: str,
    lines: pl.DataFrame,
    taxes: pl.DataFrame,
    invoices: pl.DataFrame,
) -> None:
    """Compare each line's part and each tax row with what the version makes of the lines' nets."""
    drafted = lines.rename({"bill_id": "draft", "tax_minor": "issued"})
    taxed, groups = CALCULATIONS[version].assess(drafted, method)
    unlike = taxed.filter(pl.col("tax_minor").ne_missing(pl.col("issued")))
    rows = [f"bill {n} line {line}" for n, line in unlike.select("number", "line").iter_rows()]
    kept = taxes.join(
        lines.select("bill_id").unique(), on="bill_id", how="semi", maintain_order="left"
    ).select("bill_id", *_GROUP, "base_minor", "tax_minor")
    beside = groups.rename({"draft": "bill_id"}).join(
        kept, on=["bill_id", *_GROUP], how="full", coalesce=True, suffix="_kept"
    )
    differing = beside.filter(
        pl.col("base_minor").ne_missing(pl.col("base_minor_kept"))
        | pl.col("tax_minor").ne_missing(pl.col("tax_minor_kept"))
    )
    numbers = invoices.join(differing, on="bill_id", how="semi", maintain_order="left")["number"]
    found.add("TAX", _TAX, [*rows, *(f"bill {n} tax rows" for n in numbers.to_list())])
