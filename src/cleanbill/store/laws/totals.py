"""Laws of maintained totals: they come to what the rows come to that they stand for."""

from __future__ import annotations

from cleanbill.store.laws.law import Law

_OWN = "WHERE organisation_id = %s"
_CREDITED = (
    "SELECT DISTINCT n.credits_bill_id FROM bill_line n JOIN bill b ON b.id = n.bill_id "
    "WHERE b.organisation_id = %s AND b.kind = 'credit_note' AND n.credits_bill_id IS NOT NULL"
)

TOTALS: tuple[Law, ...] = (
    Law(
        "BILL-TOTALS",
        "The totals of a day are what its bills come to, and say how many were credited.",
        "SELECT 'total of ' || issue_date || ' ' || kind || ' ' || currency FROM ("
        "SELECT seller_id, issue_date, kind, currency, bills, payable_minor FROM bill_total "
        f"{_OWN} UNION ALL SELECT seller_id, issue_date, kind, currency, -COUNT(*), "
        f"-SUM(payable_minor) FROM bill {_OWN} GROUP BY seller_id, issue_date, kind, currency "
        "UNION ALL SELECT o.seller_id, o.issue_date, 'credited', o.currency, -COUNT(*), 0 "
        f"FROM bill o JOIN ({_CREDITED}) c ON c.credits_bill_id = o.id "
        "WHERE o.organisation_id = %s GROUP BY o.seller_id, o.issue_date, o.currency) t "
        "GROUP BY seller_id, issue_date, kind, currency "
        "HAVING SUM(bills) <> 0 OR SUM(payable_minor) <> 0",
    ),
    Law(
        "FINDING-TOTALS",
        "The totals of open findings are what there is of them, and of which runs.",
        "SELECT 'total of ' || code || ' ' || severity || ' ' || currency || ', run ' || run FROM ("
        "SELECT code, severity, currency, opened_run_id AS run, findings, at_stake_minor "
        f"FROM finding_total {_OWN} UNION ALL SELECT code, severity, COALESCE(currency, ''), "
        f"COALESCE(opened_run_id, 0), -COUNT(*), -SUM(at_stake_minor) FROM finding {_OWN} "
        "AND closed_run_id IS NULL GROUP BY 1, 2, 3, 4) t GROUP BY code, severity, currency, run "
        "HAVING SUM(findings) <> 0 OR SUM(at_stake_minor) <> 0",
    ),
)
