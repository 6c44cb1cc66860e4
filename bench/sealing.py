"""Measure what sealing costs per customer: cold, changed and warm; `python -m bench.sealing`.

Cold: nobody has a key. Changed: every block has to be sealed again. Warm: nothing has changed, as
in every run but the first. On a fresh SQLite database in a temporary folder.
"""

from __future__ import annotations

import os
import tempfile
import time

import polars as pl


def customers(count: int, street: str) -> pl.DataFrame:
    """Return made-up customers in the columns of CUSTOMERS."""
    from cleanbill.engine.tables import CUSTOMERS, conformed

    place = pl.int_range(count, eager=True).cast(pl.String)
    named = pl.DataFrame({"customer": "K-" + place.str.zfill(7), "name": "Kundin Nummer " + place})
    told = {"street": f"{street} 12", "city": "Hamburg", "postcode": "20457", "country": "DE"}
    more = {**told, "email": "billing@customer.example", "kind": "consumer"}
    return conformed(named.with_columns(pl.lit(v).alias(c) for c, v in more.items()), CUSTOMERS)


def measured(organisation_id: int, rows: pl.DataFrame) -> str:
    """Seal the customers; return how long one took, in microseconds."""
    from cleanbill.actions.seal_parties import sealed_customers

    begun = time.perf_counter()
    sealed = sealed_customers(organisation_id, rows)
    taken = time.perf_counter() - begun
    assert sealed["sealed"].null_count() == 0
    return f"{taken / rows.height * 1e6:6.1f} µs"


def main() -> None:
    """Print a row per number of customers."""
    with tempfile.TemporaryDirectory() as folder:
        default = f"sqlite:///{folder}/bench.sqlite3"
        os.environ["CLEANBILL_DATABASE_URL"] = os.environ.get("BENCH_DATABASE_URL", default)
        os.environ["CLEANBILL_KEY_FILE"] = f"{folder}/cleanbill.key"
        from cleanbill.store.connect import open_store

        open_store(migrate=True)
        from cleanbill.store.models import Organisation

        print("customers      cold   changed      warm   (per customer)")
        for count in (5_000, 100_000):
            own = Organisation.objects.create(name="bench", slug=f"bench-{count}").pk
            rows, moved = customers(count, "Hafenweg"), customers(count, "Neuer Weg")
            figures = [measured(own, each) for each in (rows, moved, moved)]
            print(f"{count:9,} {' '.join(figures)}")


if __name__ == "__main__":
    main()
