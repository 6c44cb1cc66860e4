"""Checks on charges that seem to be there twice."""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.verify.alike import alike
from cleanbill.cycle.verify.declare import BLOCK, WARN, row_check, table_check
from cleanbill.cycle.verify.look import Tables
from cleanbill.engine.tables import CHARGES
from cleanbill.nouns.drawn import DRAWN
from cleanbill.nouns.finding import Mending, Owner, Proposal

_FIRST = ("customer", "item", "quantity_e6", "service_date")
"""What tells most rows apart."""
_APART = ("charge_id", "reference", "occurrence", "content_hash", "repeats")
_ALIKE = (*_FIRST, *(c for c in CHARGES if c not in (*_FIRST, *_APART)))
"""All that a row says beside its reference."""
_SAME_SUPPLY = ("customer", "item", "quantity_e6", "currency", "service_date")
_SAME_DELIVERY = (*_SAME_SUPPLY, "order", "delivery")
_AGAIN = (*_SAME_SUPPLY, "source")
_ACCESSORY = ("freight", "discount", "fee", "manual")
"""Kinds of item that every order may have alike."""
_NOBODY = {"charge_id": pl.Int64, "twin": pl.String, "twin_source": pl.String}
_NAMED = pl.col("order").is_not_null() | pl.col("delivery").is_not_null()


def _under_another_reference(tables: Tables) -> pl.LazyFrame:
    """Sales that name an order or delivery and equal an earlier row in all but the reference."""
    read = tables.charges.select("charge_id", "reference", "repeats", *_ALIKE)
    rows = read.filter((pl.col("kind") == "sale") & (pl.col("repeats") == 0) & _NAMED)
    return _later_of_equals(rows, _ALIKE, "reference")


def _from_another_source(tables: Tables) -> pl.LazyFrame:
    """Sales that another source has reported for the same customer, item, quantity and day.

    Those of the very same order and delivery are not among them: they are held.
    """
    found = _by_two_sources(tables, _SAME_SUPPLY)
    return found.join(_delivered_twice(tables), on="charge_id", how="anti")


def _delivered_twice(tables: Tables) -> pl.LazyFrame:
    """Sales that another source has reported of the same order and delivery, too."""
    return _by_two_sources(tables, _SAME_DELIVERY, _NAMED)


def _by_two_sources(
    tables: Tables, keys: tuple[str, ...], only: pl.Expr | None = None
) -> pl.LazyFrame:
    charges = tables.charges
    if charges["source"].n_unique() < 2:
        return pl.LazyFrame(schema=_NOBODY)
    read = charges.select("charge_id", "reference", "source", "kind", *_SAME_DELIVERY)
    rows = read.filter((pl.col("kind") == "sale") & pl.col("customer").is_not_null())
    return _later_of_equals(rows if only is None else rows.filter(only), keys, "source")


def _ordered_again(tables: Tables) -> pl.LazyFrame:
    """Orders that lie within another of the customer's orders of that day: their dearest sale.

    Two orders with a row in common are frequent; that all of one is in the other is not.
    """
    read = tables.charges.select("charge_id", "order", "kind", "item_kind", "net_minor", *_AGAIN)
    supplies = ~pl.col("item_kind").is_in(_ACCESSORY) & ~pl.col("source").is_in(DRAWN)
    ordered = pl.col("order").is_not_null() & pl.col("customer").is_not_null()
    rows = read.filter((pl.col("kind") == "sale") & supplies & ordered)
    again = _later_of_equals(rows.with_columns(reference="order"), _AGAIN, "order")
    day = ("customer", "service_date")
    told = again.join(rows.lazy().select("charge_id", "order", "net_minor", *day), on="charge_id")
    sizes = rows.lazy().join(told, on=day, how="semi").group_by(*day, "order").agg(size=pl.len())
    twins = sizes.rename({"order": "twin", "size": "twin_size"})
    return (
        told.sort(pl.col("net_minor").abs(), "charge_id", descending=[True, False], nulls_last=True)
        .group_by(*day, "order", "twin", maintain_order=True)
        .agg(pl.len().alias("rows"), pl.col("charge_id").first())
        .join(sizes, on=[*day, "order"], maintain_order="left")
        .join(twins, on=[*day, "twin"], maintain_order="left")
        .filter(pl.col("rows") >= pl.min_horizontal("size", "twin_size"))
        .select("charge_id", "rows", "twin")
    )


def _billed_before(tables: Tables) -> pl.LazyFrame:
    """Sales that an earlier run has billed under another reference of the same source."""
    return _billed(tables).filter(pl.col("source") == pl.col("twin_source")).drop("source")


def _billed_elsewhere(tables: Tables) -> pl.LazyFrame:
    """Sales that an earlier run has billed because another source had reported them."""
    return _billed(tables).filter(pl.col("source") != pl.col("twin_source")).drop("source")


def _billed(tables: Tables) -> pl.LazyFrame:
    read = tables.charges.lazy().select("charge_id", "kind", "source", *_SAME_DELIVERY)
    rows = read.filter((pl.col("kind") == "sale") & _NAMED & ~pl.col("source").is_in(DRAWN))
    found = rows.join(tables.billed.lazy(), on=_SAME_DELIVERY, nulls_equal=True)
    return found.sort("charge_id", "number", "billed_reference").select(
        "charge_id", "source", "number", twin="billed_reference", twin_source="billed_source"
    )


def _later_of_equals(rows: pl.DataFrame, keys: tuple[str, ...], differing: str) -> pl.LazyFrame:
    """Rows that equal an earlier one in the keys, but not in one column; ``twin``: the earlier.

    Null equals null here: two rows without an order are alike in it.
    """
    few = alike(rows, keys)
    if few.is_empty():
        return pl.LazyFrame(schema=_NOBODY)
    filled = [k for k in keys if rows[k].null_count() < rows.height]
    wanted = dict.fromkeys(("charge_id", "reference", differing, *filled))
    return (
        few.lazy()
        .select(*wanted)
        .sort("charge_id")
        .with_columns(
            pl.col("reference").first().over(filled).alias("twin"),
            pl.col(differing).first().over(filled).alias("twin_source"),
        )
        .filter(pl.col(differing) != pl.col("twin_source"))
        .select("charge_id", "twin", "twin_source")
    )


CHECKS = (
    row_check(
        "CB-CHG-001",
        WARN,
        "Exact duplicate",
        "This row repeats an earlier one in every field ({reference}).",
        "If it was meant once, write this charge off; if twice, dismiss the finding.",
        pl.col("repeats") > 0,
        "reference item quantity",
        proposal=Proposal(Mending.MERGE_DUPLICATE, ("reference",)),
    ),
    table_check(
        "CB-CHG-049",
        WARN,
        "Same row under another reference",
        "{reference} says in every field what {twin} says: {quantity} of {item} on {service_date}, "
        "order {order}.",
        "Ask {source} whether this was delivered twice; if not, write {reference} off.",
        _under_another_reference,
        "reference twin item quantity service_date order source",
        about="charge_id",
        needs={"charges": " ".join((*_ALIKE, "reference", "repeats", "order"))},
        owner=Owner.SPECIALIST,
        proposal=Proposal(Mending.MERGE_DUPLICATE, ("reference", "twin")),
    ),
    table_check(
        "CB-CHG-025",
        WARN,
        "Reported by two sources",
        "{source} and {twin_source} both report {quantity} of {item} for {customer} on "
        "{service_date} ({reference}, {twin}).",
        "Find out which of the two sources bills this, and write the other row off.",
        _from_another_source,
        "reference twin source twin_source customer item quantity service_date",
        about="charge_id",
        needs={"charges": " ".join((*_SAME_DELIVERY, "reference", "source", "kind"))},
        owner=Owner.SPECIALIST,
        proposal=Proposal(Mending.MERGE_DUPLICATE, ("reference", "twin")),
    ),
    table_check(
        "CB-CHG-050",
        BLOCK,
        "One delivery reported by two sources",
        "{source} and {twin_source} both report {quantity} of {item} on {service_date} for order "
        "{order}, delivery {delivery} ({reference}, {twin}): it would be billed twice.",
        "Write {reference} off; if it is a further delivery, have {source} send it under a number "
        "of its own.",
        _delivered_twice,
        "reference twin source twin_source item quantity service_date order delivery",
        about="charge_id",
        needs={"charges": " ".join((*_SAME_DELIVERY, "reference", "source", "kind"))},
        owner=Owner.SPECIALIST,
        proposal=Proposal(Mending.MERGE_DUPLICATE, ("reference", "twin")),
    ),
    table_check(
        "CB-CHG-051",
        WARN,
        "Ordered twice on one day",
        "Of the orders {order} and {twin} of {customer} on {service_date} one holds all that the "
        "other does: rows alike {rows}, the dearest of them {quantity} of {item}.",
        "Ask whether both were meant; if the order was only entered again, write its rows off.",
        _ordered_again,
        "customer order twin service_date rows quantity item",
        about="charge_id",
        needs={"charges": " ".join((*_AGAIN, "kind", "order", "item_kind", "net_minor"))},
        where={"charges": "order"},
        owner=Owner.SPECIALIST,
        proposal=Proposal(Mending.MERGE_DUPLICATE, ("order", "twin")),
    ),
    table_check(
        "CB-CHG-052",
        WARN,
        "Billed before under another reference",
        "{quantity} of {item} on {service_date}, order {order}, are billed already on {number}, as "
        "{twin}; {reference} would bill them again.",
        "Ask {source} whether this was delivered twice; if not, write {reference} off.",
        _billed_before,
        "quantity item service_date order number twin reference source",
        about="charge_id",
        needs={
            "charges": " ".join((*_SAME_DELIVERY, "reference", "source", "kind")),
            "billed": " ".join((*_SAME_DELIVERY, "billed_reference", "number")),
        },
        where={"billed": "number"},
        owner=Owner.SPECIALIST,
        proposal=Proposal(Mending.MERGE_DUPLICATE, ("reference", "twin")),
    ),
    table_check(
        "CB-CHG-053",
        BLOCK,
        "Billed before, as another source reported it",
        "{quantity} of {item} on {service_date}, order {order}, are billed already on {number}, as "
        "{twin_source} reported them ({twin}); {source} reports them too ({reference}).",
        "Write {reference} off; if it is a further delivery, have {source} send it under a number "
        "of its own.",
        _billed_elsewhere,
        "reference twin source twin_source item quantity service_date order number",
        about="charge_id",
        needs={
            "charges": " ".join((*_SAME_DELIVERY, "reference", "source", "kind")),
            "billed": " ".join((*_SAME_DELIVERY, "billed_reference", "billed_source", "number")),
        },
        where={"billed": "number"},
        owner=Owner.SPECIALIST,
        proposal=Proposal(Mending.MERGE_DUPLICATE, ("reference", "twin")),
    ),
)
