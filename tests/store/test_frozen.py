"""Rows that never change: the database itself refuses, whatever the program does."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction
from tests.actions.company import (
    END,
    MILESTONES,
    MONTH,
    OPEN_ITEMS,
    RELEASES,
    TERMS,
    Company,
    founded,
)
from tests.conftest import CopyOf
from tests.store.contents import digest, execute

from cleanbill.actions.access import Actor
from cleanbill.actions.draw_terms import draw_terms
from cleanbill.store import immutability
from cleanbill.store.immutability import FROZEN

KEYS = {
    **{"bill": "id", "charge": "id", "event": "id", "terms": "id", "terms_fact": "id"},
    "opening_item": "id",
    "charge_basis": "charge_id",
    "purchase_order": "id",
    "tax_answer": "id",
}
PARENTS = dict.fromkeys(("purchase_order_version", "purchase_order_line"), "order_id")

ORDER = "purchase_order,customer,currency,valid_from,item\nPO-1,ALPHA,EUR,2026-01-01,BOLT\n"


@pytest.fixture
def billed(copy_of: CopyOf, tmp_path: Path) -> Company:
    """The month that has been billed, with a row in each table that never changes."""

    def make() -> Actor:
        company = founded(tmp_path / "made", "acme")
        company.take("charges", MONTH)
        company.bill()
        fill(company)
        return company.actor

    return Company.with_files(tmp_path / "acme", copy_of("frozen", make))


def fill(company: Company) -> None:
    """Put rows in what the month leaves empty: terms and their facts, orders, a further tax."""
    own = company.actor.organisation_id
    execute(
        "INSERT INTO bill_coupon (bill_id, line, place, redemption_id, invoice_id, amount_minor, "
        "used_minor, organisation_id) VALUES (1, 1, 1, 1, 1, 5, 5, %s)",
        own,
    )
    execute(
        "INSERT INTO tax_answer (organisation_id, answer_hash, engine, body, answered_at) "
        "VALUES (%s, 'x', 'recorded', '{}', '2026-10-31 00:00:00+00:00')",
        own,
    )
    company.take("recurring", TERMS)
    company.take("milestones", MILESTONES)
    company.take("releases", RELEASES)
    company.take("open_items", OPEN_ITEMS)
    company.take("orders", ORDER)
    draw_terms(company.actor, through=END)
    execute(
        "INSERT INTO bill_line_tax (bill_id, line, tax_no, kind, tax_category, rate_percent_e6, "
        "tax_rule, compound, base_minor, tax_minor, organisation_id) "
        "SELECT id, 1, 2, 'added', 'S', 0, 'x', %s, 0, 0, organisation_id FROM bill",
        False,
    )


def refused(*statements: str) -> None:
    """Try one statement after the other; after each of them everything has to be as before."""
    before = digest()
    for sql in statements:
        with pytest.raises(DatabaseError, match="never change"), transaction.atomic():
            execute(sql)
        assert digest() == before, sql


def columns(table: str) -> list[str]:
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, table)
    return [column.name for column in described]


@pytest.mark.parametrize("table", FROZEN)
def test_rows_cannot_be_updated_or_deleted(billed: Company, table: str):
    key = (KEYS | PARENTS).get(table, "bill_id")
    refused(
        f"UPDATE {table} SET organisation_id = organisation_id",
        f"DELETE FROM {table}",
        f"DELETE FROM {table} WHERE {key} = (SELECT MIN({key}) FROM {table})",
        *(f'UPDATE {table} SET "{name}" = "{name}"' for name in columns(table)),
    )


@pytest.mark.parametrize("table", FROZEN)
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_rows_cannot_be_replaced(billed: Company, table: str):
    refused(
        f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
        f"REPLACE INTO {table} SELECT * FROM {table} LIMIT 1",
    )


@pytest.mark.parametrize("table", FROZEN)
@pytest.mark.slow
@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_tables_cannot_be_truncated_or_overwritten(billed: Company, table: str):
    refused(f"TRUNCATE {table}", f"TRUNCATE {table} CASCADE")
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


def test_rows_are_guarded_again_after_a_migration_that_rebuilds_tables(billed: Company):
    from django.core.management import call_command
    from django.db.migrations.operations import AlterField
    from django.db.models import CharField

    execute("DROP TRIGGER frozen_bill_update" + (" ON bill" if on_a_server() else ""))
    call_command("migrate", verbosity=0)
    assert immutability.missing(connection) == ["frozen_bill_update"]
    from django.apps import apps
    from django.db.migrations.state import ProjectState
    from django.db.models.signals import post_migrate

    state = ProjectState.from_apps(apps)
    wider = AlterField("bill", "kind", CharField(max_length=21))
    changed = state.clone()
    wider.state_forwards("store", changed)
    with connection.schema_editor() as editor:
        wider.database_forwards("store", editor, state, changed)
    store = apps.get_app_config("store")
    post_migrate.send(
        sender=store,
        app_config=store,
        verbosity=0,
        interactive=False,
        using="default",
        plan=[("a migration", False)],
        apps=apps,
    )
    assert immutability.missing(connection) == []
    refused("UPDATE bill SET kind = kind")


def on_a_server() -> bool:
    return connection.vendor != "sqlite"
