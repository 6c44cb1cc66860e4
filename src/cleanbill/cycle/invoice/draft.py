"""Drafts: which lines stand on one bill, in which order, with which document discount."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from cleanbill.engine.exact import allocated, percentage, total
from cleanbill.engine.plan import collected
from cleanbill.nouns import reduction
from cleanbill.nouns.policy import IssueDates, Policy
from cleanbill.nouns.seller import Seller

PERIODS = {"day": "1d", "week": "1w", "month": "1mo"}
REFERENCES = ("order", "delivery", "ship_to", "purchase_order", "cost_centre")
IDENTITY = ("kind", "customer", "currency", "tax_place", "group_key")
"""What two lines must share to stand on one bill, beside the seller."""

INCLUSIVE_KEY = " (prices include tax)"
"""What the key of a bill says whose prices include tax."""


def gather(
    lines: pl.DataFrame, policy: Policy, issue_date: date, earliest: Mapping[str, date]
) -> pl.DataFrame:
    """Return the lines sorted by bill, with ``draft`` (its place), ``line`` and ``draft_key``.

    Bills stand in the order of their issue date, then identity (those parted by place of delivery
    in the order of their first charge); lines in the order of charges. A credit is never dated
    before what it reverses (``not_before``, null for a sale), and no bill dated by service before
    what ``earliest`` says of its kind.
    ``draft_key`` is the identity as text: equal charges give equal keys in every run.
    """
    keyed = lines.lazy().with_columns(
        pl.when(pl.col("kind") == "cancellation")
        .then(pl.lit("credit_note"))
        .otherwise(pl.lit("invoice"))
        .alias("kind"),
        _group_key(lines).alias("group_key"),
        pl.coalesce("ship_to_country", "customer_country").alias("tax_place"),
    )
    dated = pl.lit(issue_date)
    if policy.issue_dates is IssueDates.SERVICE:
        last = pl.col("kind").replace_strict(dict(earliest), default=None, return_dtype=pl.Date)
        latest = pl.max_horizontal("service_date", "not_before").max().over(IDENTITY)
        dated = pl.max_horizontal(latest, last if earliest else latest)
    keyed = keyed.with_columns(dated.alias("issue_date"))
    text = pl.concat_str([pl.col(c).fill_null("") for c in IDENTITY], separator="|")
    lined = collected(keyed)
    # Bills are few where lines are many: only their identities are sorted as text.
    whose = lined.select("issue_date", *IDENTITY)
    bills = _in_order(lined).with_columns(
        text.alias("draft_key"), pl.int_range(pl.len()).alias("draft")
    )
    placed = whose.join(
        bills, on=whose.columns, how="left", nulls_equal=True, maintain_order="left"
    )
    return (
        lined.lazy()
        .with_columns(placed["draft_key"], placed["draft"])
        .sort("draft", "charge_id", maintain_order=True)
        .with_columns(_counted().alias("line"))
        .pipe(collected)
    )


def _counted() -> pl.Expr:
    """Count the lines of each draft from 1, where those of a draft stand together."""
    place, draft = pl.int_range(pl.len()), pl.col("draft")
    first = pl.when(draft.ne_missing(draft.shift())).then(place).forward_fill()
    return (place - first + 1).cast(pl.Int32)


def _in_order(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the day and identity of each bill, in the order in which they stand.

    Names of places of delivery are sealed, and sealed text differs from one database to the next:
    among bills that are parted by it, the first charge decides who comes first.
    """
    keys = ["issue_date", *IDENTITY]
    groupings = lines["grouping"].drop_nulls().unique()
    sealed = groupings.filter(groupings.str.contains("ship_to", literal=True))
    if sealed.is_empty():
        return lines.select(keys).unique().sort(keys, nulls_last=True)
    first = pl.col("charge_id").filter(pl.col("grouping").is_in(sealed.implode())).min()
    found = lines.group_by(keys).agg(first.alias("_first"))
    return found.sort(*keys[:-1], "_first", keys[-1], nulls_last=True).drop("_first")


def _group_key(lines: pl.DataFrame) -> pl.Expr:
    """What the agreement groups by, as text; without an agreement and for cash sales, the order."""
    grouping = pl.col("grouping").fill_null("order")
    key: pl.Expr = pl.lit("")
    for wanted in lines.select(grouping.unique().sort()).to_series().to_list():
        parts = [p.strip() for p in wanted.split(",") if p.strip()]
        pieces = [pl.col(p).fill_null("") for p in parts if p in REFERENCES]
        pieces += [
            pl.col("service_date").dt.truncate(PERIODS[p]).cast(pl.String)
            for p in parts
            if p in PERIODS
        ]
        text = pl.concat_str(pieces, separator="/") if pieces else pl.lit("")
        key = pl.when(grouping == wanted).then(text).otherwise(key)
    whole = pl.when(pl.col("cash")).then(pl.col("order").fill_null("")).otherwise(key)
    if "inclusive" in lines.columns and lines["inclusive"].any():
        # Prices with and without tax never stand on one bill.
        apart = pl.concat_str(whole, pl.lit(INCLUSIVE_KEY))
        whole = pl.when(pl.col("inclusive").fill_null(False)).then(apart).otherwise(whole)
    return whole


def discounted(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the lines with ``share_minor``: each one's part of its bill's document discount.

    The discount is rounded once per bill from the sum of line nets, and shared by largest
    remainder in proportion to the nets; a line's net itself never changes. Where the agreement
    gives a discount by volume, its tier decides the percent.
    """
    lines = _by_volume(lines)
    percent = pl.col("document_discount_percent_e6").fill_null(0)
    touched = lines.filter(percent > 0)
    if touched.is_empty():
        return lines.with_columns(pl.lit(0, dtype=pl.Int64).alias("share_minor"))
    whole = percentage(total(pl.col("net_minor")).over("draft"), percent.first().over("draft"))
    shared = touched.with_columns(whole.alias("_whole")).with_columns(
        allocated(pl.col("_whole"), pl.col("net_minor"), ["draft"]).alias("share_minor")
    )
    return lines.join(
        shared.select("draft", "line", "share_minor"),
        on=["draft", "line"],
        how="left",
        maintain_order="left",
    ).with_columns(pl.col("share_minor").fill_null(0))


def _by_volume(lines: pl.DataFrame) -> pl.DataFrame:
    """Set the percent of bills whose agreement gives it by tiers of the bill's net.

    The tier with the highest bound that the net reaches decides for the whole net; below the first
    there is no discount. The terms are those of the bill's first line.
    """
    tiered = "document_discount_tiers"
    if tiered not in lines.columns or lines[tiered].null_count() == lines.height:
        return lines
    heads = lines.group_by("draft", maintain_order=True).agg(
        pl.col(tiered, "decimals").first(), total(pl.col("net_minor")).alias("_net")
    )
    heads = heads.filter(pl.col(tiered).is_not_null())
    percent = pl.lit(None, dtype=pl.Int64)
    for text, decimals in heads.select(tiered, "decimals").unique().iter_rows():
        own = (pl.col(tiered) == text) & (pl.col("decimals") == decimals)
        for percent_e6, bound in reduction.tiers(text, decimals):
            percent = pl.when(own & (pl.col("_net") >= bound)).then(percent_e6).otherwise(percent)
    found = heads.select("draft", percent.alias("_percent"), pl.lit(True).alias("_tiered"))
    flat = pl.col("document_discount_percent_e6")
    return (
        lines.join(found, on="draft", how="left", maintain_order="left")
        .with_columns(
            pl.when("_tiered").then("_percent").otherwise(flat).alias(flat.meta.output_name())
        )
        .drop("_percent", "_tiered")
    )


def due_days(seller: Seller, policy: Policy) -> pl.Expr:
    """Days until a bill is due: the agreement's, else the policy's; cash sales are due at once."""
    days = pl.col("payment_days").fill_null(policy.payment_days)
    return pl.when(pl.col("cash")).then(0).otherwise(days)
