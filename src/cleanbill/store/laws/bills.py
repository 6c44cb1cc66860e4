"""Laws of single bills: entry, totals, lines, tax rows, document, credits."""

from __future__ import annotations

from cleanbill.ledger import ACCOUNTS
from cleanbill.store.laws.law import SIGNED, Law, bill_named

_ACCOUNTS = ", ".join(f"'{account}'" for account in ACCOUNTS)

_FURTHER = (
    "SELECT bill_id, SUM(CASE WHEN kind = 'added' THEN tax_minor ELSE 0 END) added, "
    "SUM(CASE WHEN kind = 'retained' THEN tax_minor ELSE 0 END) retained "
    "FROM bill_line_tax GROUP BY bill_id"
)
"""What the further taxes of a bill's lines come to."""
_TAX_ACCOUNT = "CASE WHEN t.kind = 'retained' THEN 'tax_withheld' ELSE 'tax_payable' END"
_TAX_SIGN = "CASE WHEN t.kind = 'retained' THEN -1 ELSE 1 END"

BILLS: tuple[Law, ...] = (
    Law(
        "ENTRY-ZERO",
        "The postings of a bill sum to zero in each currency.",
        f"SELECT {bill_named('bill_id')} || ': ' || currency || ' off by ' || SUM(amount_minor) "
        "FROM posting WHERE organisation_id = %s GROUP BY bill_id, currency HAVING SUM(amount_minor) <> 0",
    ),
    Law(
        "RECEIVABLE",
        "What a bill posts to the receivable is what it asks for.",
        "SELECT 'bill ' || b.number FROM bill b LEFT JOIN (SELECT bill_id, SUM(amount_minor) amount "
        "FROM posting WHERE account = 'receivable' GROUP BY bill_id) p ON p.bill_id = b.id "
        f"WHERE b.organisation_id = %s AND {SIGNED} * b.payable_minor <> COALESCE(p.amount, 0)",
    ),
    Law(
        "POSTED",
        "Revenue, tax and withheld tax are posted as the bill's tax rows say.",
        "SELECT 'bill ' || b.number FROM (SELECT x.bill_id FROM ("
        f"SELECT t.bill_id, t.tax_rule, 'revenue' account, {SIGNED} * t.base_minor amount "
        "FROM bill_tax t JOIN bill b ON b.id = t.bill_id WHERE t.kind IS NULL UNION ALL "
        f"SELECT t.bill_id, t.tax_rule, {_TAX_ACCOUNT}, {SIGNED} * {_TAX_SIGN} * t.tax_minor "
        "FROM bill_tax t JOIN bill b ON b.id = t.bill_id "
        "WHERE t.kind IS NULL OR t.kind IN ('added', 'retained') UNION ALL "
        "SELECT p.bill_id, p.tax_rule, p.account, p.amount_minor "
        "FROM posting p WHERE p.account IN ('revenue', 'tax_payable', 'tax_withheld')) x "
        "GROUP BY x.bill_id, x.tax_rule, x.account HAVING SUM(x.amount) <> 0) y "
        "JOIN bill b ON b.id = y.bill_id WHERE b.organisation_id = %s GROUP BY b.id, b.number",
    ),
    Law(
        "ROUNDED",
        "What a bill posts to rounding is what it rounds.",
        "SELECT 'bill ' || b.number FROM bill b LEFT JOIN (SELECT bill_id, SUM(amount_minor) amount "
        "FROM posting WHERE account = 'rounding' GROUP BY bill_id) p ON p.bill_id = b.id "
        f"WHERE b.organisation_id = %s AND {SIGNED} * b.rounding_minor <> -COALESCE(p.amount, 0)",
    ),
    Law(
        "POSTING",
        "A posting has the currency and the date of its bill, and a known account.",
        "SELECT 'bill ' || b.number || ' posting ' || p.entry_line FROM posting p "
        "JOIN bill b ON b.id = p.bill_id WHERE p.organisation_id = %s "
        "AND (p.currency <> b.currency OR p.posted_on <> b.issue_date "
        f"OR p.account NOT IN ({_ACCOUNTS}))",
    ),
    Law(
        "TOTALS",
        "Payable is lines less discount and the tax they include, plus tax, plus rounding, less "
        "what is withheld.",
        "SELECT 'bill ' || number FROM bill WHERE organisation_id = %s AND ("
        "lines_net_minor - discount_minor - COALESCE(included_minor, 0) <> net_minor "
        "OR net_minor + tax_minor <> gross_minor "
        "OR gross_minor + rounding_minor - COALESCE(withheld_minor, 0) <> payable_minor)",
    ),
    Law(
        "LINES-NET",
        "The nets, discount shares, included taxes and taxes of the lines add up to the bill's.",
        "SELECT 'bill ' || b.number FROM bill b LEFT JOIN (SELECT bill_id, COUNT(*) n, SUM(net_minor) net, "
        "SUM(share_minor) share, SUM(tax_minor) tax, SUM(included_minor) included "
        "FROM bill_line GROUP BY bill_id) l ON l.bill_id = b.id "
        f"LEFT JOIN ({_FURTHER}) f ON f.bill_id = b.id "
        "WHERE b.organisation_id = %s AND (COALESCE(l.n, 0) <> b.line_count "
        "OR COALESCE(l.net, 0) <> b.lines_net_minor OR COALESCE(l.share, 0) <> b.discount_minor "
        "OR COALESCE(l.included, 0) <> COALESCE(b.included_minor, 0) "
        "OR COALESCE(l.tax, 0) + COALESCE(f.added, 0) <> b.tax_minor "
        "OR COALESCE(f.retained, 0) <> COALESCE(b.withheld_minor, 0))",
    ),
    Law(
        "LINE",
        "A line's net is its gross less its discount.",
        f"SELECT {bill_named('bill_id')} || ' line ' || line FROM bill_line WHERE organisation_id = %s "
        "AND gross_minor - discount_minor <> net_minor",
    ),
    Law(
        "TAX-ROWS",
        "The tax rows of a bill add up to its net, its tax and what is withheld.",
        "SELECT 'bill ' || b.number FROM bill b LEFT JOIN (SELECT bill_id, "
        "SUM(CASE WHEN kind IS NULL THEN base_minor ELSE 0 END) base, "
        "SUM(CASE WHEN kind IS NULL OR kind = 'added' THEN tax_minor ELSE 0 END) tax, "
        "SUM(CASE WHEN kind = 'retained' THEN tax_minor ELSE 0 END) retained "
        "FROM bill_tax GROUP BY bill_id) t ON t.bill_id = b.id WHERE b.organisation_id = %s "
        "AND (COALESCE(t.base, 0) <> b.net_minor OR COALESCE(t.tax, 0) <> b.tax_minor "
        "OR COALESCE(t.retained, 0) <> COALESCE(b.withheld_minor, 0))",
    ),
    Law(
        "LINE-TAXES",
        "The further taxes of a bill's lines add up to its tax rows, and each has its line.",
        f"SELECT {bill_named('x.bill_id')} || ' ' || x.tax_rule FROM ("
        "SELECT bill_id, organisation_id, kind, tax_rule, rate_percent_e6, base_minor base, "
        "tax_minor tax FROM bill_tax WHERE kind IS NOT NULL UNION ALL "
        "SELECT t.bill_id, t.organisation_id, t.kind, t.tax_rule, t.rate_percent_e6, "
        "-t.base_minor, -t.tax_minor FROM bill_line_tax t JOIN bill_line n "
        "ON n.bill_id = t.bill_id AND n.line = t.line) x WHERE x.organisation_id = %s "
        "GROUP BY x.bill_id, x.kind, x.tax_rule, x.rate_percent_e6 "
        "HAVING SUM(x.base) <> 0 OR SUM(x.tax) <> 0",
    ),
    Law(
        "DOCUMENT",
        "Every document has its bill.",
        f"SELECT {bill_named('d.bill_id')} FROM document d WHERE NOT EXISTS "
        "(SELECT 1 FROM bill b WHERE b.id = d.bill_id) AND d.organisation_id = %s",
    ),
    Law(
        "DUE-DATE",
        "A bill is due on its issue date or later.",
        "SELECT 'bill ' || number FROM bill WHERE organisation_id = %s AND due_date < issue_date",
    ),
    Law(
        "CURRENCY",
        "A bill has one currency, that of its charges.",
        f"SELECT {bill_named('n.bill_id')} || ' line ' || n.line FROM bill_line n "
        "JOIN bill b ON b.id = n.bill_id JOIN charge c ON c.id = n.charge_id "
        "WHERE n.organisation_id = %s AND c.currency <> b.currency",
    ),
    Law(
        "CREDIT-DATE",
        "A credit note is never dated before what it credits.",
        "SELECT 'bill ' || c.number || ' line ' || n.line FROM bill_line n "
        "JOIN bill c ON c.id = n.bill_id JOIN bill o ON o.id = n.credits_bill_id "
        "WHERE n.organisation_id = %s AND n.credits_bill_id IS NOT NULL AND c.issue_date < o.issue_date",
    ),
    Law(
        "CREDITS",
        "Only a credit note reverses a line, and only an invoice's line that exists, in its currency.",
        f"SELECT {bill_named('n.bill_id')} || ' line ' || n.line FROM bill_line n "
        "LEFT JOIN bill c ON c.id = n.bill_id LEFT JOIN bill o ON o.id = n.credits_bill_id "
        "LEFT JOIN bill_line l ON l.bill_id = n.credits_bill_id AND l.line = n.credits_line "
        "WHERE n.organisation_id = %s AND n.credits_bill_id IS NOT NULL AND (l.bill_id IS NULL "
        "OR o.id IS NULL OR c.kind <> 'credit_note' OR o.kind <> 'invoice' OR o.currency <> c.currency)",
    ),
    Law(
        "OVER-CREDIT",
        "No line is credited beyond its quantity or its net.",
        f"SELECT {bill_named('n.bill_id')} || ' line ' || n.line FROM bill_line n JOIN (SELECT credits_bill_id, "
        "credits_line, SUM(quantity_e6) q, SUM(net_minor) net FROM bill_line WHERE credits_bill_id IS NOT NULL "
        "GROUP BY credits_bill_id, credits_line) r ON r.credits_bill_id = n.bill_id AND r.credits_line = n.line "
        "WHERE n.organisation_id = %s AND (ABS(r.q) > ABS(n.quantity_e6) OR ABS(r.net) > ABS(n.net_minor))",
    ),
)
