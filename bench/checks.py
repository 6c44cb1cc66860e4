"""How long all checks take: over many charges, and over one bill, warm.

    python -m bench.checks [charges] [rounds] [history]

Prints JSON: seconds for linking, screening and reviewing partition by partition, as a run does, by
the clock and as worked by all threads (which says more on a busy machine), and the median and 95th
percentile in milliseconds for one bill of five lines. With ``history``, so many earlier bills of
each customer have made figures usual, which is prepared beforehand.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import polars as pl
from bench.books import COMPANY, MONTH_END, _agreements, _charges, _customers, _items, _prices
from bench.machine import peak_mib

from cleanbill.cycle import invoice, price, tax, verify
from cleanbill.engine.history_tables import HISTORY_LINES, USUAL
from cleanbill.engine.tables import (
    AGREEMENTS,
    CHARGES,
    CUSTOMERS,
    ITEMS,
    ORIGINALS,
    PRICES,
    TIERS,
    MasterData,
    conformed,
    empty,
)
from cleanbill.formats import company_toml

LINES = 5
PARTITION = 250_000
COMPANY_FILE = company_toml.read(COMPANY.format(slug="bench", tax_method="per_group"))
SELLER, POLICY = COMPANY_FILE.seller, COMPANY_FILE.policy


def master_data(customers: int) -> MasterData:
    """Return the master data of `bench.books` as tables."""
    rows = _prices(customers)
    key = ["item", "customer", "plan", "currency", "model", "valid_from"]
    heads = rows.unique(key, keep="first", maintain_order=True).with_row_index("price_id", 1)
    tiers = rows.join(heads.select("price_id", *key), on=key, nulls_equal=True)
    placed = (pl.int_range(pl.len()).over("price_id") + 1).alias("tier")
    return MasterData(
        customers=conformed(_customers(customers), CUSTOMERS),
        items=conformed(_items(), ITEMS),
        prices=conformed(heads.with_columns(pl.lit(1).alias("version")), PRICES).select(*PRICES),
        tiers=conformed(tiers.with_columns(placed), TIERS).select(*TIERS),
        agreements=conformed(_agreements(customers).with_row_index("agreement_id", 1), AGREEMENTS),
    )


def usual_of(charges: pl.DataFrame, bills: int) -> pl.DataFrame:
    """Return what is usual after so many earlier bills with the same lines as these."""
    if not bills:
        return empty(USUAL)
    priced = charges.select(
        *("customer", "item", "currency", "unit", "quantity_e6", "line_price_e8", "net_minor"),
        pl.col("net_minor").sum().over("customer").alias("bill_net_minor"),
        pl.col("service_date").alias("day"),
    )
    back = pl.DataFrame({"back": range(1, bills + 1)})
    lines = priced.join(back, how="cross").with_columns(
        pl.col("day") - pl.duration(days=30 * pl.col("back")),
        (pl.col("customer").hash() // 64 + pl.col("back"))
        .cast(pl.Int64, wrap_numerical=True)
        .alias("bill_id"),
    )
    return verify.usual_of(conformed(lines, HISTORY_LINES))


def prepared(charges: pl.DataFrame, master: MasterData) -> pl.DataFrame:
    """Return charges as they come to the checks: identified, priced, taxed."""
    known = verify.identify(conformed(charges, CHARGES), master, SELLER, POLICY)
    return tax.determine(price.quote(known, master, POLICY), SELLER, tax.rules())


def checked(charges: pl.DataFrame, master: MasterData) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Run what verification does to prepared charges."""
    links = verify.link(charges, empty(ORIGINALS))
    return verify.screen(charges, links, master, POLICY, MONTH_END, SELLER)


def reviewed(clear: pl.DataFrame, usual: pl.DataFrame) -> Callable[[], object]:
    """Return the review of the drafts that these charges make."""
    lines = invoice.discounted(invoice.gather(clear, POLICY, MONTH_END, {}))
    taxed, groups, _ = tax.assess(lines, SELLER.tax_method, SELLER.inclusive_method)
    drafts = invoice.totals(taxed, groups, SELLER, POLICY)
    return lambda: verify.review(drafts, taxed, POLICY, SELLER, None, usual)


def many(count: int, history: int) -> dict[str, object]:
    """Time all checks over ``count`` charges."""
    customers = count // LINES
    master = master_data(customers)
    charges = _charges(0, count, customers, LINES, 1, 1, 1).rename({"id": "charge_id"})
    charges = charges.sort("customer", maintain_order=True)
    took: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    found = 0
    for start in range(0, count, PARTITION):
        ready = prepared(charges.slice(start, PARTITION), master)
        with timed(took["preparing"]):
            usual = usual_of(ready, history)
            known = replace(master, usual=pl.concat([usual, verify.usual_of_items(usual)]))
        with timed(took["screening"]):
            outcome, findings = checked(ready, known)
        found += findings.height
        review = reviewed(outcome.filter(pl.col("disposition") == "clear"), known.usual)
        with timed(took["reviewing"]):
            review()
    return {
        "charges": count,
        "history_bills": history,
        **{f"{step}_seconds": round(wall, 2) for step, (wall, _) in took.items()},
        **{f"{step}_cpu_seconds": round(worked, 2) for step, (_, worked) in took.items()},
        "findings": found,
        "peak_mib": peak_mib(),
    }


@contextmanager
def timed(sums: list[float]) -> Iterator[None]:
    """Add to two sums the seconds that passed and those that all threads have worked."""
    begun, worked = time.perf_counter(), time.process_time()
    yield
    sums[0] += time.perf_counter() - begun
    sums[1] += time.process_time() - worked


def one(rounds: int, history: int) -> dict[str, object]:
    """Time the checks of one bill."""
    master = master_data(2_000)
    charges = _charges(0, LINES, 1, LINES, 1, 1, 1).rename({"id": "charge_id"})
    ready = prepared(charges, master)
    usual = usual_of(ready, history)
    master = replace(master, usual=pl.concat([usual, verify.usual_of_items(usual)]))
    clear = checked(ready, master)[0].filter(pl.col("disposition") == "clear")
    review = reviewed(clear, usual)
    took = []
    for _ in range(rounds + 5):
        begun = time.perf_counter()
        checked(ready, master)
        review()
        took.append((time.perf_counter() - begun) * 1000)
    took = sorted(took[5:])
    return {
        "rounds": rounds,
        "median_ms": round(statistics.median(took), 1),
        "p95_ms": round(took[int(len(took) * 0.95)], 1),
    }


def main() -> None:
    """Measure and print."""
    numbers = [int(word) for word in sys.argv[1:]]
    count, rounds, history = [*numbers, *(1_000_000, 100, 0)[len(numbers) :]]
    told = {"one_bill": one(rounds, history), "many": many(count, history)}
    print(json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
