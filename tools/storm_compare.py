"""What the books of a storm are compared by, and what a half-written chunk would look like."""

from __future__ import annotations

import re
from typing import Any

from django.db import connection

_WHAT: dict[str, str] = {
    "answers": "SELECT answer_hash, engine, body FROM tax_answer",
    "questions": "SELECT question_hash, answer_hash FROM tax_question",
    "documents": "SELECT b.id, b.number, d.body, b.chain_hash FROM bill b LEFT JOIN document d "
    "ON d.bill_id = b.id",
    "lines": "SELECT bill_id, line, charge_id, net_minor, credits_bill_id, purchase_order_id, "
    "order_by FROM bill_line",
    "taxes": "SELECT bill_id, tax_rule, base_minor, tax_minor FROM bill_tax",
    "postings": "SELECT bill_id, entry_line, account, amount_minor FROM posting",
    "orders": "SELECT customer, purchase_order, currency FROM purchase_order",
    "order versions": "SELECT order_id, version, amended_on, value_minor "
    "FROM purchase_order_version",
    "order lines": "SELECT order_id, version, line, item FROM purchase_order_line",
    "coupons": "SELECT bill_id, line, place, redemption_id, invoice_id, amount_minor, used_minor "
    "FROM bill_coupon",
    "coupon terms": "SELECT coupon, amount_minor, percent_e6, bills FROM coupon",
    "redemptions": "SELECT coupon, customer, redemption FROM redemption",
    "links": "SELECT charge_id, portion, turn, kind, bill_id, line, cause, live FROM charge_link",
    "charges": "SELECT id, source, reference, occurrence, version, content_hash, row FROM charge",
    "facts": "SELECT kind, terms, event, name, line, version, day FROM terms_fact",
    "terms": "SELECT id, kind, reference, version, body FROM terms",
    "drawn": "SELECT kind, reference, version, through, next_day, memory, trouble FROM terms_drawn",
    "bases": "SELECT charge_id, kind, terms, terms_version, basis FROM charge_basis",
    "findings": "SELECT code, severity, subject, charge_id, at_stake_minor, parameters, "
    "closed_run_id IS NULL FROM finding",
    "open items": "SELECT number, customer, currency, open_minor FROM opening_item",
    "series": "SELECT prefix, first_sequence, next_sequence, chain_head, last_issue_date "
    "FROM series",
    "totals": "SELECT idempotency_key, state, totals, charges_done, charges_whole FROM run",
    "bill totals": "SELECT issue_date, kind, currency, bills, payable_minor, waited_days "
    "FROM bill_total",
    "usual": "SELECT customer, item, bills, price_e8, quantity_e6, net_minor, last_day FROM usual",
    "history": "SELECT organisation_id, through_bill_id, version FROM history_state",
    "customers": "SELECT customer, name, city FROM customer",
    "items": "SELECT item, description, kind FROM item",
    "prices": "SELECT p.item, p.customer, p.version, p.current, t.tier, t.unit_price_e8 "
    "FROM price p JOIN price_tier t ON t.price_id = p.id",
    "decisions": "SELECT kind, code, subject, customer, day, text FROM finding_decision",
    "repairs": "SELECT code, subject, kind, undone_at IS NULL FROM repair",
    "settings": "SELECT name, value, customer, valid_from FROM check_setting",
    "sales taxes": "SELECT state, kind, code, current, general_within_e6, valid_from "
    "FROM us_tax_rate",
    "agreements": "SELECT customer, agreement, valid_from FROM agreement",
    "events": "SELECT action, subject FROM event "
    "WHERE action NOT IN ('bills.issued', 'company.set_up', 'party.erased')",
    "keys": "SELECT party, salt IS NULL, sealed IS NULL FROM party_key",
    "outbox": "SELECT bill_id, party, purpose, turn, recipient, state, file_id IS NULL FROM outbox",
    "delivered": "SELECT bill_id, party, name, size, sha256 FROM delivered_file",
    "members": "SELECT u.email, m.role, m.is_active FROM membership m "
    "JOIN user_account u ON u.id = m.user_id",
    "holds": "SELECT party, reason FROM legal_hold",
    "companies": "SELECT o.slug, o.name, s.key, s.profile FROM organisation o JOIN seller s "
    "ON s.organisation_id = o.id",
}
"""What two books must agree on; not when things happened, nor what counters skipped, nor events of
what may well be cut or done again: a run's chunks, a set-up, an erasure."""


_RUN = re.compile(r"\brun (\d+)\b")


def contents() -> dict[str, list[str]]:
    """Return all that two books must agree on, part by part; runs are named by their order.

    A run that was cut off before it was committed may have used up a number of the database's.
    """
    found = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM run ORDER BY id")
        order = {str(row[0]): n for n, row in enumerate(cursor.fetchall(), start=1)}
        for part, query in _WHAT.items():
            cursor.execute(query)
            found[part] = sorted(
                _RUN.sub(lambda m: f"run {order.get(m[1], m[1])}", repr(row))
                for row in cursor.fetchall()
            )
    return found


def differences(wanted: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """Return the first row of each part that one has and the other has not."""
    told = []
    for part, rows in wanted.items():
        lost, more = set(rows) - set(found[part]), set(found[part]) - set(rows)
        if lost or more or len(rows) != len(found[part]):
            told.append(f"{part}: lost {min(lost, default='-')}, more {min(more, default='-')}")
    return told


_TORN = {
    "a bill without its document": "SELECT number FROM bill b WHERE NOT EXISTS "
    "(SELECT 1 FROM document d WHERE d.bill_id = b.id)",
    "a bill without all its lines": "SELECT number FROM bill b WHERE line_count <> "
    "(SELECT COUNT(*) FROM bill_line n WHERE n.bill_id = b.id)",
    "a bill without tax rows": "SELECT number FROM bill b WHERE NOT EXISTS "
    "(SELECT 1 FROM bill_tax t WHERE t.bill_id = b.id)",
    "a bill without postings": "SELECT number FROM bill b WHERE NOT EXISTS "
    "(SELECT 1 FROM posting p WHERE p.bill_id = b.id)",
    "a line whose charge is not closed": "SELECT charge_id FROM bill_line n WHERE charge_id "
    "IS NOT NULL AND NOT EXISTS (SELECT 1 FROM charge_link l WHERE l.charge_id = n.charge_id "
    "AND l.bill_id = n.bill_id AND l.line = n.line)",
    "a closed charge without its line": "SELECT charge_id FROM charge_link l WHERE kind = 'billed' "
    "AND NOT EXISTS (SELECT 1 FROM bill_line n WHERE n.bill_id = l.bill_id AND n.line = l.line)",
    "a drawn charge without its basis": "SELECT id FROM charge c WHERE source IN ('recurring', "
    "'milestones', 'bundles') "
    "AND NOT EXISTS (SELECT 1 FROM charge_basis b WHERE b.charge_id = c.id)",
    "a basis without its charge": "SELECT charge_id FROM charge_basis b WHERE NOT EXISTS "
    "(SELECT 1 FROM charge c WHERE c.id = b.charge_id)",
    "a line without what coupons took off it": "SELECT n.bill_id FROM bill_line n JOIN document d "
    "ON d.bill_id = n.bill_id WHERE d.body LIKE '%coupon_shares%' AND NOT EXISTS "
    "(SELECT 1 FROM bill_coupon k WHERE k.bill_id = n.bill_id)",
    "an order without what it says": "SELECT id FROM purchase_order o WHERE NOT EXISTS "
    "(SELECT 1 FROM purchase_order_version v WHERE v.order_id = o.id)",
    "rows of no bill": "SELECT bill_id FROM (SELECT bill_id FROM document UNION SELECT bill_id "
    "FROM bill_coupon UNION SELECT bill_id FROM bill_line UNION SELECT bill_id FROM bill_line_tax "
    "UNION SELECT bill_id FROM bill_tax "
    "UNION SELECT bill_id FROM posting) x "
    "WHERE bill_id NOT IN (SELECT id FROM bill)",
    "a run whose steps are not its bills": "SELECT id FROM run r WHERE "
    "(SELECT COALESCE(SUM(s.rows), 0) FROM run_step s WHERE s.run_id = r.id) <> "
    "(SELECT COUNT(*) FROM bill b WHERE b.run_id = r.id)",
    "a company without the event of its set-up": "SELECT slug FROM organisation o WHERE NOT EXISTS "
    "(SELECT 1 FROM event e WHERE e.organisation_id = o.id AND e.action = 'company.set_up')",
    "a party erased without its event": "SELECT party FROM party_key k WHERE salt IS NULL AND NOT "
    "EXISTS (SELECT 1 FROM event e WHERE e.action = 'party.erased' AND e.subject = k.party)",
    "an erased party that is still named": "SELECT c.customer FROM customer c JOIN party_key k "
    "ON k.organisation_id = c.organisation_id AND k.party = c.customer "
    "WHERE k.salt IS NULL AND c.city IS NOT NULL",
    "a message that was sent without its file": "SELECT id FROM outbox m WHERE state = 'sent' "
    "AND NOT EXISTS (SELECT 1 FROM delivered_file f WHERE f.id = m.file_id)",
    "a question whose answer is not kept": "SELECT question_hash FROM tax_question q WHERE NOT "
    "EXISTS (SELECT 1 FROM tax_answer a WHERE a.organisation_id = q.organisation_id "
    "AND a.answer_hash = q.answer_hash)",
    "a company without seller and series": "SELECT slug FROM organisation o WHERE 2 <> (SELECT "
    "COUNT(*) FROM series s JOIN seller k ON k.id = s.seller_id WHERE s.organisation_id = o.id)",
    "a series that counts wrongly": "SELECT prefix FROM series s WHERE "
    "next_sequence - first_sequence <> (SELECT COUNT(*) FROM bill b WHERE b.series_id = s.id)",
}
"""What a half-written chunk would look like."""


def torn() -> list[str]:
    """Return what is half there; nothing, if every chunk is whole or absent."""
    told = []
    with connection.cursor() as cursor:
        for words, query in _TORN.items():
            cursor.execute(query)
            told += [f"{words}: {row[0]}" for row in cursor.fetchmany(1)]
    return told
