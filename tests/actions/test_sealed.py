"""At rest what names a party is sealed; people read it opened; nothing else changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from tests.actions.company import END, MONTH, Company, company_file, founded
from tests.actions.people import CHARGES, take_in, traces
from tests.store.contents import execute, value

from cleanbill.actions import look_up
from cleanbill.actions.seal_parties import sealed_customers
from cleanbill.actions.set_up_company import set_up_company
from cleanbill.formats import bill_json, pdf
from cleanbill.formats.terminal import bill_text
from cleanbill.nouns.seal import is_sealed
from cleanbill.store import reading
from cleanbill.store.master_key import MasterKeyError
from cleanbill.store.models import PartyKey
from cleanbill.store.sealing import BrokenSeal

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "schema" / "bill-1.json"
VALIDATOR = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def test_the_record_says_only_reference_kind_and_country(billed: Company):
    kept = json.loads(billed.records()["INV-000001"])["customer"]
    assert kept.keys() == {"reference", "kind", "address", "sealed"}
    assert kept["address"] == {"country": "DE"}
    shown = billed.document("INV-000001")["customer"]
    assert shown == {
        "reference": "ALPHA",
        "kind": "business",
        "name": "Alpha AG",
        "address": {
            "lines": ["Hafenweg 9"],
            "city": "Stuttgart",
            "postcode": "70173",
            "country": "DE",
        },
    }


def test_records_follow_the_schema_and_are_canonical(billed: Company):
    billed.credit("INV-000002")
    for number, text in billed.records().items():
        assert [e.message for e in VALIDATOR.iter_errors(json.loads(text))] == [], number
        assert bill_json.canonical(json.loads(text)) == text
        assert look_up.record(billed.actor, number) == text


def test_only_the_customers_row_says_who_somebody_is(books: Company):
    take_in(books)
    assert {table for table, _ in traces()} == {"customer"}
    assert books.breaches() == []


def test_a_preview_and_the_bill_say_the_same(books: Company):
    books.take("charges", MONTH)
    take = CHARGES.replace("PERSON", "OMEGA")
    books.take("charges", take, name="more.csv")
    shown = [json.loads(text) for text in books.preview(documents=100).documents]
    assert "Tante Holunder" in {d.get("deliver_to", {}).get("name") for d in shown}
    books.bill()
    issued = [json.loads(text) for text in books.bills().values()]

    def said(document: dict) -> str:
        rest = ("number", "series", "payment", "preceding", "lines")
        return json.dumps({k: v for k, v in document.items() if k not in rest}, sort_keys=True)

    assert sorted(map(said, shown)) == sorted(map(said, issued))


def test_bills_are_still_parted_by_place_of_delivery(books: Company):
    take_in(books)
    mine = [json.loads(t) for t in books.bills().values() if '"reference":"PERSON"' in t]
    places = [(d["references"]["order"], d.get("deliver_to", {}).get("name")) for d in mine]
    assert ("P-1", "Tante Holunder") in places
    assert ("P-2", None) in places
    stuck = [f for f in look_up.findings(books.actor) if f["subject_kind"] == "draft"]
    assert any("Tante Holunder" in f["subject"] for f in stuck)
    assert not any(is_sealed(part) for f in stuck for part in f["subject"].split("|"))


def test_drafts_stand_in_the_same_order_whatever_the_seals_are(store: None, tmp_path: Path):
    """Names are sealed differently in each of these books, and the bills get the same numbers."""
    head = "reference,customer,item,quantity,currency,service_date,ship_to\n"
    rows = [f"R-{n},OMEGA,BOLT,{n},EUR,2026-10-0{n},Place {n % 5}\n" for n in range(1, 10)]
    terms = "customer,agreement,valid_from,grouping,cut_off\nOMEGA,R,2026-01-01,ship_to,any\n"
    said = []
    for slug in ("one", "two", "three"):
        company = founded(tmp_path / slug, slug)
        company.take("agreements", terms)
        company.take("charges", head + "".join(rows))
        company.bill()
        papers = [json.loads(t) for t in company.bills().values()]
        said.append([(p["number"], p["deliver_to"]["name"]) for p in papers])
    assert said[0] == said[1] == said[2]
    assert [name for _, name in said[0]] == [f"Place {n}" for n in (1, 2, 3, 4, 0)]


def test_pdf_and_text_show_the_opened_document(books: Company):
    take_in(books)
    number = next(n for n, t in books.bills().items() if "Tante Holunder" in t)
    paper = books.document(number)
    assert "Zwetschgenweg 8" in bill_text(paper) or "Birnenallee 3" in bill_text(paper)
    assert pdf.write(paper).startswith(b"%PDF")


def test_the_same_file_again_is_still_unchanged(books: Company):
    take_in(books)
    again = books.take("charges", CHARGES, name="hers.csv")
    assert (again.created, again.changed, again.unchanged) == (0, 0, 3)


def test_a_block_is_sealed_again_only_when_it_has_changed(books: Company):
    own = books.actor.organisation_id
    customers = reading.master_data(own).customers
    first = sealed_customers(own, customers)
    kept = dict(PartyKey.objects.values_list("party", "sealed"))
    assert dict(first.select("customer", "sealed").iter_rows()) == kept
    assert sealed_customers(own, customers).equals(first)
    books.take("customers", "customer,name,country\nALPHA,Renamed,DE\n")
    now = dict(PartyKey.objects.values_list("party", "sealed"))
    assert {party for party in kept if kept[party] != now[party]} == {"ALPHA"}


def test_two_parties_with_equal_data_share_nothing(store: None, tmp_path: Path):
    rows = "customer,name,kind,country\nA,Erika Muster,consumer,DE\nB,Erika Muster,consumer,DE\n"
    for slug in ("one", "two"):
        founded(tmp_path / slug, slug).take("customers", rows)
    same = PartyKey.objects.filter(party__in=("A", "B"))
    assert same.count() == 4
    for column in ("salt", "sealed"):
        assert same.values(column).distinct().count() == 4


def test_without_the_master_key_nothing_is_read_or_issued(
    billed: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    billed.take("charges", MONTH.replace("S-0", "T-0"), name="more.csv")
    count = len(billed.records())
    monkeypatch.setenv("CLEANBILL_KEY_FILE", str(tmp_path / "nowhere.key"))
    for attempt in (lambda: billed.document("INV-000001"), billed.bill):
        with pytest.raises(MasterKeyError, match=r"nowhere\.key"):
            attempt()
    with pytest.raises(MasterKeyError, match="from its backup"):
        set_up_company(company_file("new"), "boss@new.example")
    other = tmp_path / "other.key"
    other.write_text("ab" * 32)
    monkeypatch.setenv("CLEANBILL_KEY_FILE", str(other))
    for attempt in (lambda: billed.document("INV-000001"), billed.bill):
        with pytest.raises(MasterKeyError, match="another master key"):
            attempt()
    assert [law for law, _ in billed.breaches()] == ["SEAL"]
    assert not (tmp_path / "nowhere.key").exists()
    assert len(billed.records()) == count


def test_set_up_makes_the_key_where_none_has_been(
    store: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    place = tmp_path / "deep" / "own.key"
    monkeypatch.setenv("CLEANBILL_KEY_FILE", str(place))
    founded(tmp_path / "new", "new")
    made = place.read_text()
    assert place.stat().st_mode & 0o777 == 0o600
    founded(tmp_path / "more", "more")
    assert place.read_text() == made


def test_a_seal_moved_to_another_party_does_not_open(billed: Company):
    theirs = value("SELECT salt FROM party_key WHERE party = %s", "BETA")
    execute("UPDATE party_key SET salt = %s WHERE party = %s", theirs, "ALPHA")
    with pytest.raises(BrokenSeal, match="ALPHA"):
        billed.document("INV-000001")
    assert billed.breaches() == [("SEAL", "bill INV-000001")]
    execute("DELETE FROM party_key WHERE party = %s", "ALPHA")
    assert billed.breaches() == [("SEAL", "bill INV-000001")]
    with pytest.raises(BrokenSeal, match="no key of party 'ALPHA'"):
        billed.document("INV-000001")


def test_charges_without_a_customer_have_a_party_of_their_own(store: None, tmp_path: Path):
    shop = founded(tmp_path, "shop", "cash_sales = true")
    text = CHARGES.replace("PERSON", "")
    shop.take("charges", text)
    assert {table for table, _ in traces()} == set()
    shop.bill()
    names = {json.loads(t).get("deliver_to", {}).get("name") for t in shop.bills().values()}
    assert "Tante Holunder" in names
    assert {table for table, _ in traces()} == set()
    assert shop.preview(on=END).bills.is_empty()


def test_the_longest_names_fit_sealed_on_both_databases(books: Company):
    longest = "Ü" * 300
    head = "reference,customer,item,quantity,currency,service_date,ship_to,order\n"
    terms = "customer,agreement,valid_from,grouping,cut_off\n"
    books.take("agreements", f'{terms}OMEGA,R,2026-01-01,"ship_to,order",any\n')
    books.take("charges", f"{head}A,OMEGA,BOLT,1,EUR,2026-10-01,{longest},{'O' * 100}\n")
    books.bill()
    assert books.document("INV-000001")["deliver_to"]["name"] == longest
    assert books.breaches() == []
