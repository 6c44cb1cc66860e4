"""A spool gives back every row, partition by partition, from memory as from disk."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanbill.store import spool as spooling
from cleanbill.store.spool import Spool

SCHEMA = {"customer": pl.String, "n": pl.Int64}
NAMES = [None, "", "A", "B", "a", "Ä", "ä", "Z", "漢", "🧾", "AA", "B2"]
ROWS = st.lists(st.lists(st.sampled_from(NAMES), max_size=40), max_size=6)


def frames(rows: list[list[str | None]]) -> list[pl.DataFrame]:
    counted, made = 0, []
    for part in rows:
        numbers = range(counted, counted + len(part))
        made.append(pl.DataFrame({"customer": part, "n": numbers}, schema=SCHEMA))
        counted += len(part)
    return made


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spooling, "BATCH", 20)
    monkeypatch.setattr(spooling, "BLOCK", 3)


@settings(deadline=None)
@given(rows=ROWS, keep=st.sampled_from([0, 5, 1000]), size=st.integers(1, 30))
def test_every_row_comes_back_once_with_all_others_of_its_customer(rows, keep: int, size: int):
    whole = Spool(SCHEMA, keep)
    for frame in frames(rows):
        whole.add(frame)
    parts = list(whole.parts(whole.bounds(size)))
    whole.close()
    assert whole.rows == sum(part.height for part in parts) == sum(map(len, rows))
    given = sorted((n, name) for frame in frames(rows) for name, n in frame.iter_rows())
    assert sorted((n, name) for part in parts for name, n in part.iter_rows()) == given
    homes: dict[str | None, set[int]] = {}
    for place, part in enumerate(parts):
        for name in part["customer"].unique():
            homes.setdefault(name, set()).add(place)
    assert all(len(places) == 1 for places in homes.values())
    order = sorted(homes, key=lambda n: (n is None, (n or "").encode()))
    visited = [min(homes[name]) for name in order]
    assert visited == sorted(visited)


@pytest.mark.parametrize("keep", [0, 1000])
def test_partitions_are_about_as_large_as_wanted(keep: int):
    whole = Spool(SCHEMA, keep)
    names = [f"C{n % 50:03}" for n in range(1000)]
    whole.add(pl.DataFrame({"customer": names, "n": range(1000)}, schema=SCHEMA))
    sizes = [part.height for part in whole.parts(whole.bounds(100))]
    assert sum(sizes) == 1000
    assert len(sizes) == 10
    assert max(sizes) <= 120


def test_an_empty_spool_has_one_empty_part():
    whole = Spool(SCHEMA, 10)
    assert [part.height for part in whole.parts(whole.bounds(5))] == [0]
    assert whole.everything().schema == SCHEMA


def test_what_lies_on_disk_is_not_given_whole():
    whole = Spool(SCHEMA, 1)
    whole.add(pl.DataFrame({"customer": ["A", "B"], "n": [1, 2]}, schema=SCHEMA))
    with pytest.raises(ValueError, match="partition by partition"):
        whole.everything()
    whole.close()


def test_the_file_has_no_name(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(spooling.tempfile, "tempdir", str(tmp_path))
    whole = Spool(SCHEMA, 0)
    whole.add(pl.DataFrame({"customer": ["A"], "n": [1]}, schema=SCHEMA))
    assert list(tmp_path.iterdir()) == []
    assert whole.part(None, None).rows() == [("A", 1)]
    whole.close()
