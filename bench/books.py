"""Books to measure with: companies whose month waits to be billed, written straight to the store.

Deterministic and made by columns, so that five million charges take a minute. Items have all six
price models; some prices belong to a plan or a customer, some carry a discount; one customer in
ten has a document discount. Charges stand in the order of their days, customers mixed, as a source
system would send them.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import polars as pl

MONTH_END = date(2026, 10, 31)
DAYS = 31
ITEMS = 60
MODELS = ("unit", "graduated", "volume", "package", "flat", "percentage")
BLOCK = 1_000_000

COMPANY = """
[organisation]
name = "{slug}"
slug = "{slug}"

[seller]
key = "{slug}"
name = "Bench Supplies GmbH"
currency = "EUR"
vat_id = "DE999999995"
tax_method = "{tax_method}"

[seller.address]
lines = ["Kaispeicherweg 11"]
city = "Hamburg"
postcode = "20457"
country = "DE"

[policy]
price_source = "list"
"""


def founded(slug: str, tax_method: str, bills: int, lines: int, orders: int = 1) -> Any:
    """Set a company up with ``bills`` orders of ``lines`` charges each; return its actor.

    A customer has ``orders`` of them in the month.
    """
    from django.db import transaction

    from cleanbill.actions.set_up_company import set_up_company
    from cleanbill.store.bulk import write
    from cleanbill.store.master_writing import add_prices, upsert
    from cleanbill.store.numbers import take_ids

    actor = set_up_company(COMPANY.format(slug=slug, tax_method=tax_method), f"bench@{slug}.test")
    own, now = actor.organisation_id, datetime.now(UTC)
    customers = max(1, bills // orders)
    with transaction.atomic():
        upsert(own, "customer", _customers(customers), "bench", "bench", now)
        upsert(own, "item", _items(), "bench", "bench", now)
        upsert(own, "agreement", _agreements(customers), "bench", "bench", now)
        add_prices(own, _prices(customers))
    file = _source_file(own, now, bills * lines)
    for start in range(0, bills * lines, BLOCK):
        size = min(BLOCK, bills * lines - start)
        with transaction.atomic():
            first = take_ids("charge", size)
            charges = _charges(start, size, bills, lines, orders, own, first)
            write("charge", charges.with_columns(pl.lit(file).alias("source_file")))
    return actor


def _source_file(own: int, now: datetime, count: int) -> int:
    """Write what an import leaves beside its charges: the file, and the event that tells of it."""
    from cleanbill.store.models import Event, SourceFile

    said = {"organisation_id": own, "actor": "bench"}
    file = SourceFile.objects.create(kind="charges", name="month", imported_at=now, **said)
    counts = {"created": count, "changed": 0, "unchanged": 0, "proposed": 0}
    told = {"action": "charges.imported", "subject": "month", "cause": "bench", "after": counts}
    Event.objects.create(at=now, **said, **told)
    return file.pk


def _customers(count: int) -> pl.DataFrame:
    n = pl.int_range(count, eager=True).alias("n")
    return pl.DataFrame(n).select(
        _customer(pl.col("n")).alias("customer"),
        pl.format("Customer {} GmbH", "n").alias("name"),
        pl.when(pl.col("n") % 4 == 0)
        .then(pl.lit("consumer"))
        .otherwise(pl.lit("business"))
        .alias("kind"),
        pl.format("Street {}", pl.col("n") % 300 + 1).alias("street"),
        pl.lit(None, dtype=pl.String).alias("street2"),
        pl.lit("Berlin").alias("city"),
        pl.lit("10115").alias("postcode"),
        pl.lit(None, dtype=pl.String).alias("region"),
        pl.lit("DE").alias("country"),
        pl.lit(None, dtype=pl.String).alias("vat_id"),
        pl.format("billing{}@customer.test", "n").alias("email"),
        pl.when(pl.col("n") % 3 == 0).then(pl.lit("en")).otherwise(pl.lit("de")).alias("language"),
        pl.lit(None, dtype=pl.String).alias("buyer_reference"),
        pl.lit(False).alias("blocked"),
    )


def _customer(n: pl.Expr) -> pl.Expr:
    return pl.concat_str(pl.lit("C"), n.cast(pl.String).str.zfill(7))


def _items() -> pl.DataFrame:
    rows = [
        (
            f"ITEM-{n:03}",
            f"Article {n} of the catalogue, {MODELS[n % len(MODELS)]}",
            "goods" if n % 2 else "service",
            "C62",
            "reduced" if n % 7 == 0 else "standard",
            False,
        )
        for n in range(ITEMS)
    ]
    names = ("item", "description", "kind", "unit", "tax_category", "blocked")
    return pl.DataFrame(rows, schema=names, orient="row")


def _agreements(customers: int) -> pl.DataFrame:
    from cleanbill.engine.tables import AGREEMENTS, conformed

    own = pl.DataFrame(pl.int_range(0, customers, 10, eager=True).alias("n")).select(
        _customer(pl.col("n")).alias("customer"),
        pl.format("A-{}", "n").alias("agreement"),
        pl.lit("gold").alias("plan"),
        pl.lit(2_500_000, dtype=pl.Int64).alias("document_discount_percent_e6"),
    )
    everybody = pl.DataFrame({"customer": [None], "agreement": ["common"]}).cast(pl.String)
    both = pl.concat([everybody, own], how="diagonal").with_columns(
        pl.lit(date(2020, 1, 1)).alias("valid_from"),
        pl.lit("order").alias("grouping"),
        pl.lit("any").alias("cut_off"),
        pl.lit(14, dtype=pl.Int32).alias("payment_days"),
    )
    return conformed(both, AGREEMENTS).drop("agreement_id")


def _prices(customers: int) -> pl.DataFrame:
    rows = []
    for n in range(ITEMS):
        item, model = f"ITEM-{n:03}", MODELS[n % len(MODELS)]
        discount = 10_000_000 if n % 10 == 3 else None
        rows += [_tier(item, model, *t, discount=discount) for t in _tiers(model, n)]
        if n % 5 == 0:
            rows += [_tier(item, model, *t, plan="gold") for t in _tiers(model, n + 1)]
    for n in range(0, min(customers, 20_000), 20):
        rows.append(_tier("ITEM-006", "unit", None, 199_000_000, None, customer=f"C{n:07}"))
    return pl.DataFrame(rows, schema=_PRICE, orient="row")


_PRICE = {
    "item": pl.String,
    "customer": pl.String,
    "plan": pl.String,
    "currency": pl.String,
    "model": pl.String,
    "valid_from": pl.Date,
    "valid_to": pl.Date,
    "discount_percent_e6": pl.Int64,
    "minimum_minor": pl.Int64,
    "maximum_minor": pl.Int64,
    "up_to_e6": pl.Int64,
    "unit_price_e8": pl.Int64,
    "flat_minor": pl.Int64,
    "package_size_e6": pl.Int64,
    "percent_e6": pl.Int64,
}


def _tiers(model: str, n: int) -> list[tuple[int | None, int | None, int | None]]:
    """The (upper bound, unit price, flat amount) of each tier."""
    price = (133 + 17 * n) * 10**6
    match model:
        case "graduated":
            return [
                (10 * 10**6, price, None),
                (100 * 10**6, price * 9 // 10, None),
                (None, price // 2, 500),
            ]
        case "volume":
            return [(20 * 10**6, price, None), (None, price * 3 // 4, None)]
        case "flat":
            return [(None, None, 4990 + n)]
        case "percentage":
            return [(None, None, 25)]
    return [(None, price, None)]


def _tier(
    item: str,
    model: str,
    bound: int | None,
    price: int | None,
    flat: int | None,
    *,
    customer: str | None = None,
    plan: str | None = None,
    discount: int | None = None,
) -> tuple[Any, ...]:
    share = model == "percentage"
    return (
        *(item, customer, plan, "EUR", model, date(2020, 1, 1), None, discount),
        *(50 if share else None, 20_000 if share else None, bound, price, flat),
        *(12 * 10**6 if model == "package" else None, 1_900_000 if share else None),
    )


def _charges(
    start: int,
    size: int,
    bills: int,
    lines: int,
    orders: int,
    organisation_id: int,
    first_id: int,
) -> pl.DataFrame:
    """Charges ``start`` up to ``start + size`` of the month, in the order of their days."""
    place = pl.int_range(start, start + size, eager=True).alias("place")
    count = bills * lines
    # A fixed step that shares no factor with the count visits every line once, customers mixed.
    step = next(s for s in (7_368_787, 7_368_797, 7_368_799) if _coprime(s, count))
    line = (pl.col("place") * step) % count
    table = pl.DataFrame(place).with_columns(line.alias("n"))
    order = pl.col("n") // lines
    item = (pl.col("n") * 31 + order * 7) % ITEMS
    share = item % len(MODELS) == MODELS.index("percentage")
    text = pl.lit(None, dtype=pl.String)
    return table.select(
        (pl.int_range(pl.len(), dtype=pl.Int64) + first_id).alias("id"),
        pl.lit(organisation_id, dtype=pl.Int64).alias("organisation_id"),
        pl.lit(1, dtype=pl.Int64).alias("source_file"),
        (pl.col("place") + 2).alias("row"),
        pl.lit(1, dtype=pl.Int32).alias("version"),
        pl.lit("erp").alias("source"),
        pl.format("L-{}", "n").alias("reference"),
        pl.lit(1, dtype=pl.Int32).alias("occurrence"),
        _customer(order // orders).alias("customer"),
        pl.concat_str(pl.lit("ITEM-"), item.cast(pl.String).str.zfill(3)).alias("item"),
        text.alias("description"),
        pl.lit("sale").alias("kind"),
        ((pl.col("n") % 40 + 1) * 1_250_000).alias("quantity_e6"),
        text.alias("unit"),
        pl.lit(None, dtype=pl.Int64).alias("unit_price_e8"),
        pl.when(share).then(pl.col("n") % 90_000 + 1_000).alias("amount_minor"),
        pl.lit(None, dtype=pl.Int64).alias("discount_percent_e6"),
        pl.lit("EUR").alias("currency"),
        (pl.lit(date(2026, 10, 1)) + pl.duration(days=pl.col("place") * DAYS // count))
        .cast(pl.Date)
        .alias("service_date"),
        pl.lit(None, dtype=pl.Date).alias("service_end"),
        pl.format("O-{}", order).alias("order"),
        *(text.alias(c) for c in ("delivery", "ship_to", "ship_to_country")),
        *(text.alias(c) for c in ("purchase_order", "cost_centre", "cancels", "attributes")),
        pl.col("n").hash(1).reinterpret(signed=True).alias("content_hash"),
        pl.lit(0, dtype=pl.Int32).alias("repeats"),
    )


def _coprime(a: int, b: int) -> bool:
    while b:
        a, b = b, a % b
    return a == 1
