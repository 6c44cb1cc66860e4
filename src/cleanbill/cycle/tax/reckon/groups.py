"""Tax groups: prices freed of the tax they include, groups of equal rate, each row's share."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from cleanbill.cycle.tax import inside
from cleanbill.cycle.tax.inside import net_inside
from cleanbill.cycle.tax.reckon.rows import CARRIED_DIGITS, WHOLE_PERCENT, power, within
from cleanbill.cycle.tax.reckon.sheet import Sheet, Sums
from cleanbill.cycle.tax.shares import by_group
from cleanbill.engine.exact import (
    divided,
    fraction,
    narrow,
    to_step,
    wide,
    wide_total,
)
from cleanbill.nouns.scales import PRICE_DECIMALS
from cleanbill.nouns.tax import Inclusive, Kind

ITEM = ("bill", "row", "adjustment")
"""What bears tax: a row, or a discount or charge of the bill."""
GROUP = ("bill", "tax", "kind", "mark", "percent_e6", "surcharge_e6")
SHARING = ("_group",)
HELD = ("bill", "percent_e6", "surcharge_e6", "mark")
"""Items whose price includes tax at one rate."""


def minor(amount_e8: pl.Expr) -> pl.Expr:
    """Return an amount in whole minor units of its row's ``decimals``, rounded half up."""
    return narrow(divided(amount_e8, power(PRICE_DECIMALS - pl.col("decimals"))))


def items(rows: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """Return what bears tax, with ``amount_e8``: the rows, and the bills' own adjustments."""
    absent = pl.lit(None, dtype=pl.Int64)
    top = rows.filter(pl.col("part_of").is_null()).select(
        "bill", "row", absent.alias("adjustment"), pl.col("total_e8").alias("amount_e8"), "unit_e8"
    )
    changes = own.select(
        "bill",
        absent.alias("row"),
        "adjustment",
        pl.col("signed_e8").alias("amount_e8"),
        "unit_e8",
    )
    return pl.concat([top, changes])


def freed(found: pl.DataFrame, sheet: Sheet) -> pl.DataFrame:
    """Return the items with ``net_e8``: their amount without the tax that prices include.

    ``held`` tells which items include tax. PRINTED sums take the tax out of all items of one rate
    at once and share the net by largest remainder; the others take it out of each item, at first
    with the digits that CARRIED keeps.
    """
    bills = sheet.bills.select("bill", "decimals", "sums", "included", "inclusive")
    inside = (
        sheet.taxes.join(bills.select("bill", "included"), on="bill")
        .filter((pl.col("tax") == pl.col("included")) & pl.col("percent_e6").is_not_null())
        .select(*ITEM, "percent_e6", "surcharge_e6", "mark")
    )
    joined = (
        found.join(bills, on="bill", how="left", maintain_order="left")
        .join(inside, on=list(ITEM), how="left", nulls_equal=True, maintain_order="left")
        .with_columns(pl.col("percent_e6").is_not_null().alias("held"))
        .with_row_index("_place")
    )
    held, printed = pl.col("held"), pl.col("sums") == Sums.PRINTED
    whole = wide(pl.col("percent_e6")) + WHOLE_PERCENT
    digits = pl.col("decimals") + CARRIED_DIGITS
    fine = power(PRICE_DECIMALS - pl.min_horizontal(digits, PRICE_DECIMALS))
    finer = fraction(pl.col("amount_e8"), WHOLE_PERCENT, whole, pl.min_horizontal(fine, "unit_e8"))
    alone = to_step(finer, pl.col("unit_e8"))
    parts = [
        joined.filter(~held).with_columns(pl.col("amount_e8").alias("net_e8")),
        joined.filter(held & ~printed).with_columns(alone.alias("net_e8")),
        _together(joined.filter(held & printed)),
    ]
    return pl.concat(parts).sort("_place").drop("_place", "percent_e6", "surcharge_e6", "mark")


def _together(items_held: pl.DataFrame) -> pl.DataFrame:
    """Return items with ``net_e8``: the net of all of one rate, shared by their amounts."""
    cent = power(PRICE_DECIMALS - pl.col("decimals"))
    by_tax = pl.col("inclusive") == Inclusive.TAX
    net = net_inside(pl.col("gross_e8"), pl.col("percent_e6"), WHOLE_PERCENT, cent, by_tax)
    summed = (
        _numbered(items_held, HELD)
        .with_columns(wide_total(pl.col("amount_e8")).over("_group").alias("gross_e8"))
        .with_columns(within("gross_e8"))
        .with_columns(minor(net).alias("_whole"), minor(pl.col("amount_e8")).alias("_part"))
    )
    part = wide(pl.lit(inside.shared(summed, SHARING))) * wide(cent)
    return summed.with_columns(part.alias("net_e8")).select(*items_held.columns, "net_e8")


def _numbered(table: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Return the table with ``_group``, a number for each combination of the keys."""
    known = table.select(keys).unique(maintain_order=True).with_row_index("_group")
    return table.join(known, on=list(keys), how="left", nulls_equal=True, maintain_order="left")


def grouped(found: pl.DataFrame, sheet: Sheet) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the tax groups (``base_e8``, ``tax_e8``, ``surcharge_amount_e8``), and who bears them.

    A group's tax is its base times its rate, rounded once; where a price includes the tax and the
    bill says ``net`` or ``tax``, it is what lies between the price and its net.
    """
    borne = sheet.taxes.join(
        found, on=list(ITEM), how="inner", nulls_equal=True, maintain_order="left"
    ).with_columns(((pl.col("tax") == pl.col("included")) & pl.col("held")).alias("inside"))
    groups = borne.group_by(GROUP, maintain_order=True).agg(
        wide_total(pl.col("net_e8")).alias("base_e8"),
        wide_total(pl.col("amount_e8")).alias("gross_e8"),
        pl.col("unit_e8").min(),
        pl.col("decimals", "sums", "inclusive", "inside").first(),
    )
    groups = groups.with_columns(within("base_e8"), within("gross_e8"))
    rest = (
        pl.col("inside")
        & (pl.col("sums") == Sums.PRINTED)
        & pl.col("inclusive").is_in([Inclusive.NET, Inclusive.TAX])
    ).fill_null(False)
    by_rate = fraction(
        pl.col("base_e8"), pl.col("percent_e6").fill_null(0), WHOLE_PERCENT, pl.col("unit_e8")
    )
    tax = pl.when(rest).then(pl.col("gross_e8") - pl.col("base_e8")).otherwise(by_rate)
    surcharge = fraction(
        pl.col("base_e8"), pl.col("surcharge_e6").fill_null(0), WHOLE_PERCENT, pl.col("unit_e8")
    )
    return (
        groups.with_columns(
            rest.alias("rest"), tax.alias("tax_e8"), surcharge.alias("surcharge_amount_e8")
        ),
        borne,
    )


def shared(groups: pl.DataFrame, borne: pl.DataFrame) -> pl.DataFrame:
    """Return each item's ``tax_minor`` of each group, by largest remainder, where sums are PRINTED.

    The part is of the tax without surcharge; the parts of a group add up to it.
    """
    keys = groups.with_row_index("_group").select(*GROUP, "_group", "rest", "tax_e8")
    printed = (
        borne.filter(pl.col("sums") == Sums.PRINTED)
        .join(keys, on=list(GROUP), how="left", nulls_equal=True, maintain_order="left")
        .with_columns(
            minor(pl.col("tax_e8")).alias("_whole"),
            minor(pl.col("net_e8")).alias("_part"),
            minor(pl.col("net_e8")).alias("net_minor"),
            (pl.len().over("_group") == 1).alias("_lone"),
        )
        .with_row_index("_place")
    )
    lone, rest = pl.col("_lone"), pl.col("rest")
    rate = wide(pl.col("percent_e6").fill_null(0))
    by_rate = by_group(pl.col("_part"), rate, pl.col("_whole"))
    # What remains of each price: its net and its tax are the price again.
    left = (minor(pl.col("amount_e8")) - pl.col("net_minor")) * pl.col("_sign")
    sized = inside.sized(printed, SHARING)
    parts = [
        sized.filter(lone).with_columns(pl.col("_whole").alias("tax_minor")),
        sized.filter(~lone & rest).with_columns(left.alias("tax_minor")),
        sized.filter(~lone & ~rest).with_columns(by_rate.alias("tax_minor")),
    ]
    return (
        pl.concat(parts)
        .sort("_place")
        .with_columns(pl.col("tax_minor") * pl.col("_sign"))
        .select(*ITEM, "tax", "mark", "percent_e6", "net_minor", "tax_minor")
    )


def remaining(found: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Return ``left_e8`` per bill: what prices include beyond net and tax of PRINTED groups."""
    inside = groups.filter(
        pl.col("inside") & (pl.col("sums") == Sums.PRINTED) & (pl.col("kind") == Kind.ADDED)
    )
    return inside.group_by("bill").agg(
        wide_total(pl.col("gross_e8") - pl.col("base_e8") - pl.col("tax_e8")).alias("left_e8")
    )
