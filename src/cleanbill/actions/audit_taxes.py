"""Work the taxes of issued bills out again, by the version of calculation that each one names."""

from __future__ import annotations

import polars as pl

from cleanbill.actions.audit_found import Found
from cleanbill.cycle import tax
from cleanbill.cycle.calculation import CALCULATIONS, METHODS
from cleanbill.nouns.tax import Inclusive

_VERSION = "A bill names a version of calculation that can be carried out."
_TAX = "Taxes worked out again give what was issued."
_RULE = "A line bears the rate that its rule gave on the day of service."
GROUP = ("tax_category", "rate_percent_e6", "tax", "kind", "compound", "_rule")
_FIGURES = ("base_minor", "tax_minor")


def check_taxes(
    found: Found,
    bills: pl.DataFrame,
    lines: pl.DataFrame,
    taxes: pl.DataFrame,
    line_taxes: pl.DataFrame,
    us_rates: pl.DataFrame,
) -> None:
    """Assess the invoices of a stretch again; ask every rule whether it says what its lines bear.

    ``bills``, ``lines``, ``taxes`` and ``line_taxes`` are as ``store.archive`` reads them, the
    bills with their documents' calculation; ``us_rates`` are those of every file ever loaded.
    Credit notes take their taxes from the lines that they reverse; lines whose taxes an engine
    told are not given.
    """
    method = ("version", "tax_method", "inclusive_method")
    named = bills.select("number", "kind", *method, pl.col("id").alias("bill_id"))
    known = pl.col("version").is_in(list(CALCULATIONS)) & pl.col("tax_method").is_in(METHODS)
    known &= pl.col("inclusive_method").fill_null(Inclusive.NET).is_in(list(Inclusive))
    # A document that is gone or cannot be read is another law's matter.
    unknown = named.filter(pl.col("version").is_not_null() & ~known.fill_null(False))
    found.add("CALCULATION", _VERSION, [f"bill {n}" for n in unknown["number"].to_list()])
    invoices = named.filter(known & (pl.col("kind") == "invoice"))
    own = lines.join(invoices, on="bill_id", how="inner", maintain_order="left")
    if line_taxes.height:
        listed = tax.listed(line_taxes, "bill_id", "line")
        own = own.join(listed, on=["bill_id", "line"], how="left", maintain_order="left")
    for by, part in own.group_by(method, maintain_order=True):
        _again(found, [str(name or Inclusive.NET) for name in by], part, taxes, line_taxes)
    borne = own.rename({"charge_service_date": "service_date"})
    days = borne.select("bill_id", "line", "number", "service_date")
    further = line_taxes.join(days, on=["bill_id", "line"], how="inner", maintain_order="left")
    rules = tax.rules()
    wrong = [
        tax.unfounded(rows, rules, us_rates).select("number", "line", "why")
        for rows in (borne, further)
    ]
    rows = [f"bill {n} line {at}: {why}" for part in wrong for n, at, why in part.iter_rows()]
    found.add("TAX-RULE", _RULE, rows)


def _again(
    found: Found,
    by: list[str],
    lines: pl.DataFrame,
    taxes: pl.DataFrame,
    line_taxes: pl.DataFrame,
) -> None:
    """Compare each line's part and each tax row with what the version makes of the lines' nets.

    ``by`` names the version, the method of tax and the rule for prices that include it.
    """
    version, *methods = by
    issued = {"tax_minor": "issued", "included_minor": "issued_included", "bill_id": "draft"}
    inclusive = pl.col("issued_included").is_not_null().alias("inclusive")
    drafted = lines.rename(issued).with_columns(inclusive)
    taxed, groups, further = CALCULATIONS[version].assess(drafted, *methods)
    if "included_minor" not in taxed.columns:
        taxed = taxed.with_columns(pl.lit(None, dtype=pl.Int64).alias("included_minor"))
    strange = taxed.filter(
        pl.col("tax_minor").ne_missing(pl.col("issued"))
        | pl.col("included_minor").ne_missing(pl.col("issued_included"))
    )
    whose = strange.select("number", "line")
    numbers = lines.select("bill_id", "number").unique("bill_id")
    if further.height or line_taxes.height:
        kept = line_taxes.join(numbers, on="bill_id", how="semi", maintain_order="left")
        again = further.rename({"draft": "bill_id"}).with_columns(pl.col("line").cast(pl.Int64))
        other = unlike(again, kept, ("line", "tax_no"))
        unequal = other.join(numbers, on="bill_id", how="left").select("number", "line")
        whose = pl.concat([whose.with_columns(pl.col("line").cast(pl.Int64)), unequal])
    rows = [f"bill {n} line {line}" for n, line in whose.iter_rows()]
    kept = taxes.join(numbers, on="bill_id", how="semi", maintain_order="left")
    differing = unlike(keyed(groups.rename({"draft": "bill_id"})), keyed(kept), GROUP)
    of = differing.join(numbers, on="bill_id", how="inner", maintain_order="left")
    wrong = of["number"].unique(maintain_order=True)
    found.add("TAX", _TAX, [*rows, *(f"bill {n} tax rows" for n in wrong.to_list())])


def unlike(again: pl.DataFrame, kept: pl.DataFrame, keys: tuple[str, ...]) -> pl.DataFrame:
    """Lay taxes beside those that were issued; return the rows whose figures differ."""
    own = ["bill_id", *keys]
    beside = again.select(*own, *_FIGURES).join(
        kept.select(*own, *_FIGURES),
        on=own,
        how="full",
        coalesce=True,
        nulls_equal=True,
        suffix="_kept",
    )
    return beside.filter(
        pl.any_horizontal(pl.col(c).ne_missing(pl.col(f"{c}_kept")) for c in _FIGURES)
    )


def keyed(groups: pl.DataFrame) -> pl.DataFrame:
    """Return tax rows with all of their key; value added tax has one row for several rules."""
    plain = {"tax": pl.String, "kind": pl.String, "compound": pl.Boolean}
    missing = [pl.lit(None, dtype=t).alias(c) for c, t in plain.items() if c not in groups.columns]
    other = pl.col("kind").is_not_null() | pl.col("tax").is_not_null()
    return groups.with_columns(missing).with_columns(pl.when(other).then("tax_rule").alias("_rule"))
