"""The look of documents: kept with a reason for what is issued from then on, shown before."""

from __future__ import annotations

from datetime import date

import pytest
from tests.actions.company import MONTH, Company, company_file

from cleanbill.actions import look_up
from cleanbill.actions.keep_look import (
    NoSuchSeller,
    Unfit,
    keep_look,
    kept_at_set_up,
    look,
    preview_look,
)
from cleanbill.actions.keep_master import Overwritten
from cleanbill.actions.made_up_bill import LINES, RATE_PERCENT, TAX, made_up_bill
from cleanbill.actions.set_up_company import set_up_company
from cleanbill.formats import pdf
from cleanbill.formats.company_toml import CompanyFileError, read
from cleanbill.nouns.look import MOST, MOST_LINES, problems
from cleanbill.nouns.seller import Address, Seller
from cleanbill.store.models import Document, Event, SellerRecord

BLUE = {
    "accent": "#1122CC",
    "initials": "AW",
    "tagline": "Bolts for everybody",
    "website": "acme.example",
    "contact_name": "Billing",
    "contact_phone": "+49 40 1234",
    "contact_email": "billing@acme.example",
    "legal": "Amtsgericht Hamburg\r\n\r\n HRB 1 ",
}
HOSTILE = '#panic("x") ]}) $1/0$ @a <b> \\ " &amp; *bold* `raw` // \u202eabc'


def profile() -> dict:
    return SellerRecord.objects.get().profile


def test_a_look_holds_for_what_is_issued_from_then_on(billed: Company):
    before, issued = profile(), list(Document.objects.order_by("bill_id").values_list("body"))
    changed = keep_look(billed.actor, "acme", BLUE, reason="  new brand ")
    assert set(changed) == set(BLUE)
    assert list(Document.objects.order_by("bill_id").values_list("body")) == issued
    event = Event.objects.get(action="seller.look_changed")
    assert (event.actor, event.subject, event.cause) == (billed.actor.name, "acme", "new brand")
    assert event.before["accent"] == "#1b1b1b"
    assert event.after["legal"] == "Amtsgericht Hamburg\nHRB 1"
    looks = {"accent", "initials", "tagline", "website", "contact", "legal"}
    assert {k for k, v in profile().items() if before[k] != v} == looks
    billed.credit("INV-000001")
    number = look_up.bills(billed.actor, kind="credit_note", limit=1)[0]["number"]
    said = look_up.document(billed.actor, number)["seller"]
    assert (said["accent"], said["tagline"]) == ("#1122cc", "Bolts for everybody")
    assert said["contact"] == {
        "email": "billing@acme.example",
        "name": "Billing",
        "phone": "+49 40 1234",
    }
    assert said["legal"] == ["Amtsgericht Hamburg", "HRB 1"]
    assert "tagline" not in look_up.document(billed.actor, "INV-000001")["seller"]
    assert billed.breaches() == []


def test_what_changes_nothing_leaves_no_trail(books: Company):
    seen = look(books.actor, "acme")
    assert keep_look(books.actor, "acme", seen.look, reason="x", seen=seen.mark) == ()
    assert not Event.objects.filter(action="seller.look_changed").exists()


def test_whoever_was_overtaken_is_told(books: Company):
    seen = look(books.actor, "acme")
    keep_look(books.actor, "acme", {"tagline": "One"}, reason="x", seen=seen.mark)
    with pytest.raises(Overwritten, match="somebody else"):
        keep_look(books.actor, "acme", {"tagline": "Two"}, reason="x", seen=seen.mark)
    assert look(books.actor, "acme").look["tagline"] == "One"
    again = look(books.actor, "acme").mark
    assert keep_look(books.actor, "acme", {"tagline": "Two"}, reason="x", seen=again) == (
        "tagline",
    )


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        ("accent", "green", "colour"),
        ("accent", "#12345g", "colour"),
        ("accent", "#1234567", "long"),
        ("initials", "ABCD", "long"),
        ("tagline", "x" * 101, "long"),
        ("tagline", "a\x00b", "letters"),
        ("tagline", "a\u2028b", "letters"),
        ("website", "a\nb", "letters"),
        ("contact_email", "nobody", "email"),
        ("contact_email", "a@b@c", "email"),
        ("legal", "\n".join("abcdefg"), "lines"),
        ("legal", "x" * 101, "long"),
        ("legal", "a\x07", "letters"),
    ],
)
def test_what_does_not_fit_is_refused(books: Company, field: str, text: str, code: str):
    with pytest.raises(Unfit) as told:
        keep_look(books.actor, "acme", {**BLUE, field: text}, reason="x")
    assert {name: problem.code for name, problem in told.value.problems.items()} == {field: code}
    shown = preview_look(books.actor, "acme", {**BLUE, field: text}, kind="invoice", language="en")
    assert set(shown.problems) == {field}
    assert shown.picture.startswith(b"\x89PNG")


def test_a_reason_is_asked_for_and_a_stranger_is_none(books: Company):
    with pytest.raises(ValueError, match="say why"):
        keep_look(books.actor, "acme", BLUE, reason=" ")
    for act in (
        lambda: look(books.actor, "other"),
        lambda: keep_look(books.actor, "other", BLUE, reason="x"),
        lambda: preview_look(books.actor, "other", BLUE, kind="invoice", language="en"),
    ):
        with pytest.raises(NoSuchSeller):
            act()


def test_the_company_file_wins_where_it_says_something_new(books: Company):
    file = company_file("acme")
    keep_look(books.actor, "acme", {**BLUE, "website": ""}, reason="x")
    set_up_company(file, "boss@acme.example")
    assert look(books.actor, "acme").look["tagline"] == "Bolts for everybody"
    assert "tagline" in kept_at_set_up(books.actor)
    said = file.replace(
        'language = "en"', 'language = "en"\ntagline = "Steel"\nwebsite = "w.example"'
    )
    set_up_company(said, "boss@acme.example")
    now = look(books.actor, "acme").look
    assert (now["tagline"], now["website"], now["initials"]) == ("Steel", "w.example", "AW")
    event = Event.objects.filter(action="company.set_up").latest("id")
    assert event.before["seller"]["tagline"] == "Bolts for everybody"
    assert event.after["seller"]["tagline"] == "Steel"
    assert event.after["kept"]["initials"] == "AW"
    assert "tagline" not in event.after["kept"]
    set_up_company(said, "boss@acme.example")
    assert look(books.actor, "acme").look == now
    assert books.breaches() == []


def test_the_file_overtakes_whoever_has_the_page_open(books: Company):
    seen = look(books.actor, "acme")
    said = company_file("acme").replace('language = "en"', 'language = "en"\ntagline = "Steel"')
    set_up_company(said, "boss@acme.example")
    with pytest.raises(Overwritten):
        keep_look(books.actor, "acme", BLUE, reason="x", seen=seen.mark)


def test_a_preview_is_of_the_latest_and_keeps_nothing(billed: Company):
    before = profile()
    shown = preview_look(billed.actor, "acme", BLUE, kind="invoice", language="de")
    assert shown.number == look_up.bills(billed.actor, kind="invoice", limit=1)[0]["number"]
    assert profile() == before
    plain = look(billed.actor, "acme").look
    other = preview_look(billed.actor, "acme", plain, kind="invoice", language="de")
    assert other.picture != shown.picture
    again = preview_look(billed.actor, "acme", BLUE, kind="invoice", language="de")
    assert again.picture == shown.picture
    with pytest.raises(ValueError, match="a preview is of"):
        preview_look(billed.actor, "acme", BLUE, kind="claim", language="de")


def test_a_preview_of_a_long_bill_is_made_up(books: Company):
    head, *rows = MONTH.strip().splitlines()
    many = [f"L-{n},ALPHA,BOLT,,1,,,EUR,2026-10-0{n % 9 + 1},A-1," for n in range(11)]
    books.take("charges", "\n".join([head, *many]))
    books.bill()
    assert rows
    shown = preview_look(books.actor, "acme", BLUE, kind="invoice", language="en")
    assert shown.number == ""


@pytest.mark.parametrize("kind", ["invoice", "credit_note"])
def test_hostile_texts_stay_texts(books: Company, kind: str):
    texts = {name: HOSTILE[: MOST[name]] for name in BLUE} | {
        "accent": "#ffffff",
        "contact_email": "",
        "legal": "\n".join([(HOSTILE * 2)[: MOST["legal"]]] * MOST_LINES),
    }
    for language in pdf.LANGUAGES:
        shown = preview_look(books.actor, "acme", texts, kind=kind, language=language)
        assert shown.problems == {}
        assert shown.picture.startswith(b"\x89PNG")
    assert keep_look(books.actor, "acme", texts, reason="x")


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
def test_a_made_up_bill_adds_up(currency: str):
    net = sum(quantity * price for quantity, price in LINES)
    assert net * RATE_PERCENT == TAX * 100
    seller = Seller("x", "X", currency, Address(country="DE"))
    for kind in ("invoice", "credit_note"):
        sheet = pdf.layout(made_up_bill(seller, kind, "en", date(2026, 1, 31)))
        assert sheet.totals
        assert len(sheet.lines) == len(LINES)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('accent = "green"', r"\[seller\] accent: expected # and six"),
        ('initials = "ACME"', r"\[seller\] initials: at most 3 letters fit, but it has 4"),
        ("tagline = 5", r"\[seller\] tagline must be text, not 5"),
        ("legal = [1]", r"\[seller\] legal must be a list"),
        ('legal = "HRB 1"', r"\[seller\] legal must be"),
        ('contact = { email = "nobody" }', r"\[seller.contact\] email: expected an e-mail address"),
        ('contact = { name = "a\\u0007b" }', r"\[seller.contact\] name: it has letters"),
    ],
)
def test_the_company_file_follows_the_same_rules(said: str, told: str):
    file = company_file("acme").replace('language = "en"', f'language = "en"\n{said}')
    with pytest.raises(CompanyFileError, match=told):
        read(file)


def test_the_looks_of_the_samples_fit():
    assert problems({**BLUE, "legal": "a\nb"}) == {}
