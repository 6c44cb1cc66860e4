"""Laws of charges: each is billed once, released rightly, and never lost."""

from __future__ import annotations

from cleanbill.nouns.drawn import DRAWN
from cleanbill.store.laws.law import Law, bill_named

_CREDITED = (
    "COALESCE((SELECT SUM(r.quantity_e6) FROM bill_line r WHERE r.credits_bill_id = o.bill_id "
    "AND r.credits_line = o.line), 0)"
)

_DRAWN = ", ".join(f"'{kind}'" for kind in DRAWN)

CHARGES: tuple[Law, ...] = (
    Law(
        "CHARGE-ONCE",
        "Each billed line belongs to one charge link, and the other way round.",
        f"SELECT {bill_named('n.bill_id')} || ' line ' || n.line FROM bill_line n LEFT JOIN charge_link l "
        "ON l.charge_id = n.charge_id AND l.bill_id = n.bill_id AND l.line = n.line AND l.kind = 'billed' "
        "WHERE n.organisation_id = %s AND n.charge_id IS NOT NULL AND l.charge_id IS NULL",
    ),
    Law(
        "LINK-LINE",
        "Each billed charge link points to a line that bills the charge.",
        "SELECT 'charge ' || l.charge_id FROM charge_link l LEFT JOIN bill_line n "
        "ON n.bill_id = l.bill_id AND n.line = l.line "
        "WHERE l.organisation_id = %s AND l.kind = 'billed' AND (n.bill_id IS NULL "
        "OR n.charge_id IS NULL OR n.charge_id <> l.charge_id)",
    ),
    Law(
        "RELEASED",
        "A charge is released from its bill only when that line has been credited completely.",
        "SELECT 'charge ' || l.charge_id FROM charge_link l JOIN bill_line n ON n.bill_id = l.bill_id "
        "AND n.line = l.line JOIN bill_line o ON o.bill_id = COALESCE(n.credits_bill_id, n.bill_id) "
        "AND o.line = COALESCE(n.credits_line, n.line) WHERE l.organisation_id = %s AND NOT l.live "
        f"AND l.kind = 'billed' AND ABS(o.quantity_e6) <> {_CREDITED}",
    ),
    Law(
        "LIVE-ONCE",
        "At most one link of a portion of a charge is live.",
        "SELECT 'charge ' || charge_id || ' portion ' || portion FROM charge_link "
        "WHERE organisation_id = %s AND live GROUP BY charge_id, portion HAVING COUNT(*) > 1",
    ),
    Law(
        "LINK-KIND",
        "A charge is billed, superseded, bundled, proposed, not billable or withdrawn, and a link says by what.",
        "SELECT 'charge ' || charge_id FROM charge_link WHERE organisation_id = %s "
        "AND (kind NOT IN ('billed', 'superseded', 'bundled', 'proposed', 'not_billable', 'withdrawn') "
        "OR (kind = 'billed' AND (bill_id IS NULL OR line IS NULL)) "
        "OR (kind <> 'billed' AND (bill_id IS NOT NULL OR COALESCE(cause, '') = '')))",
    ),
    Law(
        "BASIS",
        "A charge drawn from terms says what it rests on, and no other charge does.",
        "SELECT 'charge ' || c.id FROM charge c LEFT JOIN charge_basis b ON b.charge_id = c.id "
        f"WHERE c.organisation_id = %s AND c.source IN ({_DRAWN}) AND (b.charge_id IS NULL "
        "OR b.kind <> c.source) UNION ALL SELECT 'charge ' || b.charge_id FROM charge_basis b "
        "JOIN charge c ON c.id = b.charge_id WHERE b.organisation_id = %s "
        f"AND c.source NOT IN ({_DRAWN})",
    ),
    Law(
        "VERSIONS",
        "Versions of terms and of what happened under them count on from 1; what was drawn names "
        "one that is there.",
        "SELECT 'terms ' || reference FROM terms WHERE organisation_id = %s "
        "GROUP BY kind, reference HAVING MAX(version) <> COUNT(*) OR MIN(version) <> 1 "
        "UNION ALL SELECT 'terms ' || terms || ' ' || event || ' ' || name FROM terms_fact "
        "WHERE organisation_id = %s GROUP BY kind, terms, event, name, line "
        "HAVING MAX(version) <> COUNT(*) OR MIN(version) <> 1 "
        "UNION ALL SELECT 'terms ' || s.reference FROM terms_drawn s LEFT JOIN terms t "
        "ON t.organisation_id = s.organisation_id AND t.kind = s.kind "
        "AND t.reference = s.reference AND t.version = s.version "
        "WHERE s.organisation_id = %s AND s.version IS NOT NULL AND t.id IS NULL",
    ),
    Law(
        "TALLY",
        "Imported is billed, unlinked, not billable, superseded, bundled, proposed and withdrawn, added up.",
        "SELECT 'organisation ' || o.slug || ': ' || t.charges || ' charges, ' || t.linked || ' live links, ' "
        "|| t.unlinked || ' charges without one' FROM organisation o CROSS JOIN (SELECT COUNT(*) charges, "
        "(SELECT COUNT(*) FROM charge_link WHERE organisation_id = %s AND live AND portion = 1 "
        "AND kind IN ('billed', 'superseded', 'bundled', 'proposed', 'not_billable', 'withdrawn')) linked, "
        "COALESCE(SUM(CASE WHEN l.charge_id IS NULL THEN 1 ELSE 0 END), 0) unlinked "
        "FROM charge c LEFT JOIN (SELECT DISTINCT charge_id FROM charge_link WHERE organisation_id = %s AND live) l "
        "ON l.charge_id = c.id WHERE c.organisation_id = %s) t "
        "WHERE o.id = %s AND t.charges <> t.linked + t.unlinked",
    ),
)
