"""Laws of runs and of the trail: what was issued, by which step, by whom, when and why."""

from __future__ import annotations

from cleanbill.store.laws.law import Law
from cleanbill.store.models import Run

_STATES = ", ".join(f"'{state}'" for state in Run.State.values)
_RANGE = (
    "FROM run_step s LEFT JOIN bill f ON f.organisation_id = s.organisation_id "
    "AND f.number = s.first_number AND f.run_id = s.run_id "
    "LEFT JOIN bill e ON e.organisation_id = s.organisation_id AND e.number = s.last_number "
    "AND e.run_id = s.run_id AND e.series_id = f.series_id"
)
"""Steps ``s`` with the first and the last bill that they name."""

RUNS: tuple[Law, ...] = (
    Law(
        "STEPS",
        "What the steps of a run say they issued is what was issued.",
        "SELECT 'run ' || r.id FROM run r LEFT JOIN (SELECT run_id, SUM(rows) n FROM run_step "
        "WHERE organisation_id = %s GROUP BY run_id) s ON s.run_id = r.id LEFT JOIN "
        "(SELECT run_id, COUNT(*) n FROM bill WHERE organisation_id = %s GROUP BY run_id) b "
        "ON b.run_id = r.id WHERE r.organisation_id = %s AND COALESCE(s.n, 0) <> COALESCE(b.n, 0)",
    ),
    Law(
        "STEP-RANGE",
        "The numbers of a step run from its first to its last bill without a gap, all of its run.",
        "SELECT 'run ' || s.run_id || ' step ' || s.id || ': ' || COALESCE(s.first_number, '') || '..' "
        f"|| COALESCE(s.last_number, '') {_RANGE} WHERE s.organisation_id = %s "
        "AND s.first_number IS NOT NULL AND (f.id IS NULL OR e.id IS NULL OR s.kind <> f.kind "
        "OR e.sequence - f.sequence + 1 <> s.rows OR s.rows <> (SELECT COUNT(*) FROM bill b "
        "WHERE b.organisation_id = s.organisation_id AND b.series_id = f.series_id "
        "AND b.sequence BETWEEN f.sequence AND e.sequence AND b.run_id = s.run_id))",
    ),
    Law(
        "STEP-ONCE",
        "No number belongs to two steps.",
        "SELECT 'step ' || id || ': ' || first_number FROM (SELECT s.id, s.first_number, f.sequence, "
        "LAG(e.sequence) OVER (PARTITION BY f.series_id ORDER BY f.sequence, s.id) AS before "
        f"{_RANGE} WHERE s.organisation_id = %s AND f.id IS NOT NULL) x WHERE sequence <= before",
    ),
    Law(
        "RUN-STATE",
        "A run is in a known state; one that is done knows when it ended.",
        "SELECT 'run ' || id FROM run WHERE organisation_id = %s "
        f"AND (state NOT IN ({_STATES}) OR (state = 'done' AND finished_at IS NULL))",
    ),
    Law(
        "SECOND-PERSON",
        "Nobody approves a run that they have prepared, nor reviews its drafts; what is approved "
        "or reviewed says by whom.",
        "SELECT 'run ' || id FROM run WHERE organisation_id = %s AND (approved_by = actor "
        "OR (approved_by IS NULL) <> (approved_at IS NULL)) "
        "UNION ALL SELECT 'run ' || i.run_id || ' draft ' || i.place FROM review_item i "
        "LEFT JOIN run r ON r.id = i.run_id AND r.organisation_id = i.organisation_id "
        "WHERE i.organisation_id = %s AND (r.id IS NULL OR i.reviewer = r.actor "
        "OR (i.state = 'open') <> (i.reviewer IS NULL))",
    ),
    Law(
        "ACTOR",
        "Every event has an actor, an action and what it was about.",
        "SELECT 'event ' || id FROM event WHERE organisation_id = %s "
        "AND (TRIM(actor) = '' OR TRIM(action) = '' OR TRIM(subject) = '')",
    ),
    Law(
        "ACTOR",
        "Every run has an actor.",
        "SELECT 'run ' || id FROM run WHERE organisation_id = %s AND TRIM(actor) = ''",
    ),
    Law(
        "ACTOR",
        "Every import has an actor.",
        "SELECT 'source file ' || id FROM source_file WHERE organisation_id = %s AND TRIM(actor) = ''",
    ),
    Law(
        "CAUSE",
        "What issues, credits, changes or imports says why.",
        "SELECT 'event ' || id FROM event WHERE organisation_id = %s AND TRIM(cause) = '' "
        "AND (action IN ('bills.issued', 'bill.credited') OR action LIKE '%%.imported' "
        "OR action LIKE '%%.changed')",
    ),
    Law(
        "EVENT-ISSUED",
        "Every step that issued bills has its event.",
        "SELECT 'run ' || s.run_id || ' step ' || s.id || ': ' || s.first_number FROM run_step s "
        "LEFT JOIN event e ON e.organisation_id = s.organisation_id AND e.action = 'bills.issued' "
        "AND e.subject = s.first_number || '..' || s.last_number "
        "AND e.cause = 'run ' || s.run_id WHERE s.organisation_id = %s "
        "AND s.first_number IS NOT NULL AND e.id IS NULL",
    ),
    Law(
        "RUN",
        "A bill was issued by a run of its organisation, or by hand.",
        "SELECT 'bill ' || b.number FROM bill b LEFT JOIN run r ON r.id = b.run_id WHERE "
        "b.organisation_id = %s AND b.run_id IS NOT NULL AND (r.id IS NULL "
        "OR r.organisation_id <> b.organisation_id OR r.seller_id <> b.seller_id)",
    ),
)


def event_laws(vendor: str) -> tuple[Law, ...]:
    """Return the laws that look into what an event says, in a database's own JSON words."""
    number = "after ->> 'credit_note'"
    if vendor == "sqlite":
        number = "CASE WHEN json_valid(after) THEN json_extract(after, '$.credit_note') END"
    return (
        Law(
            "EVENT-CREDITED",
            "Every bill that no run issued has the event that credited another.",
            "SELECT 'bill ' || b.number FROM bill b LEFT JOIN (SELECT DISTINCT "
            f"{number} AS number FROM event WHERE organisation_id = %s "
            "AND action = 'bill.credited') e ON e.number = b.number "
            "WHERE b.organisation_id = %s AND b.run_id IS NULL AND e.number IS NULL",
        ),
    )
