"""Drafts whose lines bear more than one tax, or whose prices include it.

In: lines with ``draft``, ``line``, the columns of their first tax and of TAXES, and ``inclusive``.
Every tax of a line is a row of LINE_TAXES. Rounding: per group (or per line, by the seller's
method), once; lines get their share by largest remainder.
"""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.tax import inside
from cleanbill.cycle.tax.inside import net_inside
from cleanbill.cycle.tax.shares import HUNDRED, by_group
from cleanbill.engine.exact import (
    allocated,
    divided,
    narrow,
    percentage,
    total,
    wide,
    wide_total,
)
from cleanbill.engine.tables import LINE_TAXES, empty
from cleanbill.nouns.tax import Inclusive, Kind

FINE = HUNDRED * HUNDRED
"""100 % in the scale of effective rates: a tax on a tax needs twice the digits."""
SAME = ("_first", "tax", "kind", "tax_category", "rate_percent_e6", "_rule", "compound")
"""What the taxes of two lines must share to be one row of a bill; ``_rule`` is null for value added
tax, of which EN 16931 wants one row per category and rate."""
_ADDED = pl.col("kind") == Kind.ADDED


def has(lines: pl.DataFrame, column: str) -> bool:
    """Tell whether any line says something in a column, which may be missing."""
    return column in lines.columns and lines[column].null_count() < lines.height


def special(lines: pl.DataFrame) -> pl.Series | None:
    """Return which lines stand in drafts that need this module; None where no draft does."""
    wanted = pl.lit(False)
    if has(lines, "further_taxes"):
        wanted |= pl.col("further_taxes").is_not_null()
    if has(lines, "inclusive"):
        wanted |= pl.col("inclusive").fill_null(False)
    drafts = lines.filter(wanted)["draft"].unique()
    return lines["draft"].is_in(drafts.implode()) if drafts.len() else None


def assessed(
    lines: pl.DataFrame, tax_method: str, inclusive: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the lines with ``tax_minor`` and ``included_minor``, and their further LINE_TAXES.

    ``tax_minor`` is a line's first tax; ``included_minor`` what its price includes of all added
    ones, null where prices do not include tax. ``inclusive`` is the rule by which it is taken out.
    """
    lines = lines.with_row_index("_line")
    taxes = _borne(lines)
    if has(lines, "inclusive") and lines["inclusive"].any():
        lines, taxes = _parted(lines, taxes, tax_method, inclusive)
    else:
        lines = lines.with_columns(pl.lit(None, dtype=pl.Int64).alias("included_minor"))
    taxes = _rounded(_based(lines, taxes), tax_method)
    first = taxes.filter(pl.col("tax_no") == 1).sort("_line")
    return (
        lines.with_columns(first["tax_minor"]).drop("_line"),
        taxes.filter(pl.col("tax_no") > 1).sort("draft", "line", "tax_no").select(*LINE_TAXES),
    )


def _borne(lines: pl.DataFrame) -> pl.DataFrame:
    """Return one row per line and tax, the first tax as number 1; ``tax_minor`` is yet null."""
    place = ("_line", "draft", "line")
    first = lines.select(
        *place,
        pl.lit(1, dtype=pl.Int64).alias("tax_no"),
        (pl.col("tax") if "tax" in lines.columns else pl.lit(None, dtype=pl.String)).alias("tax"),
        pl.lit(str(Kind.ADDED)).alias("kind"),
        *("tax_category", "rate_percent_e6", "tax_rule"),
        pl.lit(False).alias("compound"),
    )
    rows = [first]
    if has(lines, "further_taxes"):
        listed = lines.filter(pl.col("further_taxes").list.len() > 0)
        further = listed.select(*place, "further_taxes").explode("further_taxes")
        rows.append(
            further.unnest("further_taxes")
            .rename({"category": "tax_category", "rule": "tax_rule"})
            .with_columns(
                (pl.int_range(pl.len(), dtype=pl.Int64).over("_line") + 2).alias("tax_no"),
                pl.col("compound").fill_null(False),
            )
            .select(first.columns)
        )
    taxes = pl.concat(rows).sort("_line", "tax_no")
    on_tax = (pl.col("compound") & _ADDED).cast(pl.Int64)
    before = on_tax.cum_sum().over("_line") - on_tax
    level = pl.when(pl.col("compound")).then(before + 1).otherwise(0)
    own_rule = (pl.col("tax_no") > 1) | pl.col("tax").is_not_null()
    return taxes.with_columns(
        (pl.col("tax_no") == 1).alias("_first"),
        pl.when(own_rule).then(pl.col("tax_rule")).alias("_rule"),
        level.alias("_level"),
        pl.lit(None, dtype=pl.Int64).alias("tax_minor"),
    )


def _with_before(rows: pl.DataFrame, done: list[pl.DataFrame], amount: str) -> pl.DataFrame:
    """Return the rows with ``_before``: what the added taxes before each, on its line, come to."""
    if not done:
        return rows.with_columns(pl.lit(0, dtype=pl.Int64).alias("_before"))
    earlier = pl.concat(done).filter(_ADDED).select("_line", amount, _no=pl.col("tax_no"))
    sums = (
        rows.select("_line", "tax_no")
        .join(earlier, on="_line", how="inner")
        .filter(pl.col("_no") < pl.col("tax_no"))
        .group_by("_line", "tax_no")
        .agg(wide_total(pl.col(amount)).alias("_before"))
    )
    return rows.join(sums, on=["_line", "tax_no"], how="left", maintain_order="left").with_columns(
        pl.col("_before").fill_null(0)
    )


def _effective(taxes: pl.DataFrame) -> pl.DataFrame:
    """Return the added taxes with ``_rate``: what each is of the net, in the scale of FINE."""
    added = taxes.filter(_ADDED)
    done: list[pl.DataFrame] = []
    for number in sorted(added["tax_no"].unique().to_list()):
        rows = _with_before(added.filter(pl.col("tax_no") == number), done, "_rate")
        of = pl.when(pl.col("compound")).then(wide(pl.col("_before"))).otherwise(0) + FINE
        # Exact, but for a tax on a tax on a tax: there 16 digits are kept.
        rate = divided(wide(pl.col("rate_percent_e6")) * of, HUNDRED)
        done.append(rows.with_columns(rate.alias("_rate")).drop("_before"))
    return pl.concat(done).sort("_line", "tax_no")


def _parted(
    lines: pl.DataFrame, taxes: pl.DataFrame, tax_method: str, inclusive: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Take the added taxes out of the prices that include them.

    Lines that bear the same taxes are one group: its net is rounded once, and shared by what each
    line costs. Where the tax is what remains, it is settled here for each line.
    """
    within = taxes.join(
        lines.filter(pl.col("inclusive")).select(
            "_line", (pl.col("net_minor") - pl.col("share_minor")).alias("_part")
        ),
        on="_line",
        how="inner",
    )
    rated = _effective(within)
    name = pl.concat_str([pl.col(c).cast(pl.String).fill_null("") for c in SAME], separator="|")
    key = pl.col("_line") if tax_method == "per_line" else pl.lit(0)
    held = (
        rated.group_by("_line", maintain_order=True)
        .agg(
            pl.col("draft", "_part").first(),
            pl.col("_rate").sum(),
            name.str.join("/").alias("_taxes"),
        )
        .with_columns(key.alias("_key"))
    )
    groups = held.select("draft", "_taxes", "_key").unique(maintain_order=True)
    held = held.join(
        groups.with_row_index("_group"), on=["draft", "_taxes", "_key"], maintain_order="left"
    )
    by_tax = pl.lit(inclusive == Inclusive.TAX)
    one = pl.lit(1, dtype=pl.Int64)
    net = net_inside(pl.col("_gross"), pl.col("_rate"), FINE, one, by_tax)
    held = held.with_columns(total(pl.col("_part")).over("_group").alias("_gross")).with_columns(
        narrow(net).alias("_whole")
    )
    held = held.with_columns(inside.shared(held, ["_group"]).alias("_net"))
    held = held.with_columns((pl.col("_part") - pl.col("_net")).alias("included_minor"))
    if inclusive != Inclusive.RATE:
        taxes = _remaining(taxes, rated, held)
    kept = held.select("_line", "included_minor")
    return lines.join(kept, on="_line", how="left", maintain_order="left"), taxes


def _remaining(taxes: pl.DataFrame, rated: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    """Return the taxes with ``tax_minor`` where it is what remains of an inclusive price.

    What a group includes is shared among its taxes by what each is of the net, and each tax among
    the lines by what they still include: rows and columns both add up.
    """
    tax = (pl.col("_gross") - pl.col("_whole")).alias("_tax")
    of_group = held.unique("_group", maintain_order=True).select("_line", "_group", tax)
    parts = rated.join(of_group, on="_line", how="inner", maintain_order="left").with_columns(
        allocated(pl.col("_tax"), pl.col("_rate"), ["_group"]).alias("_whole")
    )
    open_lines = held.select("_line", "_group", pl.col("included_minor").alias("_part"))
    settled = []
    for number in sorted(rated["tax_no"].unique().to_list()):
        mine = parts.filter(pl.col("tax_no") == number).select("_group", "_whole")
        rows = open_lines.join(mine, on="_group", how="inner", maintain_order="left")
        share = inside.shared(rows, ["_group"])
        settled.append(
            rows.select("_line", pl.lit(number, pl.Int64).alias("tax_no"), share.alias("_share"))
        )
        left = settled[-1].select("_line", pl.col("_share").alias("_gone"))
        open_lines = open_lines.join(left, on="_line", how="left", maintain_order="left").select(
            "_line", "_group", (pl.col("_part") - pl.col("_gone").fill_null(0)).alias("_part")
        )
    return (
        taxes.join(pl.concat(settled), on=["_line", "tax_no"], how="left", maintain_order="left")
        .with_columns(pl.col("_share").alias("tax_minor"))
        .drop("_share")
    )


def _based(lines: pl.DataFrame, taxes: pl.DataFrame) -> pl.DataFrame:
    """Return the taxes with ``_net``: the net of their line less discount and included tax."""
    included = pl.col("included_minor").fill_null(0)
    net = pl.col("net_minor") - pl.col("share_minor") - included
    return taxes.join(
        lines.select("_line", net.alias("_net")), on="_line", how="left", maintain_order="left"
    )


def _rounded(taxes: pl.DataFrame, tax_method: str) -> pl.DataFrame:
    """Return the taxes with ``base_minor`` and ``tax_minor``, those on a tax after that tax."""
    done: list[pl.DataFrame] = []
    for level in sorted(taxes["_level"].unique().to_list()):
        rows = taxes.filter(pl.col("_level") == level)
        rows = _with_before(rows, done if level else [], "tax_minor")
        base = narrow(wide(pl.col("_net")) + wide(pl.col("_before")))
        rows = rows.with_columns(base.alias("base_minor")).drop("_before")
        settled = pl.col("tax_minor").is_not_null()
        done += [rows.filter(settled), _by_rate(rows.filter(~settled), tax_method)]
    return pl.concat(done)


def _by_rate(rows: pl.DataFrame, tax_method: str) -> pl.DataFrame:
    """Return taxes with ``tax_minor``: the rate of their base, rounded, shared in their group."""
    rate = pl.col("rate_percent_e6")
    if tax_method == "per_line" or rows.is_empty():
        return rows.with_columns(percentage(pl.col("base_minor"), rate).alias("tax_minor"))
    key = ["draft", *SAME]
    keys = rows.group_by(key, maintain_order=True).agg(
        percentage(total(pl.col("base_minor")), rate.first()).alias("_whole")
    )
    placed = rows.select(*key, "base_minor").join(
        keys.with_row_index("_group"), on=key, how="left", nulls_equal=True, maintain_order="left"
    )
    share = by_group(pl.col("base_minor"), rate, pl.col("_whole"))
    return rows.with_columns(placed.select(share.alias("tax_minor")).to_series())


def listed(taxes: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """Return ``further_taxes`` by line as determination says them, from LINE_TAXES in order."""
    said = pl.struct(
        "tax",
        "kind",
        pl.col("tax_category").alias("category"),
        "rate_percent_e6",
        pl.col("tax_rule").alias("rule"),
        "compound",
    )
    return taxes.group_by(keys, maintain_order=True).agg(said.alias("further_taxes"))


def billed(earlier: pl.DataFrame, lines: pl.DataFrame, taxes: pl.DataFrame) -> pl.DataFrame:
    """Return the further taxes of lines that may be credited, each with its ``charge_id``.

    ``earlier`` are billed lines with ``billed_taxes``, the LINE_TAXES of each as JSON, null for
    none; ``lines`` and their ``taxes`` are drafted in this run.
    """
    schema = {"charge_id": pl.Int64, **LINE_TAXES}
    found = [empty(schema)]
    if has(earlier, "billed_taxes"):
        listed = earlier.filter(pl.col("billed_taxes").is_not_null()).select(
            "charge_id", pl.col("billed_taxes").str.json_decode(pl.List(pl.Struct(BILLED)))
        )
        found.append(listed.explode("billed_taxes").unnest("billed_taxes"))
    if taxes.height:
        found.append(
            taxes.join(
                lines.select("draft", "line", "charge_id"), on=["draft", "line"], how="inner"
            )
        )
    return pl.concat(found, how="diagonal_relaxed").sort("charge_id", "tax_no")


BILLED = {c: kind for c, kind in LINE_TAXES.items() if c not in ("draft", "line")}
"""What ``billed_taxes`` says of each tax."""
