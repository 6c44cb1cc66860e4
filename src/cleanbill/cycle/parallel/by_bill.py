"""Bill by bill, where the old file has totals only: which line or charge explains a difference?"""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.parallel.found import beside, noted
from cleanbill.engine.exact import multiplied

_EXACT = (
    ("document", "customer", "currency", "total_minor"),
    ("customer", "currency", "total_minor", "day"),
    ("customer", "currency", "total_minor"),
)
"""Keys by which bills of one total are paired."""
_ALONE = (("document", "customer", "currency"), ("customer", "currency", "day"))
"""Keys by which bills are paired where only one on each side has the key."""
_WORTH = ("net_minor", "tax_minor", "total_minor")


def by_bill(
    ours: pl.DataFrame, bills: pl.DataFrame, old: pl.DataFrame, tolerance: int
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Return the differences (see ``found``) of two sides of bills, and counts."""
    whole = _whole(old)
    pairs, members, twins, rest, alone = _paired(bills, whole)
    explained = _explained(pairs, members, ours, tolerance)
    unbilled = _unbilled(alone, ours, tolerance)
    unknown = alone.join(unbilled, on="old_row", how="anti")
    mine, theirs = pl.col("our_total_minor"), pl.col("old_total_minor")

    def of(amount: pl.Expr, otherwise: str) -> pl.Expr:
        return pl.when(amount < 0).then(pl.lit("credit")).otherwise(pl.lit(otherwise))

    found = [
        *explained,
        noted(rest, of(mine, "missed"), mine),
        noted(twins, "double", -theirs),
        noted(unbilled, pl.col("cause"), -theirs),
        noted(unknown, of(theirs, "no_charge"), -theirs),
    ]
    differences = pl.concat(found)
    touched = differences["old_row"].drop_nulls().unique()
    return differences, {
        "matched": pairs.height,
        "equal": pairs.filter(~pl.col("old_row").is_in(touched.implode())).height,
        "uncertain": differences.filter(~pl.col("certain")).height,
    }


def _whole(old: pl.DataFrame) -> pl.DataFrame:
    """One row per old bill; ``more`` is what it asks for beyond net and tax."""
    return (
        old.group_by("bill", "currency", maintain_order=True)
        .agg(
            pl.col("row").min(),
            pl.col("customer", "day", "document").first(),
            pl.col("net_minor", "tax_minor").sum(),
            pl.coalesce(
                pl.col("bill_total_minor").drop_nulls().first(), pl.col("total_minor").sum()
            ).alias("total_minor"),
        )
        .with_columns(
            (pl.col("total_minor") - pl.col("net_minor") - pl.col("tax_minor")).alias("more")
        )
        .sort("row")
    )


def _paired(bills: pl.DataFrame, whole: pl.DataFrame) -> tuple[pl.DataFrame, ...]:
    """Return pairs, their members (``draft``, ``old_row``), doubles, and the rest of both sides.

    What bills leave over of one customer on both sides is one pair: their sums.
    """
    named = pl.col("customer").fill_null("").alias("key customer")
    left, right = bills.sort("draft").with_columns(named), whole.with_columns(named)
    left, right, found = _steps(_EXACT, left, right, alone=False)
    twins = _twins(right, whole.join(found, on="row", how="semi"))
    right = right.join(twins, on="row", how="anti", maintain_order="left")
    left, right, more = _steps(_ALONE, left, right, alone=True)
    members = pl.concat([found, more]).join(bills, on="draft").sort("row")
    single = beside(members, "our", ("row",)).join(beside(whole, "old", ("row",)), on="row")
    several, among = _summed(left, right)
    pairs = pl.concat([single, several], how="diagonal").rename({"row": "old_row"}).sort("old_row")
    members = pl.concat([members.select("draft", "row"), among]).rename({"row": "old_row"})
    met = several.select("key customer", pl.col("old_currency").alias("currency"))
    rest, surplus = (
        side.join(met, on=["key customer", "currency"], how="anti").drop("key customer")
        for side in (left, right)
    )
    pairs = pairs.with_columns(pl.col("old_currency").alias("currency"))
    doubles = beside(twins.drop("key customer"), "old", ("twin_bill", "twin_row"))
    return pairs, members, doubles, beside(rest, "our"), beside(surplus, "old")


def _steps(
    steps: tuple[tuple[str, ...], ...], left: pl.DataFrame, right: pl.DataFrame, *, alone: bool
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Pair the first with the first of each key; return what is left over, and the pairs."""
    found = []
    for names in steps:
        key = ["key customer" if name == "customer" else name for name in names]
        turn = pl.int_range(pl.len()).over(key).alias("turn")
        mine, theirs = (
            side.drop_nulls(key)
            .sort(place)
            .select(*key, place, turn, pl.len().over(key).alias(f"{place} many"))
            for side, place in ((left, "draft"), (right, "row"))
        )
        pairs = mine.join(theirs, on=[*key, "turn"])
        if alone:
            pairs = pairs.filter((pl.col("draft many") == 1) & (pl.col("row many") == 1))
        found.append(pairs.select("draft", "row"))
        left = left.join(pairs, on="draft", how="anti", maintain_order="left")
        right = right.join(pairs, on="row", how="anti", maintain_order="left")
    return left, right, pl.concat(found)


def _summed(left: pl.DataFrame, right: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return what is left over of a customer on both sides, as one pair each, and its members."""
    key = ["key customer", "currency"]
    first = (pl.col("customer").first(), pl.col("day").first())
    mine = left.group_by(key).agg(
        *first,
        pl.col("draft").min(),
        pl.col(*_WORTH, "reduction_minor", "lines").sum(),
    )
    theirs = right.group_by(key).agg(
        *first,
        pl.col("row").min(),
        pl.col("bill").head(5).str.join(", "),
        pl.col(*_WORTH, "more").sum(),
    )
    pairs = beside(mine, "our", ("key customer",)).join(
        beside(theirs, "old", ("key customer", "row")),
        left_on=["key customer", "our_currency"],
        right_on=["key customer", "old_currency"],
        coalesce=False,
    )
    among = left.select(*key, "draft").join(
        pairs.select("key customer", pl.col("old_currency").alias("currency"), "row"), on=key
    )
    return pairs.drop("key customer_right"), among.select("draft", "row")


def _explained(
    pairs: pl.DataFrame, members: pl.DataFrame, ours: pl.DataFrame, tolerance: int
) -> list[pl.DataFrame]:
    """Give what two bills differ by to one cause for the net, and one for the tax."""
    net = pl.col("net")
    own = _net_causes(pairs, members, ours, tolerance)
    # The tax on the net goes along at what the old bill bore; the rest is the tax's own.
    old_net, old_tax = pl.col("old_net_minor"), pl.col("old_tax_minor")
    sign = pl.when(old_net < 0).then(-1).otherwise(1)
    size = pl.when(old_net == 0).then(1).otherwise(old_net.abs())
    along = pl.when(old_net == 0).then(0).otherwise(multiplied(net * sign, old_tax, size))
    own = own.with_columns(along.fill_null(0).alias("along"))
    taxes = pl.col("our_tax_minor") - old_tax - pl.col("along")
    beyond = pl.col("our_total_minor") - pl.col("our_net_minor") - pl.col("our_tax_minor")
    small = taxes.abs() <= pl.col("bound")
    own = own.with_columns(
        (net + pl.col("along")).alias("by_net"),
        pl.when(small).then(0).otherwise(taxes).alias("by_tax"),
        (pl.when(small).then(taxes).otherwise(0) + beyond).alias("by_coin"),
    )
    more = pl.col("old_more")
    slight = more.abs() <= pl.col("bound")
    sums = pl.when(slight).then(pl.lit("rounding")).otherwise(pl.lit("old_sum"))
    whole = own.drop("our_item", "our_reference", "our_why")
    worth = (
        pl.when(pl.col("net_cause") == "unexplained").then("old_total_minor").otherwise("by_net")
    )
    return [
        noted(own.filter(pl.col("by_net") != 0), pl.col("net_cause"), pl.col("by_net"), worth),
        noted(whole.filter(pl.col("by_tax") != 0), "tax_rate", pl.col("by_tax")),
        noted(whole.filter(pl.col("by_coin") != 0), "rounding", pl.col("by_coin")),
        noted(whole.filter(more != 0), sums, -more),
    ]


def _net_causes(
    pairs: pl.DataFrame, members: pl.DataFrame, ours: pl.DataFrame, tolerance: int
) -> pl.DataFrame:
    """Return the pairs with ``net`` (ours less old), its cause, and what the cause names.

    ``bound`` is what their lines may differ by through rounding alone.
    """
    own = pairs.with_columns(
        (pl.col("our_net_minor") - pl.col("old_net_minor")).alias("net"),
        (pl.col("our_lines") * tolerance).alias("bound"),
    )
    lone = _single_lines(own, members, ours)
    held_back = _held(ours).rename({"customer": "old_customer"})
    own = own.join(lone, on="old_row", how="left")
    own = own.join(held_back, on=["old_customer", "currency"], how="left")
    net, bound, reduction = pl.col("net"), pl.col("bound"), pl.col("our_reduction_minor")
    held = (net + pl.col("held_minor")).abs() <= bound
    cause = (
        pl.when(net.abs() <= bound)
        .then(pl.lit("rounding"))
        .when(pl.col("line_item").is_not_null())
        .then(pl.lit("missed"))
        .when(held.fill_null(False))
        .then(pl.lit("held"))
        .when(((net + reduction).abs() <= bound) & (reduction != 0))
        .then(pl.lit("discount"))
        .otherwise(pl.lit("unexplained"))
    )
    return own.with_columns(cause.alias("net_cause")).with_columns(
        pl.when(pl.col("net_cause") == "held").then("held_why").alias("our_why"),
        pl.when(pl.col("net_cause") == "missed").then("line_item").alias("our_item"),
        pl.when(pl.col("net_cause") == "missed").then("line_reference").alias("our_reference"),
    )


def _single_lines(pairs: pl.DataFrame, members: pl.DataFrame, ours: pl.DataFrame) -> pl.DataFrame:
    """The one line of our bill that is worth exactly what the old bill lacks."""
    return (
        pairs.filter(pl.col("net") != 0)
        .select("old_row", "net")
        .join(members, on="old_row")
        .join(ours.select("draft", "net_minor", "item", "reference"), on="draft")
        .filter(pl.col("net_minor") == pl.col("net"))
        .group_by("old_row")
        .agg(
            pl.col("item").first().alias("line_item"),
            pl.col("reference").first().alias("line_reference"),
            pl.len().alias("lines"),
        )
        .filter(pl.col("lines") == 1)
        .drop("lines")
    )


def _held(ours: pl.DataFrame) -> pl.DataFrame:
    """What we do not bill now, by customer: its worth, why, and under which cause it goes."""
    waits = ours.filter(pl.col("disposition") != "clear").with_columns(
        pl.col("customer").fill_null("")
    )
    return waits.group_by("customer", "currency").agg(
        pl.col("net_minor").sum().alias("held_minor"),
        pl.col("why").drop_nulls().sort().first().alias("held_why"),
    )


def _twins(surplus: pl.DataFrame, taken: pl.DataFrame) -> pl.DataFrame:
    """Old bills left over that repeat one that was paired: customer, day and total are equal."""
    same = ["customer", "currency", "total_minor", "day"]
    first = taken.unique(same, keep="first", maintain_order=True).select(
        *same, pl.col("bill").alias("twin_bill"), pl.col("row").alias("twin_row")
    )
    return surplus.join(first, on=same, nulls_equal=True)


def _unbilled(alone: pl.DataFrame, ours: pl.DataFrame, tolerance: int) -> pl.DataFrame:
    """Old bills that are worth just what we hold back of their customer."""
    return (
        alone.with_columns(pl.col("old_customer").fill_null("").alias("customer"))
        .join(_held(ours), left_on=["customer", "old_currency"], right_on=["customer", "currency"])
        .filter((pl.col("old_net_minor") - pl.col("held_minor")).abs() <= tolerance)
        .with_columns(pl.lit("held").alias("cause"), pl.col("held_why").alias("our_why"))
        .drop("customer")
    )
