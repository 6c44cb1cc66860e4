"""Real bills with several taxes per line, withheld tax, and prices that include tax."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from tests.actions.company import Company
from tests.actions.forgery import unguarded
from tests.conftest import CopyOf
from tests.store.contents import execute
from tests.store.databases import EMPTY

from cleanbill.actions.archive_books import archive_books
from cleanbill.actions.look_up import explain_bill
from cleanbill.actions.set_up_company import set_up_company
from cleanbill.formats.bill_archive_bill import wrong_sums
from cleanbill.formats.bill_archive_check import check
from cleanbill.formats.company_toml import CompanyFileError, read
from cleanbill.formats.pdf import write
from cleanbill.formats.terminal import bill_text
from cleanbill.store.models import Bill, BillLineTax, BillTax, Posting

SELLER = """
[organisation]
name = "Taller Norte"
slug = "norte"

[seller]
key = "norte"
name = "Taller Norte"
currency = "EUR"
language = "en"
vat_id = "ESB99999997"
{seller}

[seller.address]
lines = ["Calle Mayor 1"]
city = "Bilbao"
postcode = "48001"
country = "ES"

[policy]
price_source = "list_then_charge"
{policy}
"""
CUSTOMERS = """
customer,name,kind,street,city,postcode,country,vat_id,language,tax_scheme
SHOP,La Tienda,business,Calle 2,Madrid,28001,ES,,en,equivalence_surcharge
FIRM,Obras SA,business,Calle 3,Madrid,28001,ES,,en,
HOME,Ana,consumer,Calle 4,Madrid,28001,ES,,en,
"""
ITEMS = """
item,description,kind,unit,tax_category
PEN,Pen,goods,C62,standard
RICE,Rice,goods,C62,reduced
HOUR,Advice,service,HUR,standard
BREAD,Bread,goods,C62,super_reduced
BOWL,Old bowl,goods,C62,margin_collectors
TOY,Toy,goods,C62,standard
"""
PRICES = """
item,currency,model,valid_from,unit_price,includes_tax
PEN,EUR,unit,2026-01-01,1.99,
RICE,EUR,unit,2026-01-01,0.33,
HOUR,EUR,unit,2026-01-01,61.15,
BOWL,EUR,unit,2026-01-01,120,
TOY,EUR,unit,2026-01-01,2.99,yes
"""
HEAD = "reference,customer,item,kind,quantity,unit_price,currency,service_date,order,cancels\n"


def sale(reference: str, customer: str, item: str, quantity: str, price: str = "") -> str:
    return f"{reference},{customer},{item},,{quantity},{price},EUR,2026-10-01,O,\n"


def cancellation(reference: str, customer: str, item: str, quantity: str, of: str) -> str:
    return f"{reference},{customer},{item},cancellation,{quantity},,EUR,2026-10-02,O,{of}\n"


def founded(copy_of: CopyOf, tmp_path: Path, seller: str = "", policy: str = "") -> Company:
    copy_of(EMPTY, lambda: None)
    text = SELLER.format(seller=seller, policy=policy)
    folder = tmp_path / "norte"
    folder.mkdir()
    company = Company(folder, set_up_company(text, "boss@norte.example"))
    for kind, rows in {"customers": CUSTOMERS, "items": ITEMS, "prices": PRICES}.items():
        report = company.take(kind, rows)
        assert report.intake.rejected.is_empty(), report.intake.rejected
    return company


@pytest.fixture
def norte(copy_of: CopyOf, tmp_path: Path) -> Company:
    """A company in Bilbao from whose fees income tax is withheld."""
    return founded(copy_of, tmp_path, 'withholding = "professional"')


def papers(company: Company) -> list[dict]:
    return [json.loads(text) for text in company.bills().values()]


def paper_of(company: Company, *charges: str) -> dict:
    """Bill these charges; return the one bill that they make."""
    company.take("charges", HEAD + "".join(charges))
    before = len(papers(company))
    company.bill()
    (paper,) = papers(company)[before:]
    assert company.breaches() == []
    return paper


def taxes(paper: dict) -> list[tuple]:
    return [
        (t.get("name", "VAT"), t.get("kind"), t["rate_percent"], t["base"], t["tax"])
        for t in paper["taxes"]
    ]


def totals(paper: dict, *names: str) -> tuple[str | None, ...]:
    return tuple(paper["totals"].get(name) for name in names)


def test_a_retailer_pays_the_equivalence_surcharge(norte: Company):
    paper = paper_of(norte, sale("A", "SHOP", "PEN", "7"), sale("B", "SHOP", "RICE", "100"))
    # 13.93 × 21 % = 2.9253, 13.93 × 5.2 % = 0.72436; 33.00 × 10 % = 3.30, 33.00 × 1.4 % = 0.462
    name = "Recargo de equivalencia"
    assert taxes(paper) == [
        ("VAT", None, "21", "13.93", "2.93"),
        ("VAT", None, "10", "33.00", "3.30"),
        (name, "added", "5.2", "13.93", "0.72"),
        (name, "added", "1.4", "33.00", "0.46"),
    ]
    assert totals(paper, "net", "tax", "gross", "payable") == ("46.93", "7.41", "54.34", "54.34")
    (further,) = paper["lines"][0]["further_taxes"]
    assert further == {
        "base": "13.93",
        "category": "S",
        "kind": "added",
        "name": name,
        "rate_percent": "5.2",
        "rule": "es-surcharge-standard-2012",
        "tax": "0.72",
    }


def test_no_surcharge_on_services_or_for_others(norte: Company):
    paper = paper_of(norte, sale("A", "SHOP", "HOUR", "1"))
    assert [t[0] for t in taxes(paper)] == ["VAT", "IRPF"]
    assert [t[0] for t in taxes(paper_of(norte, sale("B", "FIRM", "PEN", "1")))] == ["VAT"]


def test_fees_are_paid_less_what_is_withheld(norte: Company):
    paper = paper_of(norte, sale("A", "FIRM", "HOUR", "10"), sale("B", "FIRM", "PEN", "1"))
    # Withheld are 15 % of the fees alone: 611.50 × 15 % = 91.725.
    assert taxes(paper) == [
        ("VAT", None, "21", "613.49", "128.83"),
        ("IRPF", "retained", "15", "611.50", "91.73"),
    ]
    assert totals(paper, "tax", "gross", "withheld", "payable") == (
        *("128.83", "742.32", "91.73", "650.59"),
    )
    posted = Posting.objects.order_by("entry_line").values_list(
        "account", "tax_rule", "amount_minor"
    )
    assert list(posted) == [
        ("receivable", None, 65059),
        ("revenue", "es-standard-2012", -61349),
        ("tax_payable", "es-standard-2012", -12883),
        ("tax_withheld", "es-irpf-professional-2015-07", 9173),
    ]


def test_a_consumer_withholds_nothing(norte: Company):
    assert [t[0] for t in taxes(paper_of(norte, sale("A", "HOME", "HOUR", "1")))] == ["VAT"]


def test_without_a_known_rate_the_charge_is_held(norte: Company):
    """The surcharge has a rate for each rate of VAT that bears it; a day before them has none."""
    early = sale("A", "SHOP", "PEN", "1", "1").replace("2026-10-01", "2010-06-01")
    norte.take("charges", HEAD + early)
    norte.bill()
    assert ("CB-TAX-001", "A") in norte.findings()
    assert papers(norte) == []


@pytest.mark.parametrize("steps", [["7"], ["1"] * 7, ["2", "2", "3"], ["0.333333", "6.666667"]])
def test_credits_in_any_steps_take_every_tax_back(norte: Company, steps: list[str]):
    norte.take("charges", HEAD + sale("A", "SHOP", "PEN", "7") + sale("F", "FIRM", "HOUR", "7"))
    norte.bill()
    for number, step in enumerate(steps):
        norte.take(
            "charges",
            HEAD
            + cancellation(f"X{number}", "SHOP", "PEN", step, "A")
            + cancellation(f"Y{number}", "FIRM", "HOUR", step, "F"),
        )
        norte.bill()
    assert norte.breaches() == []
    for rows in (BillTax, Posting, BillLineTax):
        assert rows.objects.exists()
    assert sums(Posting.objects, "account", "tax_rule") == {}
    signed: dict = {}
    for paper in papers(norte):
        sign = -1 if paper["kind"] == "credit_note" else 1
        for tax in paper["taxes"]:
            for figure in ("base", "tax"):
                key = (tax["rule"], figure)
                signed[key] = signed.get(key, Decimal(0)) + sign * Decimal(tax[figure])
    assert len(signed) == 6
    assert not any(signed.values())


def sums(rows, *keys: str) -> dict:
    """Add postings up by these keys; what is zero is left out."""
    found: dict = {}
    for *key, amount in rows.values_list(*keys, "amount_minor"):
        found[tuple(key)] = found.get(tuple(key), 0) + amount
    return {key: amount for key, amount in found.items() if amount}


def test_a_full_credit_is_the_exact_reverse(norte: Company):
    sold = paper_of(norte, sale("A", "FIRM", "HOUR", "3"))
    back = norte.document(norte.credit(sold["number"]))
    assert norte.breaches() == []
    assert taxes(back) == taxes(sold)
    assert back["totals"] == sold["totals"]
    assert [n["further_taxes"] for n in back["lines"]] == [
        n["further_taxes"] for n in sold["lines"]
    ]
    assert sums(Posting.objects, "account", "tax_rule") == {}


def test_a_part_and_then_the_rest(norte: Company):
    sold = paper_of(norte, sale("A", "FIRM", "HOUR", "3"))
    norte.take("charges", HEAD + cancellation("X", "FIRM", "HOUR", "1", "A"))
    norte.bill()
    norte.credit(sold["number"])
    assert norte.breaches() == []
    assert sums(Posting.objects, "account", "tax_rule") == {}


def test_prices_that_include_tax(norte: Company):
    paper = paper_of(norte, sale("A", "HOME", "TOY", "3"))
    # 8.97 ÷ 1.21 = 7.4132…
    assert taxes(paper) == [("VAT", None, "21", "7.41", "1.56")]
    names = ("lines_net", "tax_included", "net", "tax", "gross", "payable")
    assert totals(paper, *names) == ("8.97", "1.56", "7.41", "1.56", "8.97", "8.97")
    assert paper["calculation"]["inclusive_method"] == "net"
    (line,) = paper["lines"]
    assert [line[k] for k in ("unit_price", "gross", "net", "tax_included", "tax_share")] == [
        *("2.99", "8.97", "8.97", "1.56", "1.56"),
    ]


def test_prices_with_and_without_tax_never_meet_on_a_bill(norte: Company):
    norte.take("charges", HEAD + sale("A", "HOME", "TOY", "1") + sale("B", "HOME", "PEN", "1"))
    norte.bill()
    plain, inclusive = papers(norte)
    assert ("tax_included" in plain["totals"], "tax_included" in inclusive["totals"]) == (
        False,
        True,
    )
    assert norte.breaches() == []


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("net", ("2.88", "0.11", "2.99", "0.00", "2.99")),
        ("tax", ("2.87", "0.12", "2.99", "0.00", "2.99")),
        ("rate", ("2.88", "0.12", "3.00", "-0.01", "2.99")),
    ],
)
def test_each_rule_for_prices_that_include_tax(
    copy_of: CopyOf, tmp_path: Path, rule: str, expected: tuple[str, ...]
):
    """2.99 with 4 % in it: 2.99 ÷ 1.04 = 2.875; 2.99 × 4 ÷ 104 = 0.115."""
    seller = f'inclusive_method = "{rule}"'
    shop = founded(copy_of, tmp_path, seller, "prices_include_tax = true")
    paper = paper_of(shop, sale("A", "HOME", "BREAD", "1", "2.99"))
    assert totals(paper, "net", "tax", "gross", "rounding", "payable") == expected
    note = shop.document(shop.credit(paper["number"]))
    assert note["totals"] == paper["totals"]
    assert shop.breaches() == []
    assert sums(Posting.objects, "account", "tax_rule") == {}


@pytest.mark.parametrize("rule", ["net", "tax", "rate"])
@pytest.mark.parametrize("method", ["per_group", "per_line"])
def test_inclusive_bills_with_discounts_surcharge_and_partial_credits(
    copy_of: CopyOf, tmp_path: Path, rule: str, method: str
):
    seller = f'inclusive_method = "{rule}"\ntax_method = "{method}"\nwithholding = "professional"'
    shop = founded(copy_of, tmp_path, seller, "prices_include_tax = true")
    shop.take(
        "agreements",
        "customer,agreement,valid_from,currency,grouping,document_discount_percent\n"
        "SHOP,R,2026-01-01,EUR,order,3\n",
    )
    paper = paper_of(
        shop,
        sale("A", "SHOP", "PEN", "7", "0.99"),
        sale("B", "SHOP", "RICE", "3", "1.07"),
        sale("C", "SHOP", "HOUR", "1", "33.33"),
        sale("D", "SHOP", "PEN", "1", "0.01"),
    )
    sums_of = paper["totals"]
    asked = Decimal(sums_of["lines_net"]) - Decimal(sums_of["document_discount"])
    assert Decimal(sums_of["payable"]) == asked - Decimal(sums_of["withheld"])
    for number, part in enumerate(("2", "4", "1")):
        shop.take("charges", HEAD + cancellation(f"X{number}", "SHOP", "PEN", part, "A"))
        shop.bill()
    assert shop.breaches() == []
    shop.credit(paper["number"])
    assert shop.breaches() == []
    assert sums(Posting.objects, "account", "tax_rule") == {}
    assert not [b for b in Bill.objects.all() if b.included_minor is None]


def test_a_credit_stands_beside_its_like_whatever_prices_include_today(norte: Company):
    paper_of(norte, sale("A", "HOME", "TOY", "3"))
    norte.take("prices", PRICES.replace("2.99,yes", "2.99,no"))
    norte.take("charges", HEAD + cancellation("X", "HOME", "TOY", "1", "A"))
    norte.bill()
    assert papers(norte)[-1]["totals"]["tax_included"] == "0.52"
    assert norte.breaches() == []


def test_items_under_a_margin_scheme_say_so_and_bear_no_tax(norte: Company):
    paper = paper_of(norte, sale("A", "HOME", "BOWL", "1"), sale("B", "HOME", "PEN", "1"))
    row = paper["taxes"][0]
    assert (row["category"], row["tax"], row["reason_code"]) == ("E", "0.00", "VATEX-EU-J")
    assert row["reason"] == "Margin scheme - Collector's items and antiques"
    assert "Margin scheme - Collector's items" in bill_text(paper)


def test_what_people_read_names_every_tax(norte: Company):
    paper = paper_of(norte, sale("A", "FIRM", "HOUR", "10"))
    text = bill_text(paper)
    assert "IRPF" in text
    assert "Withheld by you" in text
    assert "You withhold this tax and pay it to the tax office. Ley 35/2006 art. 101" in text
    inclusive = bill_text(paper_of(norte, sale("B", "HOME", "TOY", "1")))
    assert "The prices of the lines include tax." in inclusive
    assert "Incl. tax EUR" in inclusive
    assert write(paper).startswith(b"%PDF")


def test_every_tax_explains_itself(norte: Company):
    paper = paper_of(norte, sale("A", "FIRM", "HOUR", "10"))
    line = told(explain_bill(norte.actor, paper["number"], 1))
    assert "611.50 × 15 % = 91.725; share of the row's 91.73" in line
    assert "Ley 35/2006 art. 101; RDL 9/2015" in line
    assert "by the customer, taken off" in told(explain_bill(norte.actor, paper["number"], None))
    priced = paper_of(norte, sale("B", "HOME", "TOY", "3"))
    assert "÷ (100 % + its rates)" in told(explain_bill(norte.actor, priced["number"], None))


def told(step) -> str:
    return "\n".join([f"{step.label} {step.value} {step.how}", *map(told, step.parts)])


BROKEN = [
    (
        "UPDATE bill_line_tax SET tax_minor = tax_minor + 1",
        {"LINE-TAXES", "LINES-NET", "PROJECTION", "TAX"},
    ),
    ("UPDATE bill_line_tax SET base_minor = base_minor + 1", {"LINE-TAXES", "PROJECTION", "TAX"}),
    ("UPDATE bill_line_tax SET line = 7", {"LINE-TAXES", "PROJECTION", "TAX"}),
    (
        "UPDATE bill_line_tax SET tax_rule = 'es-irpf-professional-2012'",
        {"LINE-TAXES", "PROJECTION", "TAX", "TAX-RULE"},
    ),
    ("UPDATE bill_line_tax SET organisation_id = 7", {"BELONGS", "LINE-TAXES"}),
    ("DELETE FROM bill_line_tax", {"LINE-TAXES", "LINES-NET", "PROJECTION", "TAX"}),
    (
        "UPDATE bill_tax SET kind = 'added' WHERE kind = 'retained'",
        {"LINE-TAXES", "POSTED", "PROJECTION", "TAX", "TAX-ROWS"},
    ),
    (
        "UPDATE bill SET withheld_minor = withheld_minor - 1",
        {"LINES-NET", "PROJECTION", "TAX-ROWS", "TOTALS"},
    ),
    (
        "UPDATE bill SET included_minor = 5",
        {"LINES-NET", "PROJECTION", "TOTALS"},
    ),
    ("UPDATE bill_line SET included_minor = 5", {"LINES-NET", "PROJECTION", "TAX"}),
    ("UPDATE bill_line SET tax = 'GST'", {"PROJECTION", "TAX"}),
    (
        "UPDATE posting SET account = 'tax_payable' WHERE account = 'tax_withheld'",
        {"CHAIN", "POSTED"},
    ),
]


@pytest.mark.parametrize(("change", "laws"), BROKEN)
def test_every_law_looks_at_further_taxes(norte: Company, change: str, laws: set[str]):
    paper_of(norte, sale("A", "FIRM", "HOUR", "10"))
    with unguarded():
        execute(change)
    assert {code for code, _ in norte.breaches()} == laws


def test_an_archive_proves_several_taxes_without_the_database(norte: Company, tmp_path: Path):
    paper_of(norte, sale("A", "FIRM", "HOUR", "10"), sale("B", "FIRM", "PEN", "1"))
    sold = paper_of(norte, sale("C", "HOME", "TOY", "3"))
    norte.credit(sold["number"])
    archive_books(norte.actor, tmp_path / "archive")
    assert check(tmp_path / "archive").counts == {}
    paper = json.loads(norte.bills()["INV-000001"])
    assert list(wrong_sums(paper)) == []
    paper["totals"]["withheld"] = "1.00"
    told = list(wrong_sums(paper))
    assert "the withheld taxes of the lines do not add up to withheld" in told
    assert "gross, rounding and withheld do not give payable" in told
    priced = json.loads(norte.bills()[sold["number"]])
    priced["totals"]["tax_included"] = "1.00"
    assert "tax_included is not the tax" in list(wrong_sums(priced))


def test_documents_are_of_the_published_schema(norte: Company):
    schema = json.loads(Path("docs/schema/bill-1.json").read_text("utf-8"))
    valid = Draft202012Validator(schema)
    norte.take(
        "charges",
        HEAD
        + sale("A", "FIRM", "HOUR", "10")
        + sale("B", "SHOP", "PEN", "1")
        + sale("C", "HOME", "TOY", "3")
        + sale("D", "HOME", "BOWL", "1"),
    )
    norte.bill()
    for number in list(norte.bills()):
        norte.credit(number)
    told = papers(norte)
    assert len(told) == 8
    assert [list(valid.iter_errors(paper)) for paper in told] == [[]] * 8


@pytest.mark.parametrize(
    ("seller", "told"),
    [
        ('withholding = "fees"', "'fees' is none of professional, professional_start"),
        ('inclusive_method = "gross"', "inclusive_method must be one of 'rate', 'net', 'tax'"),
    ],
)
def test_a_company_file_that_asks_for_what_there_is_not(seller: str, told: str):
    with pytest.raises(CompanyFileError, match=told):
        read(SELLER.format(seller=seller, policy=""))


def test_only_customers_in_spain_withhold():
    text = SELLER.format(seller='withholding = "professional"', policy="")
    with pytest.raises(CompanyFileError, match="sellers in Spain only; leave it out"):
        read(text.replace('country = "ES"', 'country = "PT"'))
