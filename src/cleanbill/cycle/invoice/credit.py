"""Credits: reverse a billed line, wholly or in part, so that the parts end exactly at the whole."""

from __future__ import annotations

import polars as pl

from cleanbill.engine.coupon_tables import COUPON_PARTS
from cleanbill.engine.exact import divided, narrow, split_share, total, wide
from cleanbill.engine.plan import collected
from cleanbill.engine.tables import LINE_TAXES, empty
from cleanbill.nouns.tax import Kind

AMOUNTS = ("gross_minor", "discount_minor", "net_minor", "share_minor", "tax_minor")
INHERITED = (
    "price_id",
    "price_version",
    "price_level",
    "model",
    "tier",
    "line_price_e8",
    "discount_percent_e6",
    "decimals",
    "tax_category",
    "rate_percent_e6",
    "tax_rule",
    "treatment",
)
"""What a credit line takes over from the line it reverses."""
REVERSED = ("bill_id", "draft", "line", "number", "issue_date")
"""How a credit line names what it reverses; ``draft`` in this batch, ``number`` once issued."""


FURTHER = ("tax_no", "tax", "kind", "tax_category", "rate_percent_e6", "tax_rule", "compound")
"""What the further tax of a credit line takes over from the line it reverses."""


def credited(
    cancellations: pl.DataFrame, billed: pl.DataFrame, taxes: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the cancellations with the figures of the lines they reverse, and LINE_TAXES.

    In: cancellations in the order of their bills, with ``original_id``, ``credited_e6`` (what
    earlier bills credit) and ``quantity_e6``; billed lines with
    ``charge_id``, ``quantity_e6``, the five amounts and what a line inherits; their further
    ``taxes`` by ``charge_id``. For gross, net and each tax ``x`` of a line of quantity Q:
    ``round(x * (before + c) / Q) - round(x * before / Q)``; the discount is what lies between gross
    and net. The share goes by the net that comes back instead of by units, so that no credit takes
    back more share than net. Taxes come from the billed line's shares, never from the rate again.
    ``share_billed_minor`` and ``share_before_minor`` say what the whole share was, and what of it
    earlier credits took back.
    """
    inclusive = "included_minor" in billed.columns and billed["included_minor"].is_not_null().any()
    named = "tax" in billed.columns and billed["tax"].is_not_null().any()
    inherited = (*INHERITED, *(("tax",) if named else ()))
    amounts = (*AMOUNTS, *(("included_minor",) if inclusive else ()))
    wanted = billed.lazy().select(
        pl.col("charge_id").alias("original_id"),
        pl.col("quantity_e6").alias("billed_e6"),
        *(pl.col(c).alias(f"billed:{c}") for c in (*amounts, *inherited)),
        *(pl.col(c).alias(f"credits_{c}") for c in REVERSED),
    )
    # A share of what was billed is no quantity that anybody priced.
    replaced = (
        *(*AMOUNTS, *INHERITED, "billed_quantity_e6"),
        *("tax", "included_minor", "inclusive", "further_taxes"),
    )
    kept = cancellations.drop([c for c in replaced if c in cancellations.columns])
    joined = kept.lazy().join(wanted, on="original_id", how="inner", maintain_order="left")
    size, whole = pl.col("quantity_e6").abs(), pl.col("billed_e6").abs()
    after = pl.col("credited_e6").abs() + size.cum_sum().over("original_id")
    joined = joined.with_columns(
        after.alias("after_e6"),
        (after - size).alias("before_e6"),
        whole.alias("whole_e6"),
        # A rebate is a line of negative quantity, and so is its reversal.
        (size * pl.col("billed_e6").sign()).alias("quantity_e6"),
    )
    placed = collected(joined)
    lines = placed.with_columns(
        *(
            _part(f"billed:{c}").alias(c)
            for c in AMOUNTS
            if c not in ("discount_minor", "share_minor")
        ),
        narrow(_share_returned("after_e6") - _share_returned("before_e6")).alias("share_minor"),
        narrow(_share_returned("before_e6")).alias("share_before_minor"),
        pl.col("billed:share_minor").alias("share_billed_minor"),
        *(pl.col(f"billed:{c}").alias(c) for c in inherited),
    ).with_columns((pl.col("gross_minor") - pl.col("net_minor")).alias("discount_minor"))
    further = _further(placed, taxes)
    if inclusive:
        lines = lines.with_columns(_included(placed, lines, taxes, further))
    used = [*(f"billed:{c}" for c in (*amounts, *inherited)), "before_e6", "after_e6", "whole_e6"]
    lines = lines.drop(used)
    return lines, _based(lines, further)


def _part(column: str) -> pl.Expr:
    """What is reversed of an amount: what was to be until now, less what was before."""
    return narrow(_returned(column, "after_e6") - _returned(column, "before_e6"))


def _returned(column: str, units: str) -> pl.Expr:
    """What so many units of a billed line return of an amount, 128 bits wide."""
    return divided(wide(pl.col(column)) * wide(pl.col(units)), pl.col("whole_e6"))


def _share_returned(units: str) -> pl.Expr:
    """What so many units return of a line's share: of the net they return, the same part."""
    share, net = pl.col("billed:share_minor"), pl.col("billed:net_minor")
    back = wide(share) * _returned("billed:net_minor", units) * net.sign()
    by_net = divided(back, pl.when(net == 0).then(1).otherwise(net.abs()))
    return pl.when(net == 0).then(_returned("billed:share_minor", units)).otherwise(by_net)


def _further(placed: pl.DataFrame, taxes: pl.DataFrame) -> pl.DataFrame:
    """Return the further taxes of credit lines with what is reversed of each."""
    parts = placed.select("draft", "line", "original_id", "before_e6", "after_e6", "whole_e6").join(
        taxes.select(pl.col("charge_id").alias("original_id"), *FURTHER, "tax_minor"),
        on="original_id",
        how="inner",
        maintain_order="left_right",
    )
    return parts.with_columns(_part("tax_minor").alias("tax_minor")).select(
        "draft", "line", *FURTHER, "tax_minor"
    )


def _included(
    placed: pl.DataFrame, lines: pl.DataFrame, taxes: pl.DataFrame, further: pl.DataFrame
) -> pl.Series:
    """Return what is reversed of the tax inside a line's price: all its added taxes, and of the
    cent that they leave of it, if any, the same part.
    """
    billed = _added(taxes, "charge_id").rename({"charge_id": "original_id"})
    now = _added(further, "draft", "line").rename({"_added": "_now"})
    both = (
        placed.join(billed, on="original_id", how="left", maintain_order="left")
        .join(now, on=["draft", "line"], how="left", maintain_order="left")
        .with_columns(lines["tax_minor"], pl.col("_added", "_now").fill_null(0))
    )
    taxed = pl.col("billed:tax_minor") + pl.col("_added")
    left = both.with_columns((pl.col("billed:included_minor") - taxed).alias("_left"))
    part = _part("_left") + pl.col("tax_minor") + pl.col("_now")
    return left.select(part.alias("included_minor")).to_series()


def _added(taxes: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """What the added ones of further taxes come to, by line."""
    wanted = taxes.filter(pl.col("kind") == Kind.ADDED)
    return wanted.group_by(keys).agg(total(pl.col("tax_minor")).alias("_added"))


def _based(lines: pl.DataFrame, further: pl.DataFrame) -> pl.DataFrame:
    """Return the further taxes as LINE_TAXES: the base is the line's net, and for a tax on tax
    the added taxes before it, too.
    """
    if further.is_empty():
        return empty(LINE_TAXES)
    net = pl.col("net_minor") - pl.col("share_minor")
    if "included_minor" in lines.columns:
        net -= pl.col("included_minor").fill_null(0)
    based = further.join(
        lines.select("draft", "line", net.alias("_net"), pl.col("tax_minor").alias("_first")),
        on=["draft", "line"],
        how="left",
        maintain_order="left",
    )
    own = pl.when(pl.col("kind") == Kind.ADDED).then("tax_minor").otherwise(0)
    before = pl.col("_first") + own.cum_sum().over("draft", "line") - own
    base = pl.col("_net") + pl.when(pl.col("compound")).then(before).otherwise(0)
    return based.with_columns(base.alias("base_minor")).select(
        pl.col(column).cast(kind) for column, kind in LINE_TAXES.items()
    )


def coupons_returned(lines: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
    """Return which coupons' parts lie in the shares that credit lines take back.

    In: lines as ``credited`` returns them; ``parts`` of the billed lines as COUPON_PARTS, with
    ``original_id`` of the charge. A line's share is made up of the document discount and its
    coupons, in that order; what credits take back of it so far holds of each what
    ``split_share`` says. Together the credits of a line return each part exactly.
    """
    if parts.is_empty() or lines.is_empty():
        return empty(COUPON_PARTS)
    own = [c for c in COUPON_PARTS if c not in ("draft", "line", "amount_minor", "left_minor")]
    billed = parts.sort("original_id", "place").group_by("original_id", maintain_order=True)
    several = billed.agg(*own, pl.col("amount_minor").alias("amounts"))
    wanted = ("draft", "line", "share_billed_minor", "share_before_minor", "share_minor")
    found = []
    for row in (
        lines.select("original_id", *wanted)
        .join(several, on="original_id", how="inner", maintain_order="left")
        .iter_rows(named=True)
    ):
        amounts = row["amounts"]
        whole = [row["share_billed_minor"] - sum(amounts), *amounts]
        before = split_share(row["share_before_minor"], whole)
        after = split_share(row["share_before_minor"] + row["share_minor"], whole)
        for place in range(len(amounts)):
            amount = after[place + 1] - before[place + 1]
            if amount:
                named = tuple(row[c][place] for c in own)
                found.append((row["draft"], row["line"], *named, amount))
    schema = {c: COUPON_PARTS[c] for c in ("draft", "line", *own, "amount_minor")}
    # What is left of a retainer is told by what draws it.
    rest = pl.lit(None, dtype=pl.Int64).alias("left_minor")
    return pl.DataFrame(found, schema=schema, orient="row").select(
        *(rest if column == "left_minor" else column for column in COUPON_PARTS)
    )
