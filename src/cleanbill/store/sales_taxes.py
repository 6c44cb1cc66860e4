"""American sales tax rates and boundaries in the database: state by state, one version in force.

A file that comes in replaces what was loaded of its states; the rows of earlier files stay.
"""

from __future__ import annotations

import json

import polars as pl

from cleanbill.engine.tables import empty
from cleanbill.engine.us_tables import US_BOUNDARIES, US_RATES
from cleanbill.store.bulk import read, texts_in, write
from cleanbill.store.models import UsTaxBoundary, UsTaxName, UsTaxRate

TABLES = {
    "us-rates": (UsTaxRate, "us_tax_rate"),
    "us-boundaries": (UsTaxBoundary, "us_tax_boundary"),
}
_NAMED = ("state", "kind", "code")


def replace_version(organisation_id: int, kind: str, source_file: int, rows: pl.DataFrame) -> int:
    """Put the rows of a file in force and those of its states before it out of force.

    Returns how many there were before. Must run in the caller's transaction.
    """
    model, table = TABLES[kind]
    states = rows["state"].unique().sort().to_list()
    before = model.objects.filter(organisation_id=organisation_id, state__in=states, current=True)
    replaced = int(before.update(current=False))
    write(
        table,
        rows.drop("name", strict=False).with_columns(
            pl.lit(organisation_id, dtype=pl.Int64).alias("organisation_id"),
            pl.lit(source_file, dtype=pl.Int64).alias("source_file"),
            pl.lit(True).alias("current"),
        ),
    )
    return replaced


def name_jurisdictions(organisation_id: int, rows: pl.DataFrame) -> int:
    """Keep the names of jurisdictions; returns how many had one before."""
    known = UsTaxName.objects.filter(organisation_id=organisation_id)
    before = {row[:3]: row[3] for row in known.values_list(*_NAMED, "id")}
    again = [before[key] for key in rows.select(_NAMED).iter_rows() if key in before]
    known.filter(id__in=again).delete()
    owned = pl.lit(organisation_id, dtype=pl.Int64).alias("organisation_id")
    write("us_tax_name", rows.select(*_NAMED, "name").with_columns(owned))
    return len(again)


def us_sales_taxes(
    organisation_id: int, postcode: str, parties: pl.Series | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rates in force, and the boundaries of the ZIP codes of customers and seller.

    ``parties`` are the only customers that count, where they are given.
    """
    rates = _rates(organisation_id, "AND t.current ")
    if rates.is_empty():
        return rates, empty(US_BOUNDARIES)
    only, given = "", []
    if parties is not None:
        only = f"AND {texts_in('k.customer')} "
        given = [json.dumps(parties.drop_nulls().unique().sort().to_list())]
    boundaries = read(
        f"SELECT {_columns({c: f't.{c}' for c in US_BOUNDARIES})} FROM us_tax_boundary t "
        "WHERE t.organisation_id = %s AND t.current AND t.zip IN "
        "(SELECT SUBSTR(TRIM(k.postcode), 1, 5) FROM customer k WHERE k.organisation_id = %s "
        f"AND k.country = 'US' {only}UNION SELECT %s) ORDER BY t.id",
        [organisation_id, organisation_id, *given, postcode[:5]],
        US_BOUNDARIES,
    )
    return rates, boundaries


def every_us_rate(organisation_id: int) -> pl.DataFrame:
    """Return the rates of every file that was ever loaded."""
    return _rates(organisation_id, "")


def _rates(organisation_id: int, only: str) -> pl.DataFrame:
    named = {c: "n.name" if c == "name" else f"t.{c}" for c in US_RATES}
    return read(
        f"SELECT {_columns(named)} FROM us_tax_rate t LEFT JOIN us_tax_name n "
        "ON n.organisation_id = t.organisation_id AND n.state = t.state AND n.kind = t.kind "
        f"AND n.code = t.code WHERE t.organisation_id = %s {only}ORDER BY t.id",
        [organisation_id],
        US_RATES,
    )


def _columns(names: dict[str, str]) -> str:
    """Return columns for a SELECT; dates as text, which both databases give fast."""
    dates = ("valid_from", "valid_to")
    return ", ".join(f"{name} || ''" if c in dates else name for c, name in names.items())
