"""A tiny company to tell stories with: its files as text, its verbs as one-liners.

One German seller, five customers, one item of each price model. A test writes charges as CSV text,
``takes`` them in, ``bills`` and looks. Everything lies in the test's own folder and database.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from textwrap import dedent
from typing import Any

from cleanbill.actions.access import Actor

END = date(2026, 10, 31)
"""Last day of the month that is billed; bills are dated so, too."""

COMPANY = """
[organisation]
name = "{slug} works"
slug = "{slug}"

[seller]
key = "{slug}"
name = "Acme Works GmbH"
currency = "EUR"
language = "en"
vat_id = "DE999999995"

[seller.address]
lines = ["Kaispeicherweg 11"]
city = "Hamburg"
postcode = "20457"
country = "DE"

[policy]
price_source = "list_then_charge"
{policy}
"""

CUSTOMERS = """
customer,name,kind,street,city,postcode,country,vat_id,language
ALPHA,Alpha AG,business,Hafenweg 9,Stuttgart,70173,DE,,de
BETA,Beta Ltd,business,Market Lane 2,Hamburg,20095,DE,,en
GAMMA,Gamma SARL,business,46 Avenue du Port,Strasbourg,67000,FR,FR11999999998,fr
DELTA,Delta GmbH,business,Ringstr. 1,Berlin,10115,DE,,de
OMEGA,"Omega ""Q"" & Co <KG>",business,Straße 5,Köln,50667,DE,,de
"""

ITEMS = """
item,description,kind,unit,tax_category
BOLT,Bolt M8,goods,C62,standard
BOOK,Handbook,goods,C62,reduced
HOUR,Engineer,service,HUR,standard
DATA,Data volume,service,E34,standard
PACK,Screws by the box,goods,C62,standard
BASE,Base fee,subscription,MON,standard
CARD,Card fee,fee,C62,standard
LESS,Rebate,discount,C62,standard
"""

PRICES = """
item,customer,plan,currency,model,valid_from,valid_to,up_to,unit_price,flat_amount,package_size,percent,minimum,maximum,discount_percent
BOLT,,,EUR,unit,2026-01-01,,,1.33,,,,,,
BOLT,BETA,,EUR,unit,2026-01-01,,,1.25,,,,,,10
BOOK,,,EUR,unit,2026-01-01,,,19.99,,,,,,
HOUR,,,EUR,graduated,2026-01-01,,10,95,,,,,,
HOUR,,,EUR,graduated,2026-01-01,,,80.5,15.00,,,,,
DATA,,,EUR,volume,2026-01-01,,100,0.9,5.00,,,,,
DATA,,,EUR,volume,2026-01-01,,,0.333,,,,,,
PACK,,,EUR,package,2026-01-01,,,7.77,,12,,,,
BASE,,,EUR,flat,2026-01-01,,,,49.90,,,,,
CARD,,,EUR,percentage,2026-01-01,,,,0.25,,1.9,0.50,20.00,
"""

AGREEMENTS = """
customer,agreement,valid_from,valid_to,currency,grouping,cut_off,required_references,payment_days,plan,document_discount_percent
ALPHA,RV-1,2026-01-01,,EUR,,any,,14,,
BETA,RV-2,2026-01-01,,EUR,order,any,,30,,2.5
DELTA,RV-4,2026-01-01,,EUR,,any,purchase_order,30,,
"""

MONTH = """
reference,customer,item,kind,quantity,unit_price,amount,currency,service_date,order,cancels
S-01,ALPHA,BOLT,,100,,,EUR,2026-10-01,A-1,
S-02,ALPHA,HOUR,,12.5,,,EUR,2026-10-02,A-1,
S-03,ALPHA,DATA,,150,,,EUR,2026-10-03,A-1,
S-04,BETA,BOLT,,7,,,EUR,2026-10-04,B-1,
S-05,BETA,BOOK,,3,,,EUR,2026-10-04,B-1,
S-06,BETA,PACK,,25,,,EUR,2026-10-05,B-2,
S-07,GAMMA,BOLT,,10,,,EUR,2026-10-06,C-1,
S-08,GAMMA,HOUR,,4,,,EUR,2026-10-06,C-2,
S-09,OMEGA,BASE,,1,,,EUR,2026-10-07,O-1,
S-10,OMEGA,CARD,,1,,1234.56,EUR,2026-10-08,O-2,
S-11,BETA,BOLT,cancellation,2,,,EUR,2026-10-20,B-1,S-04
S-12,DELTA,BOLT,,5,,,EUR,2026-10-09,D-1,
S-13,NOBODY,BOLT,,5,,,EUR,2026-10-09,N-1,
S-14,ALPHA,BOLT,,1,,,EUR,2026-11-02,A-2,
"""
"""A month with bills of every price model, a credit, two held charges and one after the cut-off."""

PLAN = """
plan = "gold"
currency = "EUR"
valid_from = 2026-01-01
[[prices]]
item = "BOLT"
model = "unit"
unit_price = "1.10"
"""

TERMS = """
reference,customer,item,quantity,unit_price,currency,every,start
SUB-1,ALPHA,BASE,3,10,EUR,month,2026-09-17
SUB-2,OMEGA,BOLT,8,,EUR,month,2026-10-01
"""
"""Recurring terms with a price of their own and with that of the list."""

MILESTONES = """
reference,customer,currency,value,milestone,item,percent,day
PRJ-1,GAMMA,EUR,10000.00,order,HOUR,30,2026-09-15
PRJ-1,GAMMA,EUR,10000.00,delivery,HOUR,70,
"""
RELEASES = """
terms,name,day
PRJ-1,delivery,2026-10-20
"""
"""A contract by milestones, one by day and one by release."""

OPEN_ITEMS = """
number,customer,date,due,open_amount
R-1,ALPHA,2026-09-30,2026-10-30,119.00
R-2,BETA,2026-09-30,,-20.50
"""
"""What was open in the system before: a bill that is owed, and a credit."""

OLD_BILLS = """
bill,date,customer,item,quantity,unit_price,net,tax_rate,tax,gross,service_date
R-1,2026-10-31,ALPHA,BOLT,100,1.33,133.00,19,25.27,158.27,2026-10-01
R-2,2026-10-31,BETA,BOOK,3,19.99,59.97,19,11.39,71.36,2026-10-04
"""
"""Bills that another system made of two of these charges, one of them at a wrong tax rate."""

MASTER = {
    "customers": CUSTOMERS,
    "items": ITEMS,
    "prices": PRICES,
    "agreements": AGREEMENTS,
}


@dataclass(frozen=True)
class Company:
    """Books that are set up, and who works on them."""

    folder: Path
    actor: Actor

    @classmethod
    def with_files(cls, folder: Path, actor: Actor) -> Company:
        """Return a company that is in the store already, with its files written again."""
        company = cls(folder, actor)
        folder.mkdir(parents=True, exist_ok=True)
        for kind, text in {**MASTER, "charges": MONTH, "recurring": TERMS}.items():
            company.write(f"{kind}.csv", text)
        company.write("plan.toml", PLAN)
        company.write("old.csv", OLD_BILLS)
        return company

    def write(self, name: str, text: str) -> Path:
        """Write a file into the company's folder."""
        place = self.folder / name
        place.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return place

    def take(self, kind: str, text: str, *, dry_run: bool = False, name: str = "") -> Any:
        """Import the text as a file of this kind; return the report."""
        from cleanbill.actions.import_file import import_file

        path = self.write(name or f"{kind}.csv", text)
        return import_file(self.actor, kind, path, dry_run=dry_run)

    def take_plan(self, text: str, *, dry_run: bool = False, name: str = "plan.toml") -> Any:
        """Import the text as a price plan file; return the report."""
        from cleanbill.actions.import_plans import import_plans

        return import_plans(self.actor, self.write(name, text), dry_run=dry_run)

    def bill(self, *, key: str | None = None, on: date = END, until: date = END, **how: Any) -> Any:
        """Run the billing; return the outcome."""
        from cleanbill.actions.run_billing import run_billing

        return run_billing(self.actor, until=until, issue_date=on, idempotency_key=key, **how)

    def preview(self, *, on: date = END, until: date = END, **how: Any) -> Any:
        """Return what a run would do."""
        from cleanbill.actions.run_billing import preview

        return preview(self.actor, until=until, issue_date=on, **how)

    def credit(self, number: str, *, on: date = END, reopen: bool = False) -> str:
        """Credit a bill; return the credit note's number."""
        from cleanbill.actions.credit_bill import credit_bill

        return credit_bill(self.actor, number, issue_date=on, reason="wrong", reopen=reopen)

    def document(self, number: str) -> dict[str, Any]:
        """Return a bill's document."""
        from cleanbill.actions.look_up import document

        return document(self.actor, number)

    def bills(self) -> dict[str, str]:
        """Return number -> document text of all bills, as people read them."""
        from cleanbill.actions.look_up import document_text

        return {number: document_text(self.actor, number) for number in self.records()}

    def records(self) -> dict[str, str]:
        """Return number -> document text of all bills, as they are kept and hashed."""
        from cleanbill.store.models import Bill, Document

        texts = dict(Document.objects.values_list("bill_id", "body"))
        found = Bill.objects.filter(organisation_id=self.actor.organisation_id).order_by("id")
        return {number: texts[key] for key, number in found.values_list("id", "number")}

    def findings(self) -> set[tuple[str, str]]:
        """Return code and subject of the open findings."""
        from cleanbill.actions.look_up import findings

        return {(f["code"], f["subject"]) for f in findings(self.actor, limit=1000)}

    def breaches(self) -> list[tuple[str, str]]:
        """Return law and row of whatever the audit finds."""
        from cleanbill.actions.audit_books import audit_books

        return [(b.code, b.row) for b in audit_books(self.actor).breaches]


def company_file(slug: str, policy: str = "") -> str:
    """Return the text of a company file."""
    return COMPANY.format(slug=slug, policy=policy)


def founded(folder: Path, slug: str, policy: str = "") -> Company:
    """Set a company up in the open store, with its master data and prices."""
    from cleanbill.actions.set_up_company import set_up_company

    folder.mkdir(parents=True, exist_ok=True)
    company = Company(folder, set_up_company(company_file(slug, policy), f"boss@{slug}.example"))
    company.write("plan.toml", PLAN)
    for kind, text in MASTER.items():
        report = company.take(kind, text)
        assert report.intake.rejected.is_empty(), report.intake.rejected
    return company
