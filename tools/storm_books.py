"""Books with a bit of everything, for the storm.

Twelve customers with three orders each: sales, credits of sales of the same run, charges that are
held, that wait, and that nobody bills. Two variants: all bills of one day, or dated by service.
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

from tests.actions.company import END, ITEMS, MILESTONES, RELEASES, Company, founded
from tests.actions.engines import CHARGES as ENGINE_CHARGES
from tests.actions.engines import Calculated, engine_founded

from cleanbill.actions.draw_terms import draw_terms
from cleanbill.actions.import_file import import_file
from cleanbill.actions.open_books import open_books, silent
from cleanbill.actions.send_bills import send_bill
from cleanbill.formats.tabular import Profile
from cleanbill.formats.tax_engine_json import read_request
from cleanbill.gateways.recorded_engine import RecordedEngine
from cleanbill.store.models import Bill, Customer
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


def posted(folder: Path) -> Company:
    """Return the billed company with addresses for two customers, and a message for each.

    One is about a bill that has been credited in full since.
    """
    os.environ["CLEANBILL_MAIL_FROM"] = "billing@acme.example"
    company = billed(folder, "one day")
    own = {"organisation_id": company.actor.organisation_id}
    for customer in ("K01", "K02"):
        email = f"{customer.lower()}@mail.example"
        Customer.objects.filter(**own, customer=customer).update(email=email)
    bills = Bill.objects.filter(**own, kind="invoice", customer="K02").order_by("id")
    send_bill(company.actor, bills[0].number)
    company.credit(bills[0].number)
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
