"""The page of the look of documents: a form with a picture beside, kept by administrators only."""

from __future__ import annotations

import base64
import re

import pytest
from tests.actions.company import Company
from tests.web.conftest import Visitor
from tests.web.test_pages import text

from cleanbill.actions.keep_look import keep_look, look
from cleanbill.nouns.look import MOST, PROBLEMS, Problem
from cleanbill.shells.web.views.look import LABELS
from cleanbill.shells.web.wording import LOOK_PROBLEMS
from cleanbill.store.models import Event, SellerRecord

PAGE = "/o/acme/sellers/acme/look"
SHOWN = f"{PAGE}/shown"
ASKED = {"accent": "#1122cc", "tagline": "<i>Bolts</i>", "reason": "new brand"}
HTMX = {"HTTP_HX_REQUEST": "true"}


def picture(page: str) -> bytes:
    """Return the picture that a page shows."""
    found = re.search(r'src="data:image/png;base64,([^"]+)"', page)
    assert found
    return base64.b64decode(found[1])


def test_a_look_is_kept_and_shown(billed: Company, visitor: Visitor):
    client = visitor("admin")
    assert PAGE in text(client, "/o/acme/sellers")
    before = text(client, PAGE)
    mark = look(billed.actor, "acme").mark
    assert f'name="seen" value="{mark}"' in before
    answer = client.post(PAGE, {**ASKED, "seen": mark})
    assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)
    after = text(client, PAGE)
    assert "&lt;i&gt;Bolts&lt;/i&gt;" in after
    assert "<i>Bolts" not in after
    assert picture(after) != picture(before)
    assert Event.objects.get(action="seller.look_changed").cause == "new brand"
    assert billed.breaches() == []


def test_only_administrators_are_led_there(billed: Company, visitor: Visitor):
    assert PAGE not in text(visitor("approver"), "/o/acme/sellers")
    assert visitor("approver").post(PAGE, ASKED).status_code == 403
    assert visitor("admin").get("/o/acme/sellers/other/look").status_code == 404


def test_the_picture_follows_what_is_typed_and_nothing_is_kept(billed: Company, visitor: Visitor):
    client, before = visitor("admin"), SellerRecord.objects.get().profile
    pictures = set()
    for more in ({}, {"accent": "#ff0000"}, {"language": "de"}, {"kind": "credit_note"}):
        answer = client.post(SHOWN, {**ASKED, **more}, **HTMX)
        page = answer.content.decode()
        assert answer.status_code == 200
        assert "<form" not in page
        pictures.add(picture(page))
    assert len(pictures) == 4
    assert SellerRecord.objects.get().profile == before
    assert not Event.objects.filter(action="seller.look_changed").exists()


def test_without_a_script_the_page_comes_whole_as_typed(billed: Company, visitor: Visitor):
    page = visitor("admin").post(SHOWN, {**ASKED, "seen": "as it was"}).content.decode()
    assert 'value="&lt;i&gt;Bolts&lt;/i&gt;"' in page
    assert 'value="new brand"' in page
    assert 'name="seen" value="as it was"' in page
    assert picture(page)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("accent", "red;x:y"),
        ("contact_email", "nobody"),
        ("tagline", "x" * 5000),
        ("tagline", "a\x00b"),
        ("legal", "a\r\n" * 9 + "b"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    billed: Company, visitor: Visitor, field: str, typed: str
):
    client = visitor("admin")
    answer = client.post(PAGE, {**ASKED, field: typed})
    assert answer.status_code == 409
    told = re.search(rf'id="wrong-{field}"[^>]*>([^<]*)<', answer.content.decode())
    assert told
    assert told[1]
    assert 'aria-invalid="true"' in answer.content.decode()
    piece = client.post(SHOWN, {**ASKED, field: typed}, **HTMX).content.decode()
    assert told[1] in piece
    assert not Event.objects.filter(action="seller.look_changed").exists()


def test_no_reason_and_nothing_new(billed: Company, visitor: Visitor):
    client = visitor("admin")
    answer = client.post(PAGE, {**ASKED, "reason": " \x00"})
    assert answer.status_code == 409
    assert "Say why" in answer.content.decode()
    now = look(billed.actor, "acme")
    same, seen = now.look, {"reason": "x", "seen": now.mark}
    page = client.post(PAGE, {**same, **seen}, follow=True).content.decode()
    assert "Nothing was changed." in page


def test_whoever_was_overtaken_sees_both_and_may_save_again(billed: Company, visitor: Visitor):
    client, old = visitor("admin"), look(billed.actor, "acme").mark
    keep_look(billed.actor, "acme", {"tagline": "Steel"}, reason="x")
    answer = client.post(PAGE, {**ASKED, "seen": old})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "In force: <bdi>Steel</bdi>" in page
    new = re.search(r'name="seen" value="(\w+)"', page)
    assert new
    assert client.post(PAGE, {**ASKED, "seen": new[1]}).status_code == 302
    assert look(billed.actor, "acme").look["tagline"] == "<i>Bolts</i>"


def test_every_field_and_every_problem_has_words():
    assert set(LABELS) == set(MOST)
    assert set(LOOK_PROBLEMS) == set(PROBLEMS)
    for code in PROBLEMS:
        facts = {"most": 7, "has": 9}
        english = str(Problem(code, **facts))
        told = str(LOOK_PROBLEMS[code]) % facts
        assert told[0].lower() + told[1:].removesuffix(".") == english.replace(
            "; type it again", ". Type it again"
        )
