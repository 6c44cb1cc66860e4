"""Many issuers at once on one series; `make storm` has 64 of them, with 1,000 bills each."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker
from tests.store.databases import Backend
from tools.storm_issuers import Crowd, gather

CROWDS = {"sqlite": Crowd(4, 30, 2, chunk=3), "postgresql": Crowd(8, 50, 2, chunk=5)}


@pytest.mark.slow
def test_a_crowd_leaves_no_gap_and_nobody_is_turned_away(
    backend: Backend, tmp_path: Path, django_db_blocker: DjangoDbBlocker
):
    with django_db_blocker.unblock():
        seen = gather(backend, CROWDS[backend.name], tmp_path)
    assert seen.faults == []
    assert seen.changes > 1
