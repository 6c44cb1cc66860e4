"""One moment of the books: others go on writing, and what is read stays as it was."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connections
from tests.actions.company import Company
from tests.store.contents import execute, value

from cleanbill.store.snapshot import one_moment, whole_tables

COUNT = "SELECT COUNT(*) FROM run_step"
ONE_MORE = (
    "INSERT INTO run_step (organisation_id, run_id, kind, rows, totals, done_at) "
    "VALUES (1, 1, 'invoice', 0, '{}', '2026-01-01')"
)


def test_others_write_meanwhile_and_are_not_seen(billed: Company):
    other = connections.create_connection("default")
    try:
        with one_moment():
            before = value(COUNT)
            with other.cursor() as cursor:
                cursor.execute(ONE_MORE)
            assert value(COUNT) == before
            with whole_tables():
                assert value(COUNT) == before
        assert value(COUNT) == before + 1
    finally:
        other.close()


def test_the_moment_ends_after_an_error(billed: Company):
    with pytest.raises(DatabaseError), one_moment():
        execute("SELECT nothing FROM nowhere")
    execute(ONE_MORE)
    assert value(COUNT) == 3


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_nothing_can_be_written_in_it(billed: Company):
    with pytest.raises(DatabaseError, match="read-only"), one_moment():
        execute(ONE_MORE)
