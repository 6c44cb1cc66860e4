"""Rows that never change: the database itself refuses, whatever the program does."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction
from tests.actions.company import Company
from tests.store.contents import digest, execute

from cleanbill.store import immutability
from cleanbill.store.immutability import FROZEN

KEYS = {"bill": "id", "charge": "id", "event": "id"}


def refused(sql: str, *parameters) -> None:
    before = digest()
    with pytest.raises(DatabaseError, match="never change"), transaction.atomic():
        execute(sql, *parameters)
    assert digest() == before


def columns(table: str) -> list[str]:
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, table)
    return [column.name for column in described]


@pytest.mark.parametrize("table", FROZEN)
def test_rows_cannot_be_updated_or_deleted(billed: Company, table: str):
    refused(f"UPDATE {table} SET organisation_id = organisation_id")
    refused(f"DELETE FROM {table}")
    key = KEYS.get(table, "bill_id")
    refused(f"DELETE FROM {table} WHERE {key} = (SELECT MIN({key}) FROM {table})")
    for name in columns(table):
        refused(f'UPDATE {table} SET "{name}" = "{name}"')


@pytest.mark.parametrize("table", FROZEN)
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_rows_cannot_be_replaced(billed: Company, table: str):
    refused(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")
    refused(f"REPLACE INTO {table} SELECT * FROM {table} LIMIT 1")


@pytest.mark.parametrize("table", FROZEN)
@pytest.mark.slow
@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_tables_cannot_be_truncated_or_overwritten(billed: Company, table: str):
    refused(f"TRUNCATE {table}")
    refused(f"TRUNCATE {table} CASCADE")
    key = KEYS.get(table, "bill_id")
    if table in KEYS or table == "document":
        refused(
            f"INSERT INTO {table} SELECT * FROM {table} ON CONFLICT ({key}) "
            "DO UPDATE SET organisation_id = 1"
        )


@pytest.mark.parametrize("table", FROZEN)
def test_rows_cannot_be_replaced_through_the_models(billed: Company, table: str):
    from django.apps import apps

    model = next(m for m in apps.get_app_config("store").get_models() if m._meta.db_table == table)
    with pytest.raises(DatabaseError, match="never change"), transaction.atomic():
        model.objects.update(organisation_id=1)
    if table in (*KEYS, "document"):
        with pytest.raises(DatabaseError, match="never change"), transaction.atomic():
            model.objects.first().save()


def test_installing_again_is_harmless(billed: Company):
    before = digest()
    immutability.install(connection)
    assert immutability.missing(connection) == []
    assert digest() == before


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_trigger_that_does_nothing_counts_as_missing(billed: Company):
    execute("DROP TRIGGER frozen_bill_update")
    execute("CREATE TRIGGER frozen_bill_update BEFORE UPDATE ON bill BEGIN SELECT 1; END")
    assert immutability.missing(connection) == ["frozen_bill_update"]


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
@pytest.mark.parametrize("how", ["DISABLE", "ENABLE REPLICA"])
def test_a_trigger_that_is_off_counts_as_missing(billed: Company, how: str):
    execute(f"ALTER TABLE bill {how} TRIGGER frozen_bill_update")
    assert immutability.missing(connection) == ["frozen_bill_update"]


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_a_function_that_does_nothing_counts_as_missing(billed: Company):
    execute(
        "CREATE OR REPLACE FUNCTION frozen_row() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RETURN NEW; END $$"
    )
    assert "frozen_bill_update" in immutability.missing(connection)
