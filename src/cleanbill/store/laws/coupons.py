"""Laws of coupons: whose they are, what they take off lines; none gives more than it has."""

from __future__ import annotations

from cleanbill.store.laws.law import Law, bill_named

_GIVEN = (
    "SELECT k.redemption_id, k.invoice_id, SUM(k.used_minor) used FROM bill_coupon k "
    "WHERE k.organisation_id = %s GROUP BY k.redemption_id, k.invoice_id"
)
"""What each redemption gave on an invoice, less what credits gave back."""
_TERMS = (
    "JOIN redemption r ON r.id = g.redemption_id JOIN coupon c ON c.coupon = r.coupon "
    "AND c.organisation_id = r.organisation_id"
)
_NAME = "'coupon ' || r.coupon || ' of ' || r.customer"

_FUNDED = (
    "SELECT n.charge_id, SUM(n.net_minor - n.share_minor - COALESCE((SELECT "
    "SUM(g.net_minor - g.share_minor) FROM bill_line g WHERE g.credits_bill_id = n.bill_id "
    "AND g.credits_line = n.line), 0)) funded FROM charge_link l JOIN bill_line n "
    "ON n.bill_id = l.bill_id AND n.line = l.line JOIN bill b ON b.id = n.bill_id "
    "AND b.kind = 'invoice' WHERE l.organisation_id = %s AND l.kind = 'billed' "
    "AND l.charge_id IN (SELECT f.funding_id "
    "FROM bill_coupon f WHERE f.organisation_id = %s AND f.funding_id IS NOT NULL) "
    "GROUP BY n.charge_id"
)
"""What the lines that retainers are drawn of have come to."""
_OVERDRAWN = (
    f"SELECT {_NAME} FROM (SELECT k.redemption_id, k.funding_id, SUM(k.used_minor) used "
    "FROM bill_coupon k WHERE k.organisation_id = %s AND k.funding_id IS NOT NULL "
    f"GROUP BY k.redemption_id, k.funding_id) g {_TERMS} "
    f"LEFT JOIN ({_FUNDED}) p ON p.charge_id = g.funding_id "
    "WHERE p.funded IS NULL OR g.used > p.funded OR c.funded_by IS NULL"
)
_OTHERWISE = (
    f"SELECT {_NAME} || ' on bill ' || b.number FROM bill_coupon g {_TERMS} "
    "JOIN bill b ON b.id = g.bill_id AND b.kind = 'invoice' "
    "JOIN bill_line n ON n.bill_id = g.bill_id AND n.line = g.line "
    "WHERE g.organisation_id = %s AND (g.left_minor < 0 OR (g.funding_id IS NULL) <> "
    "(c.funded_by IS NULL) OR n.item = c.funded_by) UNION "
    f"SELECT {_NAME} || ' on bill ' || b.number FROM bill_coupon g {_TERMS} "
    "JOIN bill b ON b.id = g.bill_id AND b.kind = 'invoice' "
    "JOIN bill_line n ON n.bill_id = g.bill_id AND n.line = g.line "
    "WHERE g.organisation_id = %s AND g.funding_id IS NOT NULL AND NOT EXISTS (SELECT 1 "
    "FROM charge_link l JOIN bill_line a ON a.bill_id = l.bill_id AND a.line = l.line "
    "JOIN bill p ON p.id = a.bill_id AND p.customer = b.customer AND p.kind = 'invoice' "
    "WHERE l.charge_id = g.funding_id AND l.kind = 'billed' AND a.item = c.funded_by "
    "AND a.tax_category = n.tax_category AND a.rate_percent_e6 = n.rate_percent_e6 "
    "AND a.tax_rule = n.tax_rule AND COALESCE(a.tax, '') = COALESCE(n.tax, '') "
    "AND (a.included_minor IS NULL) = (n.included_minor IS NULL))"
)

COUPONS: tuple[Law, ...] = (
    Law(
        "COUPON-SHARE",
        "What coupons take off a line is part of its share of the bill's reductions, and leaves no "
        "invoiced line below zero.",
        f"SELECT {bill_named('n.bill_id')} || ' line ' || n.line FROM (SELECT k.bill_id, k.line, "
        "SUM(k.amount_minor) taken, MIN(k.amount_minor) least FROM bill_coupon k "
        "WHERE k.organisation_id = %s GROUP BY k.bill_id, k.line) x LEFT JOIN bill_line n "
        "ON n.bill_id = x.bill_id AND n.line = x.line LEFT JOIN bill b ON b.id = x.bill_id "
        "WHERE n.bill_id IS NULL OR x.least <= 0 OR x.taken > n.share_minor "
        "OR (b.kind = 'invoice' AND n.share_minor > n.net_minor)",
    ),
    Law(
        "COUPON-OWNER",
        "A coupon is used on bills of the customer who was given it, in its currency, and credited "
        "where it was used.",
        f"SELECT {_NAME} || ' on bill ' || b.number FROM bill_coupon g JOIN bill b "
        f"ON b.id = g.bill_id JOIN bill i ON i.id = g.invoice_id {_TERMS} "
        "WHERE g.organisation_id = %s AND (b.customer IS NULL OR b.customer <> r.customer "
        "OR b.currency <> c.currency OR i.kind <> 'invoice' "
        "OR (b.kind = 'invoice') <> (g.invoice_id = g.bill_id))",
    ),
    Law(
        "COUPON-RETURN",
        "A credit gives a coupon back what it printed, or nothing; never more than was given.",
        f"SELECT {_NAME} FROM ({_GIVEN}) g {_TERMS} WHERE g.used < 0 UNION "
        f"SELECT {_NAME} FROM bill_coupon g {_TERMS} WHERE g.organisation_id = %s "
        "AND CASE WHEN g.bill_id = g.invoice_id THEN g.used_minor <> g.amount_minor "
        "ELSE g.used_minor NOT IN (0, -g.amount_minor) END",
    ),
    Law(
        "COUPON-SPENT",
        "No coupon gives more than its amount on its bills, nor on more bills than it may.",
        f"SELECT {_NAME} FROM (SELECT g.redemption_id, SUM(g.used) used, MAX(g.used) most, "
        f"COUNT(*) ever, SUM(CASE WHEN g.used > 0 THEN 1 ELSE 0 END) bills FROM ({_GIVEN}) g "
        f"GROUP BY g.redemption_id) g {_TERMS} "
        "WHERE g.used > c.amount_minor * COALESCE(c.bills, g.ever) "
        "OR (c.rest = 'lapses' AND (g.most > c.amount_minor OR g.bills > c.bills)) "
        "OR (c.amount_minor IS NULL AND g.bills > c.bills)",
    ),
    Law(
        "RETAINER-DRAWN",
        "No retainer gives more than was billed in advance, less what was credited of it, and only "
        "on lines that are taxed as that was.",
        f"{_OVERDRAWN} UNION {_OTHERWISE}",
    ),
    Law(
        "COUPON-BUDGET",
        "No coupon gives all customers together more than its budget.",
        f"SELECT 'coupon ' || r.coupon FROM ({_GIVEN}) g {_TERMS} "
        "WHERE c.budget_minor IS NOT NULL GROUP BY r.coupon, c.budget_minor "
        "HAVING SUM(g.used) > c.budget_minor",
    ),
)
