"""A real file of half a million rows: the Online Retail data set (UCI 352, CC BY 4.0)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from cleanbill.formats.tabular import builtin_profiles, load_profile, mapped, read, sniff

FILE = Path(__file__).parents[3] / "shared/data/online_retail/online_retail_541909.parquet"
needs_data = pytest.mark.skipif(
    not FILE.exists(), reason="the Online Retail data set is not at ../shared/data/online_retail"
)
MEASURED = """
import json, sys, time
from cleanbill.formats.tabular import read, sniff
layout, start = sniff(sys.argv[1]), time.monotonic()
read(sys.argv[1], layout)
spent = time.monotonic() - start
peak = int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
print(json.dumps([spent, peak // 1024]))
"""


def measured(path: Path) -> tuple[float, int]:
    command = [sys.executable, "-c", MEASURED, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    seconds, megabytes = json.loads(done.stdout)
    return seconds, megabytes


@needs_data
@pytest.mark.slow
def test_every_row_is_taken_in() -> None:
    profile = load_profile(builtin_profiles()["online-retail"])
    table = read(FILE, sniff(FILE))
    assert table.height == 541_909
    intake = mapped(table, profile)
    assert intake.counts == {"rows": 541_909, "accepted": 541_909, "rejected": 0}
    assert intake.ignored_columns == ()
    # The published control totals of the data set.
    accepted = intake.totals.filter(pl.col("part") == "accepted").row(0, named=True)
    assert (accepted["currency"], accepted["value"]) == ("GBP", "9747747.934")
    rows = intake.accepted
    assert rows["customer"].null_count() == 135_080
    assert rows["kind"].value_counts().sort("kind").rows() == [
        ("cancellation", 9_288),
        ("sale", 532_621),
    ]
    assert rows["ship_to_country"].n_unique() == 37
    assert rows.select("reference", "occurrence").is_duplicated().sum() == 0
    assert rows["order"].n_unique() == 25_900


@needs_data
@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="measures memory in /proc")
def test_reading_is_fast_and_small(tmp_path: Path) -> None:
    seconds, megabytes = measured(FILE)
    assert seconds < 2
    assert megabytes < 512
    path = tmp_path / "f.csv"
    pl.read_parquet(FILE).write_csv(path)
    seconds, megabytes = measured(path)
    assert seconds < 3
    assert megabytes < 512


@needs_data
@pytest.mark.slow
def test_csv_and_parquet_give_the_same_charges(tmp_path: Path) -> None:
    profile = load_profile(builtin_profiles()["online-retail"])
    frame = pl.read_parquet(FILE).head(20_000)
    frame.write_parquet(tmp_path / "f.parquet")
    frame.write_csv(tmp_path / "f.csv")
    paths = (tmp_path / "f.parquet", tmp_path / "f.csv")
    one, two = (mapped(read(path, sniff(path)), profile).accepted for path in paths)
    assert one.drop("row").equals(two.drop("row"))
    assert two["row"].to_list() == list(range(2, 20_002))
