"""Price plan files: all or nothing, everything wrong told at once, versions instead of edits."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from tests.actions.company import PLAN, Company
from tests.store.contents import everything

from cleanbill.actions.import_plans import PlanReport
from cleanbill.formats import plan_file
from cleanbill.formats.plan_file import PlanFileError, shape
from cleanbill.store.models import Bill, Event, Price, PriceTier, SourceFile, Terms

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples/plans/gold.toml"
SCHEMA = json.loads((ROOT / "docs/schema/plan-1.json").read_text(encoding="utf-8"))
AGREED = "customer,agreement,valid_from,grouping,cut_off,plan\nALPHA,RV-1,2026-01-01,,any,gold\n"
CHARGE = "reference,customer,item,quantity,currency,service_date\n{}\n"


def counts(report: PlanReport) -> tuple[int, int, int]:
    return report.created, report.changed, report.unchanged


def payables() -> list[int]:
    return list(Bill.objects.order_by("payable_minor").values_list("payable_minor", flat=True))


def problems(text: str, name: str = "plan.toml") -> list[str]:
    with pytest.raises(PlanFileError) as caught:
        plan_file.read(text, name)
    return [str(problem) for problem in caught.value.problems]


def tiers(item: str) -> list[tuple]:
    found = PriceTier.objects.filter(price__item=item, price__current=True, price__plan="gold")
    return list(
        found.order_by("price_id", "tier").values_list(
            "up_to_e6", "unit_price_e8", "flat_minor", "volume_discount_percent_e6"
        )
    )


def test_the_example_comes_in_and_again_changes_nothing(books: Company):
    report = books.take_plan(EXAMPLE.read_text(encoding="utf-8"))
    assert (report.plan, report.prices, report.tiers) == ("gold", 14, 19)
    assert counts(report) == (14, 0, 0)
    call = Price.objects.get(item="CALL")
    assert (call.model, call.maximum_minor) == ("graduated", 20_000)
    assert tiers("CALL") == [(100_000_000, 0, 1000, None), (None, 5_000_000, None, None)]
    assert [row[0::3] for row in tiers("SENSOR")] == [
        (10_000_000, None),
        (100_000_000, 5_000_000),
        (None, 7_500_000),
    ]
    base = Price.objects.filter(item="BASE", plan="gold").order_by("valid_from")
    assert list(base.values_list("valid_from", "valid_to")) == [
        (date(2026, 1, 1), date(2027, 1, 1)),
        (date(2027, 1, 1), date(2028, 1, 1)),
        (date(2028, 1, 1), None),
    ]
    before = everything(but=("source_file",))
    assert counts(books.take_plan(EXAMPLE.read_text(encoding="utf-8"))) == (0, 0, 14)
    assert everything(but=("source_file",)) == before
    assert books.breaches() == []


def test_a_dry_run_changes_nothing(books: Company):
    before = everything()
    report = books.take_plan(PLAN, dry_run=True)
    assert report.dry_run
    assert counts(report) == (1, 0, 0)
    assert everything() == before


def test_a_changed_price_is_a_new_version_and_old_bills_still_replay(books: Company):
    books.take_plan(PLAN)
    books.take("agreements", AGREED)
    books.take("charges", CHARGE.format("Q-1,ALPHA,BOLT,10,EUR,2026-10-01"))
    books.bill()
    assert books.document("INV-000001")["lines"][0]["net"] == "11.00"
    assert counts(books.take_plan(PLAN.replace("1.10", "1.20"))) == (0, 1, 0)
    versions = Price.objects.filter(item="BOLT", plan="gold").order_by("version")
    assert list(versions.values_list("version", "current")) == [(1, False), (2, True)]
    assert books.breaches() == []
    books.take("charges", CHARGE.format("Q-2,ALPHA,BOLT,10,EUR,2026-10-01"))
    books.bill()
    line = books.document("INV-000002")["lines"][0]
    assert (line["net"], line["keys"]["price_version"]) == ("12.00", "2")
    assert books.breaches() == []


def test_a_changed_model_is_a_new_version_too_and_back_again(books: Company):
    books.take_plan(PLAN)
    by_volume = PLAN.replace('"unit"', '"volume"')
    assert counts(books.take_plan(by_volume)) == (0, 1, 0)
    assert counts(books.take_plan(PLAN)) == (0, 1, 0)
    versions = Price.objects.filter(item="BOLT", plan="gold").order_by("version")
    assert list(versions.values_list("model", "version", "current")) == [
        ("unit", 1, False),
        ("volume", 2, False),
        ("unit", 3, True),
    ]


def test_what_the_file_leaves_out_still_holds_and_is_named(books: Company):
    books.take_plan(PLAN)
    report = books.take_plan(PLAN.replace("BOLT", "BOOK"))
    assert report.left_out == ("BOLT EUR from 2026-01-01",)
    assert Price.objects.filter(plan="gold", current=True).count() == 2


def test_an_import_leaves_its_file_and_an_event(books: Company):
    report = books.take_plan(PLAN)
    kept = SourceFile.objects.get(kind="plans")
    assert (kept.name, kept.sha256) == ("plan.toml", report.sha256)
    event = Event.objects.get(action="plans.imported")
    assert (event.subject, event.actor) == ("plan.toml", books.actor.name)
    assert event.after == {"created": 1, "changed": 0, "unchanged": 0}


def test_a_wrong_price_keeps_all_of_the_file_out(books: Company):
    before = everything()
    wrong = (
        PLAN
        + '[[prices]]\nitem = "BOOK"\nmodel = "unit"\nunit_price = 1\nminimum = 5\nmaximum = 4\n'
    )
    with pytest.raises(
        PlanFileError, match=r"price 2 \(BOOK\): maximum:below_minimum: The maximum"
    ):
        books.take_plan(wrong)
    assert everything() == before


def test_what_is_wrong_with_one_tier_is_told_once(books: Company):
    text = PLAN.replace('"unit"', '"volume"').replace('unit_price = "1.10"', "")
    with pytest.raises(PlanFileError) as caught:
        books.take_plan(text + "tiers = [{ up_to = 5, unit_price = 1 }, { percent = 3 }]\n")
    said = "price 1 (BOLT): unit_price:missing: A tier needs a unit_price or a flat_amount"
    assert [str(p)[: len(said)] for p in caught.value.problems] == [said]


def test_everything_wrong_is_told_at_once_with_its_place():
    text = """
plan = "x"
customer = "y"
curency = "EUR"
[[prices]]
item = "A"
model = "gradated"
[[prices]]
item = "B"
model = "volume"
currency = "EUR"
valid_from = 2026-01-01
minimum = "1.005"
when = { region = 3 }
tiers = [{ unit_price = 1 }, { up_to = 5, flat_amout = 1 }]
"""
    found = problems(text)
    assert found[0].startswith("the file: unknown key 'curency': did you mean 'currency'? Allowed:")
    assert found[1] == "the file: it is of a plan or of a customer, never of both"
    assert found[2].startswith("price 1 (A): model: 'gradated' is none of unit, flat, graduated")
    assert found[2].endswith("did you mean 'graduated'?")
    assert found[3] == "price 2 (B): minimum: 1.005 has more than 2 decimals"
    assert found[4] == "price 2 (B): when: write the value of 'region' as text in quotes"
    assert found[5].startswith(
        "price 2 (B), tier 2: unknown key 'flat_amout': did you mean 'flat_amount'"
    )
    assert found[6] == "price 2 (B): only the last tier may lack up_to: it is the open one"
    assert len(found) == 7


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("unit_price = 0.1", None),
        ("unit_price = 12345678901.5", "beyond the limit"),
        ("unit_price = true", "expected a price such as"),
        ("unit_price = nan", "not a finite number"),
        ('unit_price = "1,5"', "is no number"),
        ("unit_price = 1\ntiers = []", "tiers: expected a list of tables, found []"),
        (
            "unit_price = 1\ndiscounts = [{ above = 5, percent = 1 }, { above = 5, percent = 2 }]",
            "above the one before",
        ),
        ("unit_price = 1\ndiscounts = [{ above = 5 }]", "'percent' is missing: write a percentage"),
        ("unit_price = 1\nwhen = { 'a;b' = 'c' }", "is no name of an attribute"),
        ("unit_price = 1\nincrement_rounding = 'upp'", "did you mean 'up'?"),
        (
            "ramp = [{ from = 2027-01-01, unit_price = 1 }, { from = 2026-01-01, unit_price = 2 }]",
            "must begin after",
        ),
        ("unit_price = 1\nvalid_from = 2026-01-01T00:00:00", "expected a date"),
    ],
)
def test_single_values(line: str, said: str | None):
    head = 'currency = "EUR"\n'
    dated = "" if "valid_from" in line or "ramp" in line else "valid_from = 2026-01-01\n"
    text = f'{head}[[prices]]\nitem = "A"\nmodel = "unit"\n{dated}{line}\n'
    if said is None:
        assert plan_file.read(text, "plan.toml").rows["unit_price_e8"].to_list() == [10_000_000]
    else:
        assert said in " ".join(problems(text))


def test_json_says_the_same_and_a_key_twice_is_refused():
    table = {"item": "A", "model": "unit", "unit_price": 0.1, "when": {"region": "EU"}}
    data = {"currency": "EUR", "valid_from": "2026-01-01", "prices": [table]}
    row = plan_file.read(json.dumps(data), "plan.json").rows.row(0, named=True)
    assert (row["unit_price_e8"], row["valid_from"]) == (10_000_000, date(2026, 1, 1))
    assert row["conditions"] == "region=EU"
    assert "the key 'a' is written twice" in problems('{"a": 1, "a": 2}', "plan.json")[0]
    assert "it is no JSON" in problems("plan = 1", "plan.json")[0]
    assert "it is no TOML" in problems("{}", "plan.toml")[0]


def test_a_discount_that_begins_within_a_graduated_tier_charges_its_flat_amount_once():
    text = """
currency = "EUR"
valid_from = 2026-01-01
[[prices]]
item = "A"
model = "graduated"
tiers = [{ up_to = 10, unit_price = 1, flat_amount = 5 }, { unit_price = 2, flat_amount = 3 }]
discounts = [{ above = 10, percent = 4 }, { above = 20, percent = 6 }]
"""
    rows = plan_file.read(text, "plan.toml").rows.select(
        "up_to_e6", "flat_amount_minor", "volume_discount_percent_e6"
    )
    assert rows.rows() == [
        (10_000_000, 500, None),
        (20_000_000, 300, 4_000_000),
        (None, None, 6_000_000),
    ]


def test_the_published_schema_is_what_is_read():
    Draft202012Validator.check_schema(SCHEMA)
    price = SCHEMA["$defs"]["price"]
    for own, keys in (
        (SCHEMA, shape.FILE),
        (price, shape.PRICE),
        (SCHEMA["$defs"]["tier"], shape.TIER),
        (SCHEMA["$defs"]["discount"], shape.DISCOUNT),
        (SCHEMA["$defs"]["step"], shape.STEP),
        (SCHEMA["$defs"]["bundle"], shape.BUNDLE),
        (SCHEMA["$defs"]["component"], shape.COMPONENT),
    ):
        assert list(own["properties"]) == list(keys)
        assert own.get("required", []) == [name for name, key in keys.items() if key.needed]
        assert own["additionalProperties"] is False
    assert price["properties"]["model"]["enum"] == list(shape.PRICE["model"].choices)


def test_the_example_follows_the_published_schema():
    data = json.loads(json.dumps(tomllib.loads(EXAMPLE.read_text(encoding="utf-8")), default=str))
    errors = [f"{e.json_path}: {e.message}" for e in Draft202012Validator(SCHEMA).iter_errors(data)]
    assert errors == []
    data["prices"][0]["modle"] = "unit"
    assert list(Draft202012Validator(SCHEMA).iter_errors(data))


def test_prices_of_a_plan_say_whether_they_include_tax(books: Company):
    text = (
        PLAN.replace('plan = "gold"', 'plan = "gold"\nincludes_tax = true')
        + '[[prices]]\nitem = "BOOK"\nmodel = "unit"\nunit_price = "9"\nincludes_tax = false\n'
    )
    assert counts(books.take_plan(text)) == (2, 0, 0)
    said = Price.objects.filter(plan="gold").order_by("item").values_list("item", "includes_tax")
    assert list(said) == [("BOLT", True), ("BOOK", False)]
    assert counts(books.take_plan(text.replace("= false", "= true"))) == (0, 1, 1)
    assert problems(text.replace("= false", '= "no"')) == [
        "price 2 (BOOK): includes_tax: expected true or false, found 'no'"
    ]
    books.take("agreements", AGREED)
    books.take("charges", CHARGE.format("R-1,ALPHA,BOLT,100,EUR,2026-10-05"))
    books.bill()
    assert payables() == [11000]
    assert books.breaches() == []


def test_a_charge_says_whether_its_price_includes_tax(books: Company):
    head = "reference,customer,item,quantity,unit_price,currency,service_date,includes_tax\n"
    books.take(
        "items", "item,description,kind,unit,tax_category\nGADGET,Gadget,goods,C62,standard\n"
    )
    rows = "Q-1,ALPHA,GADGET,1,11.90,EUR,2026-10-05,yes\nQ-2,ALPHA,GADGET,1,10,EUR,2026-10-05,\n"
    books.take("charges", head + rows)
    books.bill()
    assert payables() == [1190, 1190]
    assert books.take("charges", head + rows).unchanged == 2
    assert books.breaches() == []


BUNDLE = """
[[prices]]
item = "BOOK"
model = "unit"
unit_price = "30.00"
[[bundles]]
bundle = "KIT"
item = "BOOK"
shown = "one"
components = [
  { item = "BOLT", quantity = "2.5", share = 60 },
  { item = "HOUR", share = "40" },
  { item = "PACK", addon = true },
]
"""


def test_a_plan_says_what_its_bundles_are_made_of(books: Company):
    report = books.take_plan(PLAN + BUNDLE)
    assert (report.bundles, report.bundles_changed) == (1, 1)
    assert Draft202012Validator(SCHEMA).is_valid(
        json.loads(json.dumps(tomllib.loads(PLAN + BUNDLE), default=str))
    )
    kept = Terms.objects.get(kind="bundles")
    assert json.loads(kept.body) == {
        "reference": "KIT",
        "item": "BOOK",
        "plan": "gold",
        "shown": "one",
        "start": "2026-01-01",
        "components": [
            {"item": "BOLT", "quantity": "2.5", "share": "60"},
            {"item": "HOUR", "quantity": "1", "share": "40"},
            {"item": "PACK", "quantity": "1", "addon": True},
        ],
    }
    assert books.take_plan(PLAN + BUNDLE).bundles_changed == 0
    assert books.take_plan(PLAN + BUNDLE.replace("60", "59")).bundles_changed == 1
    books.take("agreements", AGREED)
    books.take("charges", CHARGE.format("R-1,ALPHA,BOOK,2,EUR,2026-10-05"))
    books.bill()
    lines = books.document("INV-000001")["lines"]
    assert [(n["item"], n["quantity"], n["net"]) for n in lines] == [
        ("BOLT", "5", "35.76"),
        ("HOUR", "2", "24.24"),
    ]
    assert books.breaches() == []


def test_bundles_of_a_plan_that_make_no_sense_keep_all_of_the_file_out(books: Company):
    assert problems(PLAN + BUNDLE.replace(', share = "40"', "")) == [
        "bundle 1: KIT: some components state a share and some do not; state all, or none to "
        "share by list price"
    ]
    assert problems(PLAN + BUNDLE.replace("addon = true", "addon = 1")) == [
        "bundle 1, component 3: addon: expected true or false, found 1"
    ]
    assert problems((PLAN + BUNDLE).replace("plan =", "customer =")) == [
        "the file: bundles are of a plan or of everybody"
    ]
    books.take_plan(PLAN + BUNDLE)
    with pytest.raises(PlanFileError, match="KIT is BOOK for plan gold"):
        books.take_plan((PLAN + BUNDLE).replace('plan = "gold"', 'plan = "silver"'))
