"""Laws of single bills: entry, totals, lines, tax rows, document, credits."""

from __future__ import annotations

from cleanbill.ledger import ACCOUNTS
from cleanbill.store.laws.law import SIGNED, Law, bill_named

_ACCOUNTS = ", ".join(f"'{account}'" for account in ACCOUNTS)

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
        "Revenue and tax are posted as the bill's tax rows say.",
        "SELECT 'bill ' || b.number FROM (SELECT x.bill_id FROM ("
        f"SELECT t.bill_id, t.tax_rule, 'revenue' account, {SIGNED} * t.base_minor amount "
        "FROM bill_tax t JOIN bill b ON b.id = t.bill_id UNION ALL "
        f"SELECT t.bill_id, t.tax_rule, 'tax_payable', {SIGNED} * t.tax_minor "
        "FROM bill_tax t JOIN bill b ON b.id = t.bill_id UNION ALL "
        "SELECT p.bill_id, p.tax_rule, p.account, p.amount_minor "
        "FROM posting p WHERE p.account IN ('revenue', 'tax_payable')) x "
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
        "Payable is lines less discount, plus tax, plus rounding.",
        "SELECT 'bill ' || number FROM bill WHERE organisation_id = %s AND ("
        "lines_net_minor - discount_minor <> net_minor OR net_minor + tax_minor <> gross_minor "
        "OR gross_minor + rounding_minor <> payable_minor)",
    ),
    Law(
        "LINES-NET",
        "The nets, discount shares and taxes of the lines add up to the bill's.",
        "SELECT 'bill ' || b.number FROM bill b LEFT JOIN (SELECT bill_id, COUNT(*) n, SUM(net_minor) net, "
        "SUM(share_minor) share, SUM(tax_minor) tax FROM bill_line GROUP BY bill_id) l ON l.bill_id = b.id "
        "WHERE b.organisation_id = %s AND (COALESCE(l.n, 0) <> b.line_count "
        "OR COALESCE(l.net, 0) <> b.lines_net_minor OR COALESCE(l.share, 0) <> b.discount_minor "
        "OR COALESCE(l.tax, 0) <> b.tax_minor)",
    ),
    Law(
        "LINE",
        "A line's net is its gross less its discount.",
        f"SELECT {bill_named('bill_id')} || ' line ' || line FROM bill_line WHERE organisation_id = %s "
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
