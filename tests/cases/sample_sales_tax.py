"""Small rate and boundary files in the layout of the Streamlined Sales Tax Governing Board.

The states exist; counties, places, districts, streets and rates are made up, so that nobody takes
them for real ones. Nebraska: a county, two cities (one of which annexed a street in 2025), a
district. Ohio: origin sourcing. Kansas: a rate that ended.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from cleanbill.cycle.tax.regions import state_numbers
from cleanbill.engine.us_tables import US_RATES
from cleanbill.formats import streamlined

RATES = """
31,45,31,0.055,0.055,0,0,20061001,29991231
31,00,900,0.005,0.0025,0.005,0.0025,20200101,29991231
31,01,90100,0.015,0.015,0.01,0.01,20200101,20241231
31,01,90100,0.0175,0.0175,0.01,0.01,20250101,29991231
31,01,90200,0.02,0.02,0,0,20200101,29991231
31,63,00007,0.00125,0.00125,0,0,20240401,29991231
39,45,39,0.0575,0.0575,0,0,20130901,29991231
39,00,901,0.0125,0.0125,0,0,20200101,29991231
39,00,902,0.0225,0.0225,0,0,20200101,29991231
20,45,20,0.065,0.065,0.065,0.065,20150701,20221231
20,45,20,0.065,0.065,0.04,0.04,20230101,20231231
20,45,20,0.065,0.065,0.02,0.02,20240101,20241231
20,45,20,0.065,0.065,0,0,20250101,29991231
""".lstrip()


def boundary(record: str, zips: str, taxed: str, **more: str) -> str:
    """Return a row of a boundary file; ``taxed`` is state, county, place, then kind:district."""
    begin, end = more.get("days", "20200101-29991231").split("-")
    low, _, high = zips.partition("-")
    number, county, place, *districts = taxed.split()
    house = more.get("house", ",,").split(",")
    street = more.get("street", "|||").split("|")
    zip_low, _, extension_low = low.partition("+")
    zip_high, _, extension_high = (high or low).partition("+")
    address = record == "A"
    fields = [
        *(record, begin, end, *house, *street, "", "", "", "", "SAMPLE"),
        *((zip_low, extension_low, "", "", "", "") if address else ("", "")),
        *(() if address else (zip_low, extension_low, zip_high, extension_high)),
        *("", number, "45", county.strip("-"), place.strip("-"), "", "", ""),
        *(part for d in districts for part in ("ST", d.partition(":")[2], d.partition(":")[0])),
    ]
    return ",".join(fields)


BOUNDARIES = "\n".join(
    [
        boundary("Z", "68901", "31 900 90100"),
        boundary("Z", "68902-68904", "31 900 -"),
        boundary("Z", "68905", "31 900 90100"),
        boundary("Z", "68905", "31 900 90200"),
        boundary("4", "68902+1000-68902+1999", "31 900 90200 63:00007", days="20240401-29991231"),
        boundary("A", "68902+1500", "31 900 90100", house="100,198,E", street="N|OAK|ST|"),
        boundary("A", "68902+1500", "31 900 -", house="101,199,O", street="N|OAK|ST|"),
        boundary(
            "A",
            "68902+1501",
            "31 900 90100",
            house="200,299,B",
            street="|ELM|ST|",
            days="20250101-29991231",
        ),
        boundary("Z", "44901", "39 901 -"),
        boundary("Z", "44902", "39 902 -"),
        boundary("Z", "67901", "20 - -"),
        boundary("Z", "67902", "20 999 -"),
    ]
)
NAMES = """
31,45,31,Nebraska
31,00,900,Sample County
31,01,90100,Sampleton
31,63,00007,Sample Transit
""".lstrip()


def sales_tax_file(folder: Path, kind: str) -> Path:
    """Write the sample file of a kind of import; return where."""
    place = folder / f"{kind}.csv"
    text = {"us-rates": RATES, "us-boundaries": BOUNDARIES, "us-names": NAMES}[kind]
    place.write_text(text, encoding="utf-8")
    return place


@cache
def tables() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return rates with names, and boundaries, as the import keeps them."""
    with TemporaryDirectory() as folder:
        place, numbers = Path(folder), state_numbers()
        rates = streamlined.rates(sales_tax_file(place, "us-rates"), numbers)
        named = streamlined.names(sales_tax_file(place, "us-names"), numbers)
        key = ["state", "kind", "code"]
        rates = rates.drop("name").join(named, on=key, how="left", maintain_order="left")
        rates = rates.select(US_RATES.keys())
        return rates, streamlined.boundaries(sales_tax_file(place, "us-boundaries"), numbers)
