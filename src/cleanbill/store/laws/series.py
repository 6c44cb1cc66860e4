"""Laws of series: numbers without gaps, in the order of time."""

from __future__ import annotations

from cleanbill.cycle.invoice.issue import DIGITS
from cleanbill.store.laws.law import Law

_TEXT = "CAST(b.sequence AS VARCHAR(20))"
_PADDED = (
    f"CASE WHEN LENGTH({_TEXT}) >= {DIGITS} THEN {_TEXT} "
    f"ELSE SUBSTR('{'0' * DIGITS}' || {_TEXT}, LENGTH({_TEXT}) + 1) END"
)
"""The sequence of a bill ``b`` with leading zeros, in SQL that both databases read alike."""

SERIES: tuple[Law, ...] = (
    Law(
        "GAPLESS",
        "The numbers of a series run from its first without gap or double.",
        "SELECT 'series ' || s.prefix || ': next is ' || s.next_sequence || ', highest ' || "
        "COALESCE(MAX(b.sequence), 0) || ', count ' || COUNT(b.id) FROM series s "
        "LEFT JOIN bill b ON b.series_id = s.id WHERE s.organisation_id = %s "
        "GROUP BY s.id, s.prefix, s.first_sequence, s.next_sequence "
        "HAVING COUNT(b.id) <> COALESCE(MAX(b.sequence) - s.first_sequence + 1, 0) "
        "OR s.next_sequence <> COUNT(b.id) + s.first_sequence",
    ),
    Law(
        "NUMBER",
        "A number is its series' prefix and its sequence.",
        "SELECT 'bill ' || b.number || ': is the ' || b.sequence || '. of ' || s.prefix FROM bill b "
        "JOIN series s ON s.id = b.series_id WHERE b.organisation_id = %s "
        f"AND b.number <> s.prefix || {_PADDED}",
    ),
    Law(
        "GAP",
        "No sequence of a series is missing or there twice.",
        "SELECT 'bill ' || number || ': comes after ' || before FROM (SELECT b.number, b.sequence, "
        "COALESCE(LAG(b.sequence) OVER (PARTITION BY b.series_id ORDER BY b.sequence), "
        "s.first_sequence - 1, 0) AS before FROM bill b LEFT JOIN series s ON s.id = b.series_id "
        "WHERE b.organisation_id = %s) x WHERE sequence <> before + 1",
    ),
    Law(
        "SERIES",
        "A bill stands in a series of its organisation, its seller and its kind.",
        "SELECT 'bill ' || b.number FROM bill b LEFT JOIN series s ON s.id = b.series_id "
        "WHERE b.organisation_id = %s AND (s.id IS NULL OR s.organisation_id <> b.organisation_id "
        "OR s.seller_id <> b.seller_id OR s.kind <> b.kind)",
    ),
    Law(
        "DATES",
        "The issue dates of a series never go back.",
        "SELECT 'bill ' || number FROM (SELECT number, issue_date, LAG(issue_date) OVER "
        "(PARTITION BY series_id ORDER BY sequence) AS before FROM bill WHERE organisation_id = %s) b "
        "WHERE b.issue_date < b.before",
    ),
    Law(
        "LAST-DATE",
        "A series knows the date of its last bill.",
        "SELECT 'series ' || s.prefix FROM series s LEFT JOIN (SELECT series_id, MAX(issue_date) last FROM bill "
        "WHERE organisation_id = %s GROUP BY series_id) b ON b.series_id = s.id WHERE s.organisation_id = %s "
        "AND ((s.last_issue_date IS NULL) <> (b.last IS NULL) OR s.last_issue_date <> b.last)",
    ),
)
