"""Books with a bit of everything, for the storm; and all that two of them are compared by.

Twelve customers with three orders each: sales, credits of sales of the same run, charges that are
held, that wait, and that nobody bills. Two variants: all bills of one day, or dated by service.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

from django.db import connection
from tests.actions.company import END, ITEMS, MILESTONES, RELEASES, Company, founded
from tests.actions.engines import CHARGES as ENGINE_CHARGES
from tests.actions.engines import Calculated, engine_founded

from cleanbill.actions.draw_terms import draw_terms
from cleanbill.actions.import_file import import_file
from cleanbill.actions.open_books import open_books, silent
from cleanbill.formats.tabular import Profile
from cleanbill.formats.tax_engine_json import read_request
from cleanbill.gateways.recorded_engine import RecordedEngine
from cleanbill.store.reading import last_charge_id

CHUNK, PARTITION = 4, 30
"""Small, so that the run has many chunks and several partitions."""
CUSTOMERS = tuple(f"K{n:02}" for n in range(12))
VARIANTS = {"one day": "", "by service": 'issue_dates = "service"', "with terms": ""}
OTHERS = 'approval_above = { EUR = "1.00" }\nreview_riskiest = 3'
"""A policy under which no run goes out by one person's hand."""
FREE = '[[policy.not_billable]]\nreason = "samples are free"\nitem_kinds = ["sample"]'
COUPONS = """
coupon,currency,amount,percent,valid_from,bills,budget
GIFT,EUR,15.00,,2026-01-01,1,
AUTUMN,EUR,,50,2026-01-01,2,1500.00
"""
"""One that a customer's bills use up, and one whose budget all customers share."""
ORDERS = """
purchase_order,customer,currency,valid_from,value,item,unit_price
PO-03,K03,EUR,2026-01-01,250.00,,
PO-04,K04,EUR,2026-01-01,,BOLT,1.33
"""
AGREED = "customer,valid_from,grouping,purchase_order\nK03,2026-01-01,order,PO-03\n"
ORDER_AMENDED = """
purchase_order,customer,currency,amended_on,valid_from,value,item,unit_price
PO-03,K03,EUR,2026-10-30,2026-01-01,900.00,,
PO-05,K05,EUR,,2026-01-01,,BOLT,1.33
"""
"""An order that cannot hold all that its customer is charged, one that nobody names; what comes
later is an amendment and a new order."""
SET_PRICE = "item,currency,model,valid_from,unit_price\nSET,EUR,unit,2026-01-01,20.00\n"
BUNDLE = """
reference,item,valid_from,component,quantity
SET-1,SET,2026-01-01,BOLT,3
SET-1,SET,2026-01-01,BOOK,1
"""
HEAD = "reference,customer,item,kind,quantity,unit_price,currency,service_date,order,cancels\n"


def charges() -> str:
    """Return the charges of the month as CSV."""
    rows = []
    for place, customer in enumerate(CUSTOMERS):
        for order in range(3):
            day = date(2026, 10, 1 + (7 * place + 5 * order) % 20)
            name = f"{customer}-{order}"
            rows += [
                f"{name}a,{customer},BOLT,,{place + 3},,EUR,{day},{name},",
                f"{name}b,{customer},HOUR,,{order + 1}.5,,EUR,{day},{name},",
            ]
        if place % 3:
            rows.append(
                f"{customer}-c,{customer},BOLT,cancellation,2,,EUR,2026-10-25,,{customer}-0a"
            )
            rows.append(
                f"{customer}-d,{customer},BOLT,cancellation,1,,EUR,2026-10-26,,{customer}-0a"
            )
        rows.append(f"{customer}-g,{customer},GIFT,,1,,EUR,2026-10-05,{customer}-0,")
        rows.append(f"{customer}-w,{customer},BOLT,,1,,EUR,2026-11-05,{customer}-9,")
        rows.append(f"{customer}-h,{customer},NOTHING,,1,,EUR,2026-10-05,{customer}-0,")
    rows.append("D-1,DELTA,BOLT,,5,,EUR,2026-10-09,D-1,")
    return HEAD + "\n".join(rows) + "\n"


def again() -> str:
    """Return the first rows of some orders as CSV, under other references."""
    rows = []
    for place, customer in enumerate(CUSTOMERS[:4]):
        day = date(2026, 10, 1 + 7 * place % 20)
        rows.append(f"X{place},{customer},BOLT,,{place + 3},,EUR,{day},{customer}-0,")
    return HEAD + "\n".join(rows) + "\n"


def sets() -> str:
    """Return charges of a bundle as CSV; one of them is cancelled."""
    rows = [f"SET-{c},{c},SET,,{n + 1},,EUR,2026-10-07,," for n, c in enumerate(CUSTOMERS[:6])]
    rows.append("SET-X,K02,SET,cancellation,1,,EUR,2026-10-08,,SET-K02")
    return HEAD + "\n".join(rows) + "\n"


def corrections() -> str:
    """Return another delivery: rows that are billed by now, or still open, come back changed."""
    changed = [
        "K00-0a,K00,BOLT,,99,,EUR,2026-10-01,K00-0,",
        "K01-w,K01,BOLT,,7,,EUR,2026-11-05,K01-9,",
        "K02-h,K02,BOLT,,3,,EUR,2026-10-05,K02-0,",
        "NEW-1,K03,BOLT,,3,,EUR,2026-10-05,K03-7,",
    ]
    return HEAD + "\n".join(changed) + "\n"


def terms() -> str:
    """Return recurring terms as CSV: with prices of their own, by the lists, without a price."""
    head = "reference,customer,item,quantity,unit_price,currency,every,start\n"
    rows = [
        f"T-{c},{c},BOLT,{n + 1},{'' if n % 2 else '2.50'},EUR,month,2026-09-{n + 10}"
        for n, c in enumerate(CUSTOMERS[:8])
    ]
    return head + "\n".join([*rows, "T-BAD,K01,BOLT,1,,USD,month,2026-10-01"]) + "\n"


def changed_terms() -> str:
    """Return what becomes known of some of them after they were drawn: corrections are due."""
    head = "reference,change_from,quantity\n"
    return head + "".join(f"T-{c},2026-10-{12 + n},{n}\n" for n, c in enumerate(CUSTOMERS[:5]))


def customers() -> str:
    """Return the customers as CSV, also those of the tiny company."""
    head = "customer,name,street,city,postcode,country\n"
    return head + "".join(f"{c},Company {c},Hafenweg 9,Stuttgart,70173,DE\n" for c in CUSTOMERS)


def delivered(folder: Path, variant: str, policy: str = "") -> Company:
    """Set the company up in the open store, with the month's charges taken in."""
    company = founded(folder, "storm", f"{VARIANTS[variant]}\n{policy}\n{FREE}")
    company.take("customers", customers())
    company.take("items", ITEMS + "GIFT,Gift,sample,C62,standard\n")
    company.take("coupons", COUPONS)
    given = "".join(f"{c},{k},2026-01-01\n" for k in CUSTOMERS[::2] for c in ("GIFT", "AUTUMN"))
    company.take("redemptions", f"coupon,customer,valid_from\n{given}")
    company.take("orders", ORDERS)
    company.take("agreements", AGREED)
    company.take("charges", charges())
    reported_again(company)
    if variant == "with terms":
        company.take("recurring", terms())
        company.take("milestones", MILESTONES)
        company.take("releases", RELEASES)
        draw_terms(company.actor, through=END)
        company.take("recurring", changed_terms())
        company.take(
            "items", "item,description,kind,unit,tax_category\nSET,Set,goods,C62,standard\n"
        )
        company.take("prices", SET_PRICE)
        company.take("bundles", BUNDLE)
        company.take("charges", sets())
    return company


def reported_again(company: Company) -> None:
    """Take in what another source says of deliveries that are there: none goes out twice."""
    path = company.write("shop.csv", again())
    import_file(company.actor, "charges", path, profile=Profile("charges", source="shop"))


def billed(folder: Path, variant: str) -> Company:
    """Return the same company with the month billed."""
    company = delivered(folder, variant)
    company.bill(key="before", on=END)
    return company


def mendable(folder: Path, variant: str) -> Company:
    """Return the company with a charge more that is held for want of a price."""
    company = billed(folder, variant)
    company.take("charges", HEAD + "U-1,K01,BOLT,,1,,USD,2026-10-09,U-1,\n", name="usd.csv")
    company.bill(key="later", on=END)
    return company


def asking(folder: Path) -> Company:
    """Return a company whose taxes an engine tells, with charges, and its answers recorded."""
    company = engine_founded(folder)
    company.take("charges", ENGINE_CHARGES)
    books = open_books(company.actor, END, END, last_charge_id(), None, silent)
    recorder = RecordedEngine(folder / RECORDED, Calculated())
    for batch in books.batches():
        recorder.answers([read_request(text) for text in batch.questions["question"]], 1)
    books.close()
    return company


RECORDED = "recorded-taxes"
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
    "members": "SELECT u.email, m.role, m.is_active FROM membership m "
    "JOIN user_account u ON u.id = m.user_id",
    "holds": "SELECT party, reason FROM legal_hold",
    "companies": "SELECT o.slug, o.name, s.key FROM organisation o JOIN seller s "
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
