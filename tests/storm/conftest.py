"""A storm over the database of the test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker
from tests.store.databases import Backend
from tools.storm_kills import Storm


@pytest.fixture
def storm(backend: Backend, django_db_blocker: DjangoDbBlocker) -> Iterator[Storm]:
    """What kills, interrupts and compares in clones of its own."""
    found = Storm(backend, lambda words: None, "Again: make storm")
    with django_db_blocker.unblock():
        yield found
    found.close()
