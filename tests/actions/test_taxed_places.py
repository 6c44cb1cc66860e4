"""Regimes end to end: the company file, files of rates and certificates, findings, bills' lines."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.db import connection
from tests.actions.company import Company
from tests.cases.sample_sales_tax import BOUNDARIES, RATES, sales_tax_file
from tests.conftest import CopyOf
from tests.store.contents import execute, value

from cleanbill.actions import erase_party, look_up
from cleanbill.actions.import_sales_tax import import_sales_tax
from cleanbill.actions.set_up_company import set_up_company
from cleanbill.formats.streamlined import RefusedFile
from cleanbill.store.models import Event, SourceFile, UsTaxRate

SELLER = """
[organisation]
name = "Plains"
slug = "plains"
[seller]
key = "plains"
name = "Plains Inc."
currency = "{currency}"
[seller.address]
lines = ["200 Elm St"]
city = "Sampleton"
postcode = "{postcode}"
region = "{region}"
country = "{country}"
{registrations}
[policy]
price_source = "charge"
"""
REGISTERED = '[[seller.registrations]]\ncountry = "{0}"\nregion = "{1}"\nvalid_from = 2000-01-01\n'
CUSTOMERS = """
customer,name,kind,street,city,postcode,region,country
SHOP,Shop Inc.,business,112 N Oak St,Sampleton,68902-1500,NE,US
FARM,Farm Inc.,business,1 Field Rd,Fields,68903,NE,US
EAST,East Inc.,business,9 Pine St,Eastville,44902,OH,US
LOST,Lost Inc.,business,9 Pine St,Nowhere,,NE,US
SITE,Shop's site,business,250 Elm St,Sampleton,68902,NE,US
"""
ITEMS = """
item,description,kind,unit,tax_category
BOLT,Bolt,goods,C62,standard
HOUR,Work,service,HUR,standard
"""
CHARGES = """
reference,customer,item,quantity,unit_price,currency,service_date,deliver_to
1,SHOP,BOLT,100,1,{0},2026-10-01,
2,FARM,BOLT,100,1,{0},2026-10-01,
3,EAST,BOLT,100,1,{0},2026-10-01,
4,LOST,BOLT,100,1,{0},2026-10-01,
5,FARM,BOLT,100,1,{0},2026-10-01,SITE
6,FARM,BOLT,100,1,{0},2026-10-01,NOBODY
7,FARM,HOUR,1,100,{0},2026-10-01,
"""


def founded_in(folder: Path, country: str, region: str, *registered: str) -> Company:
    """Set up a company of that place, registered in these regions, with customers and items."""
    rows = "".join(REGISTERED.format(country, r) for r in registered)
    currency = {"US": "USD", "CA": "CAD", "IN": "INR"}[country]
    text = SELLER.format(
        currency=currency, postcode="68901", region=region, country=country, registrations=rows
    )
    company = Company(folder, set_up_company(text, "boss@plains.example"))
    company.take("customers", CUSTOMERS)
    company.take("items", ITEMS)
    return company


@pytest.fixture
def plains(copy_of: CopyOf, tmp_path: Path) -> Company:
    """An American company without rates."""

    def made() -> Company:
        return founded_in(tmp_path, "US", "NE", "NE", "OH")

    company = copy_of("plains", made)
    assert isinstance(company, Company)
    return Company(tmp_path, company.actor)


def load(company: Company, *kinds: str) -> None:
    for kind in kinds:
        import_sales_tax(company.actor, kind, sales_tax_file(company.folder, kind))


PLACES = ("CB-CHG-040", *(f"CB-TAX-{number:03}" for number in range(1, 8)))


def found(company: Company) -> dict[str, str]:
    """Return the code of each finding about taxes and places by the reference of its charge."""
    rows = look_up.findings(company.actor, limit=1000)
    return {f["subject"]: f["code"] for f in rows if f["code"] in PLACES}


def first_taxes(company: Company) -> dict[str, tuple[str, str]]:
    """Return category and rule of the first tax of each billed charge by its reference."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.reference, n.tax_category, n.tax_rule FROM bill_line n "
            "JOIN charge c ON c.id = n.charge_id WHERE n.organisation_id = %s",
            [company.actor.organisation_id],
        )
        return {row[0]: (row[1], row[2]) for row in cursor.fetchall()}


def totals(company: Company) -> dict[str, tuple[str, str]]:
    """Return net and tax of the bill of each customer."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT customer, number FROM bill WHERE organisation_id = %s",
            [company.actor.organisation_id],
        )
        found = dict(cursor.fetchall())
    bills = {who: company.document(number)["totals"] for who, number in found.items()}
    return {who: (total["net"], total["tax"]) for who, total in bills.items()}


def test_without_rates_nothing_is_billed_and_the_files_are_named(plains: Company) -> None:
    plains.take("charges", CHARGES.format("USD"))
    plains.bill()
    assert found(plains) == {
        "1": "CB-TAX-006",
        "2": "CB-TAX-006",
        "3": "CB-TAX-006",
        "4": "CB-TAX-003",
        "5": "CB-TAX-006",
        "6": "CB-CHG-040",
    }
    texts = [f["reason"] for f in look_up.findings(plains.actor, code="CB-TAX-006", limit=1)]
    assert "cleanbill import us-rates FILE" in texts[0]


def test_with_rates_each_place_bears_its_own(plains: Company) -> None:
    load(plains, "us-rates", "us-boundaries", "us-names")
    plains.take("charges", CHARGES.format("USD"))
    plains.bill()
    assert found(plains) == {"4": "CB-TAX-003", "6": "CB-CHG-040"}
    state = ("S", "us-ne-45-31-2006-10-01")
    assert first_taxes(plains) == {
        "1": state,
        "2": state,
        "3": ("S", "us-oh-45-39-2013-09-01"),
        "5": state,
        "7": ("O", "untaxed.us"),
    }
    assert totals(plains) == {
        "SHOP": ("100.00", "7.75"),
        "FARM": ("300.00", "13.75"),
        "EAST": ("100.00", "8.00"),
    }
    printed = [t for n in plains.records() for t in plains.document(n)["taxes"]]
    assert {"Sample County sales tax", "Sampleton sales tax"} <= {t.get("name") for t in printed}
    laws = {t.get("law", "") for n in plains.records() for t in plains.document(n)["taxes"]}
    assert any("Streamlined Sales Tax rate file of NE" in law for law in laws)


def test_a_new_file_replaces_its_states_and_no_other(plains: Company) -> None:
    load(plains, "us-rates")
    rates = len(RATES.splitlines())
    only = RATES.replace("0.055,0.055", "0.06,0.06", 1).splitlines()[:6]
    path = plains.write("ne.csv", "\n".join(only))
    dry = import_sales_tax(plains.actor, "us-rates", path, dry_run=True)
    assert (dry.states, dry.rows, dry.replaced, dry.dry_run) == (("NE",), 6, 6, True)
    assert UsTaxRate.objects.count() == rates
    report = import_sales_tax(plains.actor, "us-rates", path)
    assert (report.rows, report.replaced, report.unchanged) == (6, 6, False)
    assert UsTaxRate.objects.count() == rates + 6
    assert UsTaxRate.objects.filter(current=True).count() == rates
    again = import_sales_tax(plains.actor, "us-rates", path)
    assert again.unchanged
    assert SourceFile.objects.filter(kind="us-rates").count() == 2
    assert Event.objects.filter(action="us-rates.imported").count() == 2
    state = UsTaxRate.objects.get(state="NE", kind="45", current=True)
    assert state.general_within_e6 == 6_000_000
    assert plains.breaches() == []


def test_a_refused_file_leaves_everything_as_it_was(plains: Company) -> None:
    load(plains, "us-rates", "us-boundaries")
    path = plains.write("broken.csv", BOUNDARIES + "\nZ,2020,,\n")
    with pytest.raises(RefusedFile):
        import_sales_tax(plains.actor, "us-boundaries", path)
    with pytest.raises(ValueError, match="us-rates, us-boundaries, us-names"):
        import_sales_tax(plains.actor, "us-streets", path)
    assert value("SELECT COUNT(*) FROM us_tax_boundary WHERE current") == 14


def test_certificates_exempt_while_they_hold(plains: Company) -> None:
    load(plains, "us-rates", "us-boundaries", "us-names")
    report = plains.take(
        "exemptions",
        "customer,country,region,kind,certificate,reason,valid_from,valid_to\n"
        "SHOP,US,NE,resale,13-1,sells bolts,2026-01-01,\n"
        "FARM,US,,agriculture,,,2026-01-01,\n"
        "EAST,US,OH,nonsense,1,,2026-01-01,\n",
    )
    assert (report.created, report.intake.rejected.height) == (2, 1)
    plains.take("charges", CHARGES.format("USD"))
    plains.bill()
    taxes = first_taxes(plains)
    assert taxes["1"] == ("E", "exempt_resale.us")
    assert taxes["2"][0] == "S"
    assert found(plains)["2"] == "CB-TAX-007"
    renewed = "customer,country,region,kind,certificate,reason,valid_from,valid_to\n"
    plains.take("exemptions", renewed + "SHOP,US,NE,resale,13-1,sells bolts,2026-01-01,2026-06-01")
    events = Event.objects.filter(action="exemption.changed")
    assert events.count() == 1
    assert "2026-06-01" in str(events.get().after)
    plains.take("charges", CHARGES.format("USD").replace("\n1,SHOP", "\n8,SHOP"))
    plains.bill(on=date(2026, 11, 1))
    assert first_taxes(plains)["8"][0] == "S"
    assert found(plains)["8"] == "CB-TAX-007"
    assert plains.breaches() == []


def test_an_erased_customer_has_no_certificate_left(plains: Company) -> None:
    plains.take(
        "exemptions",
        "customer,country,kind,certificate,reason,valid_from\n"
        "SHOP,US,resale,13-1,sells bolts,2026-01-01\n",
    )
    erase_party.erase_party(plains.actor, "SHOP", reason="asked", today=date(2026, 11, 1))
    row = "SELECT certificate || '/' || COALESCE(reason, '') FROM exemption"
    assert value(row) == "[erased]/"
    again = "customer,country,kind,certificate,valid_from\nSHOP,US,resale,13-1,2026-01-01\n"
    rejected = plains.take("exemptions", again).intake.rejected
    assert rejected["problem"].to_list() == ["customer:erased"]
    assert plains.breaches() == []
    execute("UPDATE exemption SET certificate = '13-1'")
    assert ("ERASED", "exemption SHOP") in plains.breaches()


def test_a_canadian_charge_names_its_province(copy_of: CopyOf, tmp_path: Path) -> None:
    company = copy_of("maple", lambda: founded_in(tmp_path, "CA", "ON", "", "QC"))
    company = Company(tmp_path, company.actor)
    company.take(
        "customers",
        "customer,name,kind,street,city,postcode,region,country\n"
        "T,Toronto Ltd,business,1 Bay,Toronto,M5H 1A1,ON,CA\n"
        "M,Montréal Ltd,business,1 Rue,Montréal,H2Y 1C6,QC,CA\n"
        "N,Montréal Two Ltd,business,1 Rue,Montréal,H2Y 1C6,QC,CA\n"
        "X,Nowhere Ltd,business,1 Bay,Somewhere,M5H 1A1,,CA\n",
    )
    company.take(
        "charges",
        "reference,customer,item,quantity,unit_price,currency,service_date,"
        "ship_to_country,ship_to_region\n"
        "1,T,BOLT,100,1,CAD,2026-10-01,,\n"
        "2,T,BOLT,100,1,CAD,2026-10-01,CA,AB\n"
        "3,T,BOLT,100,1,CAD,2026-10-01,CA,\n"
        "4,X,HOUR,100,1,CAD,2026-10-01,,\n"
        "5,M,BOLT,100,1,CAD,2012-12-31,,\n"
        "6,N,BOLT,100,1,CAD,2013-01-01,,\n",
    )
    company.bill()
    assert first_taxes(company) == {
        "1": ("S", "ca-on-hst-2010"),
        "2": ("S", "ca-gst-2008"),
        "5": ("S", "ca-gst-2008"),
        "6": ("S", "ca-gst-2008"),
    }
    # 13 % and 5 %; 5 % and 9.5 % of 105; 5 % and 9.975 % of 100, which is the same amount.
    assert totals(company) == {
        "T": ("200.00", "18.00"),
        "M": ("100.00", "14.98"),
        "N": ("100.00", "14.98"),
    }
    assert found(company) == {"3": "CB-TAX-003", "4": "CB-TAX-003"}
    assert company.breaches() == []


def test_a_site_abroad_makes_an_export_and_its_credit_reverses_it(books: Company) -> None:
    """European sellers may name sites, too; a bill with both kinds of place stays one bill."""
    books.take(
        "customers",
        "customer,name,kind,street,city,postcode,country\n"
        "BASEL,Alpha in Basel,business,Quai 1,Basel,4001,CH\n",
    )
    books.take(
        "charges",
        "reference,customer,item,quantity,currency,service_date,ship_to_country,deliver_to\n"
        "1,ALPHA,BOLT,10,EUR,2026-10-01,,BASEL\n"
        "2,ALPHA,BOLT,10,EUR,2026-10-01,CH,\n"
        "3,ALPHA,BOLT,10,EUR,2026-10-01,,\n",
    )
    books.bill()
    taxes = {key: rule for key, (_, rule) in first_taxes(books).items()}
    assert taxes == {"1": "export_goods.de", "2": "export_goods.de", "3": "de-standard-2021"}
    abroad = {n: d for n in books.records() if (d := books.document(n))["totals"]["tax"] == "0.00"}
    (number,) = abroad
    note = books.document(books.credit(number, on=date(2026, 11, 1)))
    assert note["totals"]["net"] == abroad[number]["totals"]["net"]
    assert len(note["lines"]) == len(abroad[number]["lines"]) == 2
    assert {line["tax"]["rule"] for line in note["lines"]} == {"export_goods.de"}
    assert books.breaches() == []
