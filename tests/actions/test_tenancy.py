"""Every action beside a twin with equal references, and every statement with its organisation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

import pytest
from django.db import connection
from tests.actions.company import (
    MASTER,
    MILESTONES,
    MONTH,
    OLD_BILLS,
    RELEASES,
    TERMS,
    Company,
    founded,
)
from tests.actions.test_access import every_action
from tests.conftest import CopyOf
from tests.store.contents import digest, value

from cleanbill.actions import look_up
from cleanbill.actions.access import ACTIONS

SCOPED_BY_KEY = {
    r'FROM "series" WHERE \(?("series"."kind" = \S+ AND )?"series"."seller_id" = \d+': (
        "the series of a seller that was found by its organisation"
    ),
    r"UPDATE series SET .* WHERE id = \d+": (
        "a series that came with the seller; the statement every issuer queues on"
    ),
    r'(FROM|UPDATE) "(run|legal_hold)" .*WHERE \(?"\w+"."id" = \d+': (
        "Django reads and saves again what was found by its organisation and key or party"
    ),
    r'FROM "seller" WHERE "seller"."id" = \d+': "the seller that a bill of the organisation names",
    r"WHERE x.organisation_id NOT IN \(SELECT id FROM organisation\)": (
        "the audit looks for rows that belong to nobody, so to no other organisation either"
    ),
    r"SELECT key_id FROM party_key LIMIT 1": (
        "which master key the database hangs from: one for all, and no secret"
    ),
}
"""Statements without an organisation, and why that is right: a key was looked up with it before."""


def made_twins(folder: Path) -> tuple[Company, Company]:
    """Set both companies up, with a month that has been billed."""
    companies = founded(folder / "acme", "acme"), founded(folder / "twin", "twin")
    for company in companies:
        company.take("charges", MONTH)
        company.take("recurring", TERMS)
        company.take("milestones", MILESTONES)
        company.take("releases", RELEASES)
        company.bill()
    return companies


def made_busy(folder: Path) -> tuple[Company, Company]:
    """Set both up and let the second one work on."""
    other, own = made_twins(folder)
    own.take("charges", MONTH.replace("100,,", "101,,").replace("S-0", "T-0"))
    own.take("recurring", TERMS.replace("BOLT,8", "BOLT,9").replace("SUB-1,ALPHA", "SUB-3,BETA"))
    own.take("milestones", MILESTONES.replace("PRJ-1", "PRJ-2"))
    own.take("releases", RELEASES.replace("10-20", "10-21"))
    return other, own


def with_files(folder: Path, companies: tuple[Company, Company]) -> tuple[Company, Company]:
    other, own = companies
    return (
        Company.with_files(folder / "acme", other.actor),
        Company.with_files(folder / "twin", own.actor),
    )


@pytest.fixture
def twins(copy_of: CopyOf, tmp_path: Path) -> tuple[Company, Company]:
    """Two companies with the same customers, items, charges, numbers; the second one works."""
    return with_files(tmp_path, copy_of("twins", lambda: made_twins(tmp_path / "made")))


@pytest.fixture
def busy(copy_of: CopyOf, tmp_path: Path) -> tuple[Company, Company]:
    """The twins, when the second one has taken in more than it has billed."""
    return with_files(tmp_path, copy_of("busy", lambda: made_busy(tmp_path / "made")))


@pytest.mark.parametrize("name", sorted(ACTIONS))
def test_no_action_touches_a_twin(busy: tuple[Company, Company], name: str):
    other, own = busy
    kept = other.actor.organisation_id
    row = f"SELECT name || slug || policy FROM organisation WHERE id = {kept}"
    own.write("customers.csv", MASTER["customers"].replace("Alpha AG", "Renamed AG"))
    own.write("prices.csv", MASTER["prices"].replace("1.33", "2.33"))
    own.write("charges.csv", MONTH.replace("S-1", "U-1"))
    calls = every_action(own.actor, own.folder, "INV-000001")
    if name == "hold_party.release_party":
        calls["hold_party.hold_party"]()
    before = digest(organisation=kept), value(row)
    # Nothing is under way that could be paused or go on; asking must not reach the twin either.
    steered = name in ("steer_run.pause_run", "steer_run.requeue_run")
    with suppress(ValueError) if steered else nullcontext():
        calls[name]()
    assert (digest(organisation=kept), value(row)) == before


def test_look_ups_by_number_give_the_own_bill(twins: tuple[Company, Company]):
    for company in twins:
        slug = {1: "acme", 2: "twin"}[company.actor.organisation_id]
        for number in company.records():
            assert company.document(number)["seller"]["key"] == slug
            assert f'"{slug}"' in look_up.record(company.actor, number)


@contextmanager
def listening() -> Iterator[list[str]]:
    """Collect every statement that SQLite runs, with its values, also those run in bulk."""
    said: list[str] = []
    connection.ensure_connection()
    connection.connection.set_trace_callback(said.append)
    try:
        yield said
    finally:
        connection.connection.set_trace_callback(None)


def owned_tables() -> set[str]:
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            columns = connection.introspection.get_table_description(cursor, table)
            if "organisation_id" in {column.name for column in columns}:
                found.add(table)
    return found


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_every_statement_is_scoped(twins: tuple[Company, Company]):
    """PostgreSQL gets the same statements, but for the few that `store` writes for it alone."""
    other, own = twins
    mine, twin = own.actor.organisation_id, other.actor.organisation_id
    tables = owned_tables()
    assert len(tables) > 15
    own.take("charges", MONTH.replace("100,,", "101,,").replace("S-0", "T-0"))
    own.write("old.csv", OLD_BILLS)
    own.write("charges.csv", MONTH.replace("S-04,BETA,BOLT,,7", "S-04,BETA,BOLT,,8"))
    own.write("customers.csv", MASTER["customers"].replace("Alpha AG", "Renamed AG"))
    with listening() as said:
        for name, call in every_action(own.actor, own.folder, "INV-000002").items():
            said.append(f"-- {name}")
            call()
        own.bill(chunk=2)
    assert len(said) > 300
    used, wrong = set(), []
    for statement in said:
        touched = set(re.findall(r'(?:FROM|JOIN|INTO|UPDATE)\s+"?(\w+)"?', statement)) & tables
        if statement.startswith("--") or not touched:
            continue
        where = statement.partition("WHERE")[2]
        asked = {int(n) for n in re.findall(r'organisation_id"?\)? = (\d+)', where)}
        assert twin not in asked, statement
        if mine in asked or re.match(r"INSERT INTO[^(]*\([^)]*organisation_id", statement):
            continue
        reason = next((k for k in SCOPED_BY_KEY if re.search(k, statement)), None)
        if reason:
            used.add(reason)
        else:
            wrong.append(statement[:400])
    assert sorted(set(wrong)) == []
    assert used == set(SCOPED_BY_KEY), "no statement needs this exception any more"
