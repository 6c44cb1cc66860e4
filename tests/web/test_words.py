"""Languages: every text has its translation, places agree, and a page speaks its reader's."""

from __future__ import annotations

import re
from datetime import date

import pytest
from babel.messages.catalog import Catalog
from django.test import Client
from django.utils import translation
from tests.actions.company import Company
from tests.web.conftest import Visitor
from tests.web.test_routes import MESSAGES, POSTED, ROUTES, address
from tools import words

from cleanbill.actions import look_up
from cleanbill.cycle.verify.catalogue import BY_CODE
from cleanbill.formats import tabular
from cleanbill.shells.web import wording
from cleanbill.shells.web.templatetags import paper
from cleanbill.store.models import User


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("kind", sorted(words.SOURCES))
def test_every_text_is_translated_and_none_is_stale(kind: str, language: str):
    catalogue = words.renewed(kind, language)
    assert not list(words.wrong_in(catalogue))
    po = words.as_po(catalogue)
    made = {"po": po, "mo": words.as_mo(po, language)}
    for ending, content in made.items():
        path = words.place(kind, language, ending)
        assert path.read_bytes() == content, f"{path} is out of date: run `make docs`"


def test_a_text_without_translation_and_a_place_too_many_are_told():
    catalogue = Catalog(locale="de")
    catalogue.add("Plain", "Schlicht")
    catalogue.add("Nothing yet", "")
    catalogue.add("Run %(id)s", "Lauf %(nummer)s", flags=["python-format"])
    catalogue.add("Item {item}", "Artikel", context="CB-X")
    catalogue.add(("%(number)s bill", "%(number)s bills"), ("Ein Beleg", "%(number)s Belege"))
    told = list(words.wrong_in(catalogue))
    assert len(told) == 3
    assert [words.PLACE.findall(each) != [] for each in told] == [False, True, True]
    assert "Nothing yet" in told[0]


def test_facts_that_a_translation_names_are_the_checks_own():
    for code, check in BY_CODE.items():
        for text in (check.reason, check.repair):
            with translation.override("de"):
                told = translation.pgettext(code, text)
            assert set(re.findall(r"\{(\w+)\}", told)) == set(re.findall(r"\{(\w+)\}", text)), code


@pytest.mark.parametrize(("language", "way"), [("en", "ltr"), ("de", "ltr"), ("ar", "rtl")])
def test_a_page_speaks_as_the_browser_asks(
    desk: Company, visitor: Visitor, language: str, way: str
):
    client = visitor("admin")
    for name in sorted(set(ROUTES) - set(POSTED) - MESSAGES):
        answer = client.get(address(name, "acme"), headers={"Accept-Language": language})
        assert answer.headers["Content-Language"] == language
        if answer.streaming:
            continue
        page = answer.content.decode(errors="replace")
        if "<html" in page:
            assert f'<html lang="{language}" dir="{way}">' in page, name


def test_a_language_that_is_not_spoken_gives_english(billed: Company, visitor: Visitor):
    answer = visitor("admin").get("/o/acme/", headers={"Accept-Language": "fi"})
    assert '<html lang="en" dir="ltr">' in answer.content.decode()


def test_the_persons_choice_wins_over_the_browsers(billed: Company, visitor: Visitor):
    client = visitor("specialist")
    answer = client.post("/language", {"language": "ar", "next": "/o/acme/queue?code=CB-CHG-001"})
    assert answer.headers["Location"] == "/o/acme/queue?code=CB-CHG-001"
    assert User.objects.get(email="specialist@example.com").language == "ar"
    for each in (client, visitor("specialist")):
        page = each.get("/o/acme/", headers={"Accept-Language": "de"}).content.decode()
        assert '<html lang="ar" dir="rtl">' in page


def test_the_door_speaks_the_language_chosen_there(store: None):
    client = Client()
    client.post("/language", {"language": "de", "next": "/accounts/login/"})
    page = client.get("/accounts/login/", headers={"Accept-Language": "en"}).content.decode()
    assert "Anmelden" in page
    assert '<html lang="de" dir="ltr">' in page


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_choosing_a_language_leads_nowhere_else(store: None, back: str):
    answer = Client().post("/language", {"language": "de", "next": back})
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("language", ["", "xx", "../../de", "\x00", "e" * 500])
def test_a_language_that_is_none_changes_nothing(billed: Company, visitor: Visitor, language: str):
    client = visitor("specialist")
    assert client.post("/language", {"language": language}).status_code in (302, 400)
    assert User.objects.get(email="specialist@example.com").language is None
    assert client.get("/language").status_code == 405


def test_the_queue_tells_findings_in_the_readers_language(billed: Company, visitor: Visitor):
    client = visitor("specialist")
    page = client.get("/o/acme/queue", headers={"Accept-Language": "de"}).content.decode()
    rows = look_up.findings(billed.actor)
    assert rows
    for row in rows:
        with translation.override("de"):
            title, reason = wording.title(row["code"]), wording.reason(row["code"], row["facts"])
        assert title != row["title"]
        assert title in page
        assert reason in page


@pytest.mark.parametrize(
    ("language", "day", "number"),
    [("en", "4 Oct 2026", "12,345.60"), ("de", "4. Okt. 2026", "12.345,60")],
)
def test_facts_read_as_their_kind_in_the_readers_manner(language: str, day: str, number: str):
    facts = {
        "description": "4711 2026-10-04",
        "service_date": "2026-10-04",
        "net": "12345.60",
        "currency": "EUR",
        "quantity": "3",
        "item": "BOLT",
    }
    with translation.override(language):
        assert day in wording.reason("CB-CHG-031", facts)
        assert f"{number} EUR" in wording.reason("CB-CHG-039", facts)
        assert "4711 2026-10-04" in wording.reason("CB-CHG-017", facts)


def test_a_fact_that_does_not_read_as_its_kind_stays_as_it_was_kept():
    told = wording.reason("CB-CHG-031", {"service_date": "[erased]"})
    assert "[erased]" in told


@pytest.mark.parametrize(
    ("language", "money", "day"),
    [("en", "€1,234.50", "4 Oct 2026"), ("de", "1.234,50\xa0€", "4. Okt. 2026")],
)
def test_amounts_and_days_follow_the_screen(language: str, money: str, day: str):
    with translation.override(language):
        assert paper.money(123450, "EUR") == money
        assert paper.day(date(2026, 10, 4)) == day


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize(
    ("minor", "currency", "digits"),
    [(1234500, "JPY", "1234500"), (1234500, "EUR", "1234500"), (-1234567, "KWD", "1234567")],
)
def test_an_amount_has_the_decimals_of_its_currency(
    language: str, minor: int, currency: str, digits: str
):
    with translation.override(language):
        shown = paper.money(minor, currency)
    assert re.sub(r"\D", "", shown) == digits
    decimals = {"JPY": 0, "EUR": 2, "KWD": 3}[currency]
    last = re.search(r"[.,](\d+)\D*$", shown)
    assert last
    assert len(last[1]) == (decimals or 3), shown


def test_a_sign_stands_before_its_number_from_right_to_left_too():
    with translation.override("ar"):
        assert paper.figure(-105702, "GBP") == "\u2066-1,057.02\u2069"
        assert paper.money(-5, "JPY") == "\u2066-5\u2069\xa0\u2068JP¥\u2069"


def test_every_kind_of_file_has_a_name_in_every_language(billed: Company, visitor: Visitor):
    assert set(wording.FILES) == set(tabular.KINDS)
    client = visitor("admin")
    pages = {
        language: client.get("/o/acme/imports", headers={"Accept-Language": language})
        for language in words.LANGUAGES
    }
    shown = {
        language: re.findall(r'<option value="(\w+)"[^>]*>([^<]+)', page.content.decode())
        for language, page in pages.items()
    }
    assert [kind for kind, _ in shown["en"]] == list(tabular.KINDS)
    for language, named in shown.items():
        assert len({name for _, name in named}) == len(named), language
    assert not {name for _, name in shown["ar"]} & {name for _, name in shown["en"]}


def test_a_document_keeps_its_own_language(billed: Company, visitor: Visitor):
    page = visitor("specialist").get("/o/acme/bills/INV-000001", headers={"Accept-Language": "ar"})
    text = page.content.decode()
    own = look_up.document(billed.actor, "INV-000001")["language"]
    assert own != "ar"
    assert f'<article class="document" lang="{own}" dir="ltr"' in text
