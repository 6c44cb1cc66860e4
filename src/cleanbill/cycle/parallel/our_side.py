"""Our side: charges and drafted bills of a preview, as rows to be compared."""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.batch import Batch
from cleanbill.cycle.parallel.tables import OUR_BILLS, OUR_ROWS
from cleanbill.engine.tables import MasterData, conformed
from cleanbill.nouns.tax import Kind

_OF_CHARGE = (
    *("order", "description", "quantity_e6", "unit_price_e8", "kind"),
    *("customer", "item", "currency"),
)


def our_rows(
    batch: Batch, charges: pl.DataFrame, why: pl.DataFrame, master: MasterData
) -> pl.DataFrame:
    """Return OUR_ROWS of a batch.

    ``charges`` are those that came in; ``why`` has ``charge_id`` and ``finding``, what holds it.
    """
    sign = pl.when(pl.col("kind") == "credit_note").then(-1).otherwise(1)
    included = pl.col("included_minor") if "included_minor" in batch.lines.columns else pl.lit(None)
    inside = included.cast(pl.Int64).fill_null(0)
    net = pl.col("net_minor") - pl.col("share_minor") - inside
    lines = _with_further(batch).select(
        "charge_id",
        "draft",
        (pl.col("quantity_e6").abs() * sign).alias("billed_e6"),
        pl.coalesce("line_price_e8", "unit_price_e8").alias("line_price_e8"),
        # A price that includes tax is compared by what remains of it without tax.
        (pl.when(included.is_not_null()).then(net).otherwise("gross_minor") * sign).alias("list"),
        (net * sign).alias("net"),
        ((pl.col("tax_minor") + pl.col("more_tax")) * sign).alias("tax_minor"),
        (pl.col("rate_percent_e6") + pl.col("more_rate")).alias("rate_percent_e6"),
        *("tax_category", "price_level", "price_id"),
    )
    since = master.prices.select("price_id", pl.col("valid_from").alias("price_from"))
    since = since.unique("price_id", keep="last")
    names = master.items.select("item", pl.col("description").alias("item_name"))
    back = pl.when(pl.col("kind") == "cancellation").then(-1).otherwise(1)
    reasons = pl.coalesce("not_billable", "finding")
    rows = (
        batch.charges.select(
            *("charge_id", "reference", "service_date", "disposition", "not_billable"),
            pl.col("net_minor").alias("at_stake"),
        )
        .join(charges.select("charge_id", *_OF_CHARGE), on="charge_id", how="left")
        .join(lines, on="charge_id", how="left")
        .join(since, on="price_id", how="left")
        .join(names.unique("item", keep="last"), on="item", how="left")
        .join(why, on="charge_id", how="left")
        .with_columns(
            pl.coalesce("description", "item_name").alias("description"),
            pl.col("order").alias("document"),
            pl.col("service_date").alias("day"),
            reasons.alias("why"),
            pl.coalesce("billed_e6", pl.col("quantity_e6").abs() * back).alias("quantity_e6"),
            pl.coalesce("line_price_e8", "unit_price_e8").alias("unit_price_e8"),
            pl.col("list").alias("list_minor"),
            pl.coalesce("net", pl.col("at_stake").abs() * back).alias("net_minor"),
            pl.col("tax_minor").fill_null(0),
        )
    )
    return conformed(rows, OUR_ROWS).select(*OUR_ROWS)


def _with_further(batch: Batch) -> pl.DataFrame:
    """The lines with what other taxes than the first add to them, and at which rates."""
    taxes = batch.taxes.filter(pl.col("kind") == Kind.ADDED)
    if taxes.is_empty():
        return batch.lines.with_columns(
            pl.lit(0, pl.Int64).alias("more_tax"), pl.lit(0, pl.Int64).alias("more_rate")
        )
    more = taxes.group_by("draft", "line").agg(
        pl.col("tax_minor").sum().alias("more_tax"),
        pl.col("rate_percent_e6").sum().alias("more_rate"),
    )
    joined = batch.lines.join(more, on=["draft", "line"], how="left", maintain_order="left")
    return joined.with_columns(pl.col("more_tax", "more_rate").fill_null(0))


def our_bills(batch: Batch) -> pl.DataFrame:
    """Return OUR_BILLS of a batch; what a customer withholds counts as asked for."""
    sign = pl.when(pl.col("kind") == "credit_note").then(-1).otherwise(1)
    amounts = {
        "net_minor": pl.col("net_minor"),
        "tax_minor": pl.col("tax_minor"),
        "total_minor": pl.col("gross_minor") + pl.col("rounding_minor"),
        "reduction_minor": pl.col("discount_minor"),
    }
    signed = batch.bills.with_columns((each * sign).alias(c) for c, each in amounts.items())
    bills = signed.with_columns(
        pl.col("order").alias("document"),
        pl.col("issue_date").alias("day"),
        pl.col("line_count").cast(pl.Int64).alias("lines"),
    )
    return conformed(bills, OUR_BILLS).select(*OUR_BILLS)
