"""The laws of the books as queries: each finds the rows that break it; none, if all is well.

`docs/architecture.md` lists the laws. A query selects one text that names the row; ``%s`` is the
organisation.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True, slots=True)
class Law:
    """One law: a stable code, what it says, and the query for the rows that break it."""

    code: str
    says: str
    broken: str


_SIGNED = "CASE WHEN b.kind = 'credit_note' THEN -1 ELSE 1 END"


def _bill(key: str) -> str:
    """SQL that names a bill by its number, or by its id where the bill itself is gone."""
    return f"'bill ' || COALESCE((SELECT k.number FROM bill k WHERE k.id = {key}), 'with id ' || {key})"


_CREDITED = (
    "COALESCE((SELECT SUM(r.quantity_e6) FROM bill_line r WHERE r.credits_bill_id = o.bill_id "
    "AND r.credits_line = o.line), 0)"
)

LAWS: tuple[Law, ...] = (
    Law(
        "ENTRY-ZERO",
        "The postings of a bill sum to zero in each currency.",
        f"SELECT {_bill('bill_id')} || ': ' || currency || ' off by ' || SUM(amount_minor) "
        "FROM posting WHERE organisation_id = %s GROUP BY bill_id, currency HAVING SUM(amount_minor) <> 0",
    ),
    Law(
        "RECEIVABLE",
        "What a bill posts to the receivable is what it asks for.",
        f"SELECT 'bill ' || b.number FROM bill b WHERE b.organisation_id = %s AND {_SIGNED} * b.payable_minor "
        "<> (SELECT COALESCE(SUM(p.amount_minor), 0) FROM posting p WHERE p.bill_id = b.id "
        "AND p.account = 'receivable')",
    ),
    Law(
        "POSTED",
        "Revenue and tax are posted as the bill's tax rows say.",
        f"SELECT DISTINCT 'bill ' || b.number FROM (SELECT t.bill_id, t.tax_rule, 'revenue' account, "
        f"{_SIGNED} * t.base_minor amount FROM bill_tax t JOIN bill b ON b.id = t.bill_id UNION ALL "
        f"SELECT t.bill_id, t.tax_rule, 'tax_payable', {_SIGNED} * t.tax_minor FROM bill_tax t "
        "JOIN bill b ON b.id = t.bill_id UNION ALL SELECT p.bill_id, p.tax_rule, p.account, p.amount_minor "
        "FROM posting p WHERE p.account IN ('revenue', 'tax_payable')) x JOIN bill b ON b.id = x.bill_id "
        "WHERE b.organisation_id = %s GROUP BY b.number, x.bill_id, x.tax_rule, x.account "
        "HAVING SUM(x.amount) <> 0",
    ),
    Law(
        "POSTING",
        "A posting has its bill, the bill's currency and date, and a known account.",
        f"SELECT {_bill('p.bill_id')} || ' posting ' || p.entry_line FROM posting p "
        "LEFT JOIN bill b ON b.id = p.bill_id WHERE p.organisation_id = %s AND (b.id IS NULL "
        "OR p.currency <> b.currency OR p.posted_on <> b.issue_date "
        "OR p.account NOT IN ('receivable', 'revenue', 'tax_payable', 'rounding'))",
    ),
    Law(
        "TOTALS",
        "Payable is lines less discount, plus tax, plus rounding.",
        "SELECT 'bill ' || number FROM bill WHERE organisation_id = %s AND ("
        "lines_net_minor - discount_minor <> net_minor OR net_minor + tax_minor <> gross_minor "
        "OR gross_minor + rounding_minor <> payable_minor)",
    ),
    Law(
        "LINES-NET",
        "The nets, discount shares and taxes of the lines add up to the bill's.",
        "SELECT 'bill ' || b.number FROM bill b JOIN (SELECT bill_id, COUNT(*) n, SUM(net_minor) net, "
        "SUM(share_minor) share, SUM(tax_minor) tax FROM bill_line GROUP BY bill_id) l ON l.bill_id = b.id "
        "WHERE b.organisation_id = %s AND (l.n <> b.line_count OR l.net <> b.lines_net_minor "
        "OR l.share <> b.discount_minor OR l.tax <> b.tax_minor)",
    ),
    Law(
        "LINE",
        "A line's net is its gross less its discount.",
        f"SELECT {_bill('bill_id')} || ' line ' || line FROM bill_line WHERE organisation_id = %s "
        "AND gross_minor - discount_minor <> net_minor",
    ),
    Law(
        "TAX-ROWS",
        "The tax rows of a bill add up to its net and its tax.",
        "SELECT 'bill ' || b.number FROM bill b LEFT JOIN (SELECT bill_id, SUM(base_minor) base, "
        "SUM(tax_minor) tax FROM bill_tax GROUP BY bill_id) t ON t.bill_id = b.id WHERE b.organisation_id = %s "
        "AND (COALESCE(t.base, 0) <> b.net_minor OR COALESCE(t.tax, 0) <> b.tax_minor)",
    ),
    Law(
        "GAPLESS",
        "The numbers of a series run from 1 without gap or double.",
        "SELECT 'series ' || s.prefix || ': next is ' || s.next_sequence || ', highest ' || "
        "COALESCE(MAX(b.sequence), 0) || ', count ' || COUNT(b.id) FROM series s "
        "LEFT JOIN bill b ON b.series_id = s.id WHERE s.organisation_id = %s "
        "GROUP BY s.id, s.prefix, s.next_sequence "
        "HAVING COUNT(b.id) <> COALESCE(MAX(b.sequence), 0) OR s.next_sequence <> COUNT(b.id) + 1",
    ),
    Law(
        "DATES",
        "The issue dates of a series never go back.",
        "SELECT 'bill ' || number FROM (SELECT number, issue_date, organisation_id, LAG(issue_date) OVER "
        "(PARTITION BY series_id ORDER BY sequence) AS before FROM bill) b "
        "WHERE b.organisation_id = %s AND b.issue_date < b.before",
    ),
    Law(
        "LAST-DATE",
        "A series knows the date of its last bill.",
        "SELECT 'series ' || s.prefix FROM series s JOIN (SELECT series_id, MAX(issue_date) last FROM bill "
        "GROUP BY series_id) b ON b.series_id = s.id WHERE s.organisation_id = %s "
        "AND (s.last_issue_date IS NULL OR s.last_issue_date <> b.last)",
    ),
    Law(
        "DOCUMENT",
        "Every bill has its document and every document its bill.",
        f"SELECT {_bill('COALESCE(b.id, d.bill_id)')} FROM bill b FULL OUTER JOIN document d ON d.bill_id = b.id "
        "WHERE COALESCE(b.organisation_id, d.organisation_id) = %s AND (b.id IS NULL OR d.bill_id IS NULL)",
    ),
    Law(
        "CHARGE-ONCE",
        "Each billed line belongs to one charge link, and the other way round.",
        f"SELECT {_bill('n.bill_id')} || ' line ' || n.line FROM bill_line n LEFT JOIN charge_link l "
        "ON l.charge_id = n.charge_id AND l.bill_id = n.bill_id AND l.line = n.line AND l.kind = 'billed' "
        "WHERE n.organisation_id = %s AND n.charge_id IS NOT NULL AND l.charge_id IS NULL",
    ),
    Law(
        "LINK-LINE",
        "Each billed charge link points to a line that exists.",
        "SELECT 'charge ' || l.charge_id FROM charge_link l LEFT JOIN bill_line n "
        "ON n.bill_id = l.bill_id AND n.line = l.line "
        "WHERE l.organisation_id = %s AND l.kind = 'billed' AND n.bill_id IS NULL",
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
        "LINE-CHARGE",
        "The charge that a line bills is there.",
        f"SELECT {_bill('n.bill_id')} || ' line ' || n.line FROM bill_line n LEFT JOIN charge c "
        "ON c.id = n.charge_id WHERE n.organisation_id = %s AND n.charge_id IS NOT NULL AND c.id IS NULL",
    ),
    Law(
        "OVER-CREDIT",
        "No line is credited beyond its quantity or its net.",
        f"SELECT {_bill('n.bill_id')} || ' line ' || n.line FROM bill_line n JOIN (SELECT credits_bill_id, "
        "credits_line, SUM(quantity_e6) q, SUM(net_minor) net FROM bill_line WHERE credits_bill_id IS NOT NULL "
        "GROUP BY credits_bill_id, credits_line) r ON r.credits_bill_id = n.bill_id AND r.credits_line = n.line "
        "WHERE n.organisation_id = %s AND (ABS(r.q) > ABS(n.quantity_e6) OR ABS(r.net) > ABS(n.net_minor))",
    ),
    Law(
        "ERASED",
        "Of a party whose key is destroyed, no row says who it was.",
        "SELECT 'customer ' || c.customer FROM customer c JOIN party_key k "
        "ON k.organisation_id = c.organisation_id AND k.party = c.customer "
        "WHERE c.organisation_id = %s AND k.salt IS NULL AND (c.name <> '[erased]' OR COALESCE(c.street, "
        "c.street2, c.city, c.postcode, c.region, c.vat_id, c.email, c.buyer_reference) IS NOT NULL)",
    ),
    Law(
        "STEPS",
        "What the steps of a run say they issued is what was issued.",
        "SELECT 'run ' || r.id FROM run r WHERE r.organisation_id = %s AND "
        "(SELECT COALESCE(SUM(s.rows), 0) FROM run_step s WHERE s.run_id = r.id) <> "
        "(SELECT COUNT(*) FROM bill b WHERE b.run_id = r.id)",
    ),
)


def breaches(organisation_id: int, limit: int = 20) -> list[tuple[Law, list[str]]]:
    """Return each broken law with up to ``limit`` rows that break it."""
    found = []
    with connection.cursor() as cursor:
        for law in LAWS:
            cursor.execute(law.broken, [organisation_id])
            rows = [str(row[0]) for row in cursor.fetchmany(limit)]
            if rows:
                found.append((law, rows))
    return found
