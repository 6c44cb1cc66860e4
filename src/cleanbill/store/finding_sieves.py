"""Which findings are meant, in SQL: a customer's, a colleague's, old ones, those put off."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection

from cleanbill.nouns.decision import Decision
from cleanbill.store.decisions import last_decision_id

Clause = tuple[str, list[Any]]
_NOT_TAKEN_BACK = (
    "d.id NOT IN (SELECT w.of_id FROM finding_decision w WHERE w.organisation_id = %s "
    f"AND w.kind = '{Decision.WITHDRAW.value}' AND w.of_id IS NOT NULL)"
)
_KIND_DAY = (
    f"((d.kind = '{Decision.WAIVE.value}' AND d.day >= %s) "
    f"OR (d.kind = '{Decision.DEFER.value}' AND d.day > %s))"
)


def clauses_of(
    organisation_id: int, customer: str | None, assignee: str | None, opened_before: date | None
) -> Clause:
    """Return SQL on a finding ``f``, each clause behind an AND, with its values."""
    clauses: list[Clause] = []
    if customer:
        clauses.append(_of_customer(organisation_id, customer))
    if assignee:
        clauses.append(_asked(organisation_id, assignee))
    if opened_before:
        clauses.append(_older(organisation_id, opened_before))
    text = "".join(f" AND {clause}" for clause, _ in clauses)
    return text, [value for _, values in clauses for value in values]


def put_off(organisation_id: int, day: date) -> dict[tuple[str, str, str | None], dict[int, int]]:
    """Return by code, severity and currency the open findings that are out of sight on a day.

    A waiver or a deferral meets them that holds, or they were dismissed. Each with what is at
    stake. Without any decision this costs one look at the counter.
    """
    if not last_decision_id():
        return {}
    own, on = organisation_id, day.isoformat()
    holds = f"d.organisation_id = %s AND {_KIND_DAY} AND {_NOT_TAKEN_BACK}"
    values = [own, on, on, own]
    # A decision comes first, then its findings by an index: CROSS JOIN keeps SQLite to that.
    meets = (
        "SELECT g.id, g.code, g.severity, g.currency, g.at_stake_minor FROM finding_decision d "
        "CROSS JOIN finding g WHERE g.organisation_id = d.organisation_id AND g.code = d.code "
        "AND g.closed_run_id IS NULL"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"{meets} AND g.charge_id = d.charge_id AND g.subject_kind = 'charge' "
            f"AND d.scope = 'row' AND d.subject_kind = 'charge' AND {holds} "
            f"UNION {meets} AND g.subject_kind = d.subject_kind AND g.subject = d.subject "
            f"AND d.scope = 'row' AND d.subject_kind <> 'charge' AND {holds} "
            f"UNION {meets} AND d.scope = 'customer' AND d.customer = {_whose()} AND {holds} "
            f"UNION {meets} AND g.id = d.finding_id AND d.kind = '{Decision.DISMISS.value}' "
            f"AND d.organisation_id = %s AND {_NOT_TAKEN_BACK}",
            [*values * 3, own, own],
        )
        found: dict[tuple[str, str, str | None], dict[int, int]] = {}
        for number, code, severity, currency, stake in cursor.fetchall():
            found.setdefault((code, severity, currency), {})[int(number)] = int(stake)
    return found


def _named_in_facts(table: str) -> str:
    if connection.vendor == "sqlite":
        return f"json_extract({table}.parameters, '$.customer')"
    return f"({table}.parameters::json ->> 'customer')"


def _whose() -> str:
    """The customer of a finding ``g``: as its facts say, else its subject, else its charge's."""
    return (
        f"COALESCE({_named_in_facts('g')}, CASE WHEN g.subject_kind = 'customer' THEN g.subject "
        "ELSE (SELECT c.customer FROM charge c WHERE c.organisation_id = g.organisation_id "
        "AND c.id = g.charge_id AND g.subject_kind IN ('charge', 'draft')) END)"
    )


def _of_customer(own: int, who: str) -> Clause:
    return (
        "((f.subject_kind IN ('charge', 'draft') AND f.charge_id IN ("
        "SELECT c.id FROM charge c WHERE c.organisation_id = %s AND c.customer = %s)) "
        "OR (f.subject_kind = 'customer' AND f.subject = %s) "
        f"OR (f.subject_kind NOT IN ('charge', 'customer') AND {_named_in_facts('f')} = %s))",
        [own, who, who, who],
    )


def _asked(own: int, who: str) -> Clause:
    """Those about which this colleague was asked last."""
    return (
        "f.id IN (SELECT a.finding_id FROM finding_decision a WHERE a.organisation_id = %s "
        "AND a.assignee = %s AND a.id IN (SELECT MAX(d.id) FROM finding_decision d "
        f"WHERE d.organisation_id = %s AND d.kind = '{Decision.ASSIGN.value}' "
        f"AND {_NOT_TAKEN_BACK} GROUP BY d.finding_id))",
        [own, who, own, own],
    )


def _older(own: int, day: date) -> Clause:
    return (
        "(f.opened_run_id IN (SELECT r.id FROM run r WHERE r.organisation_id = %s "
        "AND r.started_at < %s) OR (f.opened_run_id IS NULL AND f.charge_id IN ("
        "SELECT c.id FROM charge c JOIN source_file s ON s.id = c.source_file "
        "AND s.organisation_id = c.organisation_id "
        "WHERE c.organisation_id = %s AND s.imported_at < %s)))",
        [own, day.isoformat(), own, day.isoformat()],
    )
