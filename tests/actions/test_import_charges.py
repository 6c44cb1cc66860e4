"""Charges come in: once, in every version, never twice; a dry run keeps nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.actions.company import MONTH, Company, founded
from tests.store.contents import digest, everything, value

from cleanbill.actions.access import NotAllowed
from cleanbill.actions.import_file import import_file
from cleanbill.formats.tabular import UnreadableFile, load_profile, write_rejects
from cleanbill.nouns.seal import is_sealed
from cleanbill.store.models import Charge, ChargeLink, Event
from cleanbill.store.party_keys import unsealer

HEAD = "reference,customer,item,kind,quantity,currency,service_date,cancels\n"
TEN = HEAD + "A,ALPHA,BOLT,,10,EUR,2026-10-01,\n"
TWENTY = HEAD + "A,ALPHA,BOLT,,20,EUR,2026-10-01,\n"
THIRTY = HEAD + "A,ALPHA,BOLT,,30,EUR,2026-10-01,\n"


def counts(report) -> tuple[int, int, int, int]:
    return report.created, report.changed, report.unchanged, report.proposed


def versions() -> list[tuple[str, int, int]]:
    found = Charge.objects.order_by("id")
    return list(found.values_list("reference", "version", "quantity_e6"))


def test_charges_come_in_as_they_are(books: Company):
    assert counts(books.take("charges", MONTH)) == (14, 0, 0, 0)
    charge = Charge.objects.get(reference="S-02")
    assert (charge.customer, charge.item, charge.kind) == ("ALPHA", "HOUR", "sale")
    assert (charge.quantity_e6, charge.currency, charge.row) == (12_500_000, "EUR", 3)
    assert str(charge.service_date) == "2026-10-02"
    assert charge.source == "file"
    event = Event.objects.get(action="charges.imported")
    assert event.after["created"] == 14
    assert event.actor == books.actor.name


def test_a_dry_run_changes_nothing_and_reports_the_same(books: Company):
    before = everything()
    dry = books.take("charges", MONTH, dry_run=True)
    assert everything() == before
    assert dry.dry_run
    real = books.take("charges", MONTH)
    assert counts(real) == counts(dry)
    assert real.sha256 == dry.sha256
    assert real.intake.counts == dry.intake.counts
    assert real.intake.accepted.equals(dry.intake.accepted)


def test_a_dry_run_of_corrections_changes_nothing(books: Company):
    books.take("charges", TEN)
    books.bill()
    before = digest()
    assert counts(books.take("charges", TWENTY, dry_run=True)) == (0, 0, 0, 1)
    assert digest() == before


def test_the_same_file_again_is_known(books: Company):
    books.take("charges", MONTH)
    before = everything(but=("source_file",))
    assert counts(books.take("charges", MONTH)) == (0, 0, 14, 0)
    assert everything(but=("source_file",)) == before


def test_equal_rows_stay_two_charges_and_say_so(books: Company):
    row = "A,ALPHA,BOLT,,10,EUR,2026-10-01,\n"
    assert counts(books.take("charges", HEAD + row + row)) == (2, 0, 0, 0)
    found = Charge.objects.order_by("id").values_list("reference", "occurrence", "repeats")
    assert list(found) == [("A", 1, 0), ("A", 2, 1)]
    outcome = books.bill()
    assert outcome.bills["net_minor"].to_list() == [2660]
    assert books.findings() == {("CB-CHG-001", "A #2")}


def test_a_correction_takes_the_place_of_an_unbilled_charge(books: Company):
    books.take("charges", TEN)
    assert counts(books.take("charges", TWENTY)) == (0, 1, 0, 0)
    assert versions() == [("A", 1, 10_000_000), ("A", 2, 20_000_000)]
    assert ChargeLink.objects.get().kind == "superseded"
    assert books.bill().bills["net_minor"].to_list() == [2660]


def test_a_correction_of_a_held_charge_ends_its_finding(books: Company):
    books.take("charges", TEN.replace("ALPHA", "NOBODY"))
    books.bill()
    assert books.findings() == {("CB-CHG-006", "A")}
    books.take("charges", TEN)
    books.bill()
    assert books.findings() == set()
    assert len(books.bills()) == 1


def test_a_correction_of_a_billed_charge_waits_for_a_person(books: Company):
    books.take("charges", TEN)
    books.bill()
    assert counts(books.take("charges", TWENTY)) == (0, 0, 0, 1)
    assert books.findings() == {("CB-CHG-022", "A")}
    books.bill()
    assert len(books.bills()) == 1
    assert counts(books.take("charges", THIRTY)) == (0, 0, 0, 1)
    books.bill()
    assert len(books.bills()) == 1


def test_an_older_version_sent_again_is_known(books: Company):
    books.take("charges", TEN)
    books.take("charges", TWENTY)
    before = everything(but=("source_file",))
    assert counts(books.take("charges", TEN)) == (0, 0, 1, 0)
    assert everything(but=("source_file",)) == before
    books.bill()
    books.take("charges", TEN)
    books.bill()
    assert len(books.bills()) == 1


def test_credit_and_reopen_bills_the_latest_correction_instead(books: Company):
    books.take("charges", TEN)
    books.bill()
    books.take("charges", TWENTY)
    books.take("charges", THIRTY)
    books.credit("INV-000001", reopen=True)
    books.bill()
    assert list(books.bills()) == ["INV-000001", "INV-000002", "CN-000001"]
    assert [n["quantity"] for n in books.document("INV-000002")["lines"]] == ["30"]
    assert books.findings() == set()
    assert books.breaches() == []


def test_rejected_rows_come_back_with_reasons_and_can_be_mended(books: Company):
    bad = HEAD + (
        "A,ALPHA,BOLT,,10,EUR,2026-10-01,\n"
        "A,ALPHA,BOLT,,ten,EUR,2026-10-01,\n"
        "B,ALPHA,BOLT,,1,EURO,2026-02-30,\n"
        ",ALPHA,BOLT,,1,EUR,2026-10-01,\n"
    )
    report = books.take("charges", bad)
    assert counts(report) == (1, 0, 0, 0)
    assert report.intake.counts["rows"] == 4
    assert report.intake.counts["rejected"] == 3
    assert report.intake.rejected["row"].to_list() == [3, 4, 5]
    assert report.intake.rejected["what_to_do"].null_count() == 0
    rejects = books.folder / "rejects.csv"
    write_rejects(rejects, report.intake.rejected)
    mended = rejects.read_text("utf-8-sig").replace("ten", "7").replace("EURO", "EUR")
    mended = mended.replace("2026-02-30", "2026-10-30").replace("\n,ALPHA", "\nC,ALPHA")
    assert counts(books.take("charges", mended, name="mended.csv")) == (3, 0, 0, 0)
    found = Charge.objects.order_by("reference", "occurrence")
    assert [(c.reference, c.occurrence) for c in found] == [("A", 1), ("A", 2), ("B", 1), ("C", 1)]


def test_sources_keep_their_references_apart(books: Company):
    profile = books.write(
        "shop.toml", 'kind = "charges"\nsource = "shop"\n[columns]\nreference = "id"\n'
    )
    path = books.write("shop.csv", TEN.replace("reference", "id"))
    books.take("charges", TEN)
    report = import_file(books.actor, "charges", path, profile=load_profile(profile))
    assert counts(report) == (1, 0, 0, 0)
    assert sorted(Charge.objects.values_list("source", flat=True)) == ["file", "shop"]


@pytest.mark.parametrize(
    "text",
    ["naïve — “quotes”, comma; tab\tand\nline", "back\\slash \\N \\.", "'; DROP TABLE x; --", '""'],
)
def test_odd_text_survives_and_prints(books: Company, text: str):
    quoted = '"' + text.replace('"', '""') + '"'
    row = f"A,ALPHA,BOLT,{quoted},10,EUR,2026-10-01\n"
    head = "reference,customer,item,description,quantity,currency,service_date\n"
    books.take("charges", head + row)
    books.bill()
    assert books.document("INV-000001")["lines"][0]["description"] == text
    assert books.breaches() == []
    assert counts(books.take("charges", head + row)) == (0, 0, 1, 0)


def test_unknown_columns_stay_with_the_charge(books: Company):
    head = "reference,customer,item,quantity,currency,service_date,Dept\n"
    report = books.take("charges", head + "A,ALPHA,BOLT,1,EUR,2026-10-01,7\n")
    assert report.intake.ignored_columns == ("Dept",)
    kept = value("SELECT attributes FROM charge")
    assert is_sealed(kept)
    assert unsealer(books.actor.organisation_id, "ALPHA")(kept) == '{"Dept":"7"}'


def test_customers_and_items_are_adopted_where_the_policy_says_so(store: None, tmp_path: Path):
    shop = founded(
        tmp_path, "shop", "create_customers = true\ncreate_items = true\nitem_kinds = {}"
    )
    text = HEAD + "A,NEW,THING,,10,EUR,2026-10-01,\nB,ALPHA,BOLT,,1,EUR,2026-10-01,\n"
    assert shop.take("charges", text, dry_run=True).adopted == {"customers": 1, "items": 1}
    assert shop.take("charges", text).adopted == {"customers": 1, "items": 1}
    assert shop.take("charges", text).adopted == {"customers": 0, "items": 0}


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02garbage", b"%PDF-1.7", b"a,b\n1,2\n"])
def test_garbage_is_one_sentence_and_keeps_nothing(books: Company, content: bytes):
    path = books.folder / "garbage.csv"
    path.write_bytes(content)
    before = digest()
    with pytest.raises(UnreadableFile):
        import_file(books.actor, "charges", path)
    assert digest() == before


def test_charges_and_master_data_have_permissions_of_their_own(books: Company):
    from cleanbill.actions.access import ROLES, Actor

    path = books.write("charges.csv", MONTH)
    keeper = Actor(books.actor.organisation_id, "keeper", ROLES["master_data"])
    clerk = Actor(books.actor.organisation_id, "clerk", ROLES["specialist"])
    with pytest.raises(NotAllowed, match=r"charges\.import"):
        import_file(keeper, "charges", path)
    with pytest.raises(NotAllowed, match=r"master\.import"):
        import_file(clerk, "customers", books.folder / "customers.csv")
    assert import_file(clerk, "charges", path).created == 14
