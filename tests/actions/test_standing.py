"""What is wrong with master data: found once, however often it is met, closed when it is mended."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.actions.company import CUSTOMERS, MONTH, PRICES, Company

from cleanbill.actions import look_up, open_books
from cleanbill.store.models import Finding

WRONG = CUSTOMERS.replace("Stuttgart,70173", "Stuttgart,7173")
TWIN = "TWIN,Beta Limited,business,Market Lane 2,Hamburg,20095,DE,,en\n"


def findings(books: Company, code: str) -> list[dict[str, Any]]:
    return look_up.findings(books.actor, code=code, limit=1000)


def charge(reference: str, customer: str, item: str = "BOLT", day: str = "2026-10-10") -> str:
    return f"{reference},{customer},{item},,1,,,EUR,{day},Z-{reference},\n"


def test_it_is_told_once_and_keeps_its_age_from_month_to_month(books: Company) -> None:
    books.take("customers", WRONG)
    books.take("charges", MONTH)
    books.bill()
    (told,) = findings(books, "CB-CUS-009")
    assert (told["subject_kind"], told["subject"], told["severity"]) == (
        "customer",
        "ALPHA",
        "warn",
    )
    assert told["reason"] == "7173 is no postcode of DE; one looks like 20457."
    assert told["proposal"] == {
        "kind": "correct_customer",
        "change": "postcode",
        "customer": "ALPHA",
    }
    assert told["at_stake_minor"] > 0
    first = Finding.objects.get(code="CB-CUS-009").pk
    header = MONTH.split("\n")[1] + "\n"
    books.take("charges", header + charge("T-1", "ALPHA") + charge("T-2", "ALPHA"), name="more.csv")
    books.bill()
    assert [f.pk for f in Finding.objects.filter(code="CB-CUS-009")] == [first]


def test_a_run_that_looks_again_closes_what_is_mended_and_no_other(books: Company) -> None:
    books.take("customers", WRONG.replace("Berlin,10115", "Berlin,1015"))
    books.take("charges", MONTH)
    books.bill()
    assert {f["subject"] for f in findings(books, "CB-CUS-009")} == {"ALPHA", "DELTA"}
    books.take("customers", CUSTOMERS)
    header = MONTH.split("\n")[1] + "\n"
    books.take("charges", header + charge("T-1", "ALPHA"), name="more.csv")
    books.bill(customer="ALPHA", key="only alpha")
    assert [f["subject"] for f in findings(books, "CB-CUS-009")] == ["DELTA"]
    books.bill()
    assert findings(books, "CB-CUS-009") == [], "the held charge of DELTA was looked at again"


def test_customers_are_compared_with_all_others(books: Company, monkeypatch: Any) -> None:
    books.take("customers", CUSTOMERS + TWIN)
    books.take("charges", MONTH)
    books.bill()
    (told,) = findings(books, "CB-CUS-014")
    assert told["reason"] == "Customers BETA and TWIN have the same name and postcode."
    header = MONTH.split("\n")[1] + "\n"
    books.take("charges", header + charge("T-1", "BETA"), name="more.csv")
    monkeypatch.setattr(open_books, "SMALL", 5)
    books.take("customers", CUSTOMERS + TWIN.replace("Beta Limited", "Another"))
    books.bill(key="few charges, more customers")
    assert len(findings(books, "CB-CUS-014")) == 1, "nobody could look at all customers"


@pytest.mark.parametrize("partition", [2, 250_000])
def test_partitions_tell_of_a_price_once(books: Company, monkeypatch: Any, partition: int) -> None:
    monkeypatch.setattr(open_books, "PARTITION", partition)
    books.take("prices", PRICES + "BOLT,GAMMA,,EUR,unit,2026-01-01,,,0.01,,,,,,\n")
    books.take(
        "prices",
        PRICES.replace("BOOK,,,EUR,unit,2026-01-01,,,19.99", "BOOK,,,EUR,unit,2026-01-01,,,0"),
    )
    header = MONTH.split("\n")[1] + "\n"
    rows = [charge(f"T-{n}", who, "BOOK") for n, who in enumerate(("ALPHA", "BETA", "OMEGA"))]
    books.take("charges", header + "".join(rows) + charge("T-9", "GAMMA"), name="more.csv")
    outcome = books.bill(chunk=1)
    assert [f["subject"] for f in findings(books, "CB-PRC-014")] == ["BOOK list EUR 2026-01-01"]
    counted = dict(outcome.findings.select("code", "count").iter_rows())
    assert counted["CB-PRC-014"] == 1
    (told,) = findings(books, "CB-PRC-009")
    assert (
        told["reason"] == "GAMMA pays 0.01 for BOLT, more than 50 % below the list price of 1.33."
    )
    assert books.breaches() == []


def test_how_a_run_is_cut_changes_nothing_that_is_found(books: Company, monkeypatch: Any) -> None:
    books.take("customers", WRONG + TWIN)
    books.take("charges", MONTH)
    header = MONTH.split("\n")[1] + "\n"
    twice = charge("T-1", "OMEGA").replace("Z-T-1", "Z-1") + charge("T-2", "OMEGA").replace(
        "Z-T-2", "Z-1"
    )
    books.take("charges", header + twice, name="more.csv")
    whole = books.preview().findings.drop("at_stake_minor")
    assert {"CB-CHG-049", "CB-CUS-009", "CB-CUS-014"} <= set(whole["code"])
    for size in (1, 3):
        monkeypatch.setattr(open_books, "PARTITION", size)
        assert books.preview().findings.drop("at_stake_minor").equals(whole)


def test_the_limits_of_the_company_file_are_kept(books: Company) -> None:
    from cleanbill.store.companies import policy_of
    from cleanbill.store.models import Organisation

    organisation = Organisation.objects.get(pk=books.actor.organisation_id)
    assert policy_of(organisation.policy).checks.late_days == 180
    organisation.policy["checks"]["late_days"] = 10
    organisation.policy["checks"]["billed_together"] = {"BOLT": "BOOK"}
    organisation.save()
    books.take("charges", MONTH)
    codes = dict(books.preview().findings.select("code", "count").iter_rows())
    assert codes["CB-CHG-029"] > 1
    assert codes["CB-LEA-001"] > 1
    del organisation.policy["checks"]
    assert policy_of(organisation.policy).checks.late_days == 180, "as books of before have it"


def test_findings_carry_their_facts_as_text(books: Company) -> None:
    books.take("customers", WRONG)
    books.take("charges", MONTH)
    books.bill()
    facts = json.loads(Finding.objects.get(code="CB-CUS-009").parameters)
    assert facts == {
        "customer": "ALPHA",
        "customer_postcode": "7173",
        "customer_country": "DE",
        "like": "20457",
    }
