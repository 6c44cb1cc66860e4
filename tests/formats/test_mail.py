"""Letters: what customers read, in three languages, whatever stands in the bill."""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime
from email import policy
from email.parser import BytesParser
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from cleanbill.formats import mail

ROOT = Path(__file__).resolve().parents[2]
AT = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
ENVELOPE = mail.Envelope(
    "<1@acme.example>", AT, "billing@acme.example", "Acme Works", "to@beta.example"
)


def bill(**more: Any) -> dict[str, Any]:
    """The document that docs/bill-document.md shows, with some of it changed."""
    page = (ROOT / "docs/bill-document.md").read_text(encoding="utf-8")
    shown = re.search(r"```json\n(.*?)```", page, re.DOTALL)
    assert shown
    return {**json.loads(shown[1]), **more}


class Shown(HTMLParser):
    """Collects what a reader sees, the tags there are, and every attribute."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: dict[str, list[str]] = {}
        self.seen = ""
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.open.append(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value or "")

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.seen += data


@pytest.mark.parametrize(
    ("language", "subject", "amount", "day", "way"),
    [
        (
            "en",
            "Invoice RE-2026-000001 from",
            "EUR\u00a0223.11",
            "3\u00a0December\u00a02026",
            "ltr",
        ),
        ("de-AT", "Rechnung RE-2026-000001 von", "223,11\u00a0EUR", "03.12.2026", "ltr"),
        ("ar", "فاتورة RE-2026-000001 من", "EUR\u00a0223.11", "3\u00a0ديسمبر\u00a02026", "rtl"),
        (
            "fr",
            "Invoice RE-2026-000001 from",
            "EUR\u00a0223.11",
            "3\u00a0December\u00a02026",
            "ltr",
        ),
    ],
)
def test_a_letter_speaks_the_language_of_the_bill(
    language: str, subject: str, amount: str, day: str, way: str
):
    got = mail.letter(bill(language=language))
    shown = Shown(got.html)
    assert got.subject == f"{subject} Nordlicht Anlagenservice GmbH"
    for part in (amount, day, "RE-2026-000001", "DE89\u00a03704", "K-20077"):
        assert part in shown.seen
        assert part.replace("\u00a0", " ") in got.text
    assert set(shown.attributes["dir"]) == {way}
    assert "{" not in got.text + shown.seen


def test_a_credit_note_asks_for_no_money():
    credit = bill(kind="credit_note", number="CN-1", language="en")
    got = mail.letter(credit)
    assert got.subject.startswith("Credit note CN-1 from")
    assert "there is nothing for you to pay" in got.text
    assert "DE89" not in got.text.partition("-- ")[0]
    assert "Corrects: RE-2026-000000, 1 Sep 2026" in got.text


def test_every_word_is_there_in_every_language():
    from cleanbill.formats.mail.words import _LETTER, words_of

    marks = re.compile(r"\{\w+\}")
    for key, texts in _LETTER.items():
        assert len({tuple(sorted(marks.findall(text))) for text in texts}) == 1, key
    english = words_of("en")
    for key in ("transfer_by", "early", "collected_on", "pay_by"):
        for language in ("de", "ar"):
            found = words_of(language)[key]
            assert sorted(marks.findall(found)) == sorted(marks.findall(english[key]))
            assert found != english[key]


HOSTILE = (
    '"><script>alert(1)</script><img src=x onerror=y>&amp;\r\nBcc: all@world.example\u202e\u2068'
)


@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_nothing_in_a_bill_becomes_markup_or_a_header(language: str):
    paper = bill(language=language, number=f"N1 {HOSTILE}")
    paper["seller"] = {
        **paper["seller"],
        "name": HOSTILE,
        "tagline": HOSTILE,
        "accent": "red;background:url(http://x)",
        "legal": [HOSTILE],
        "contact": {"name": HOSTILE, "email": HOSTILE},
    }
    paper["customer"] = {**paper["customer"], "reference": HOSTILE, "buyer_reference": HOSTILE}
    paper["payment"] = {**paper["payment"], "reference": HOSTILE, "holder": HOSTILE}
    got = mail.letter(paper)
    shown = Shown(got.html)
    assert not shown.tags & {"script", "img", "a", "link", "iframe", "form", "base"}
    assert not set(shown.attributes) & {"src", "href", "onerror", "action"}
    assert "url(" not in got.html
    assert "alert(1)" in shown.seen
    assert "\u202e" not in got.html + got.text
    envelope = mail.Envelope("<1@a.example>", AT, "b@a.example", HOSTILE, "t@b.example")
    read = BytesParser(policy=policy.default).parsebytes(mail.message(got, envelope, []))
    assert read["Bcc"] is None
    assert len(read["Subject"]) <= 200
    assert [a.addr_spec for a in read["From"].addresses] == ["b@a.example"]
    assert [a.addr_spec for a in read["To"].addresses] == ["t@b.example"]


@pytest.mark.parametrize("field", ["message_id", "recipient"])
def test_a_line_break_in_a_header_is_refused(field: str):
    from dataclasses import replace

    broken = replace(ENVELOPE, **{field: "<1@acme.example>\r\nBcc: all@world.example"})
    with pytest.raises(ValueError, match="must not hold line breaks"):
        mail.message(mail.letter(bill()), broken, [])


CODED = "=?utf-8?q?=0ABcc:_all=40world.example?="
"""What Python's ``email`` decodes while it writes, so that its line break begins a header."""


def test_coded_text_becomes_no_header(monkeypatch: pytest.MonkeyPatch):
    paper = bill(number=f"N1 {CODED}")
    paper["seller"] = {**paper["seller"], "name": f"Acme {CODED}"}
    envelope = mail.Envelope("<1@a.example>", AT, "b@a.example", f"Acme {CODED}", "t@b.example")
    made = mail.message(mail.letter(paper), envelope, [])
    read = BytesParser(policy=policy.default).parsebytes(made)
    assert read["Bcc"] is None
    assert read["Subject"].startswith("Rechnung N1 = ?utf-8?q?=0ABcc:_all=40world.example?= von")
    coded = [mail.Attached(CODED, "application/pdf", b"x")]
    with pytest.raises(ValueError, match="begins coded text"):
        mail.message(mail.letter(paper), envelope, coded)
    # Nothing would get out either if it were written all the same.
    monkeypatch.setattr(sys.modules["cleanbill.formats.mail.message"], "ENCODED", "\0\0")
    with pytest.raises(ValueError, match=r"not be those that were meant|cannot be written"):
        mail.message(mail.letter(paper), envelope, [])


def test_equal_letters_are_equal_bytes_with_text_html_and_files():
    pdf = mail.Attached("RE-1.pdf", "application/pdf", bytes(range(256)) * 40)
    made = [mail.message(mail.letter(bill()), ENVELOPE, [pdf]) for _ in range(2)]
    assert made[0] == made[1]
    assert max(len(line) for line in made[0].split(b"\r\n")) <= 78
    read = BytesParser(policy=policy.default).parsebytes(made[0])
    assert read["Message-ID"] == "<1@acme.example>"
    assert read["Date"].datetime == AT
    assert read["Content-Language"] == "de"
    assert read["Auto-Submitted"] == "auto-generated"
    plain, rich = read.get_body(("plain",)), read.get_body(("html",))
    assert plain.get_content().replace("\r\n", "\n") == mail.letter(bill()).text
    assert rich.get_content().replace("\r\n", "\n") == mail.letter(bill()).html
    (file,) = read.iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("RE-1.pdf", pdf.content)


@pytest.mark.parametrize(
    "address",
    [
        *("", "a", "a@", "@b.example", "a b@c.example", "a@b@c.example", "a@-b.example"),
        *("a@b.example\r\nBcc: x@y.example", "a,b@c.example", "<a@b.example>", "a..b@c.example"),
        *(f"{'a' * 65}@b.example", f"a@{'b' * 64}.example", "a@b..example", '"a b"@c.example'),
        *("=?utf-8?q?a=2Cx?=@b.example", "a\u202eb@c.example", "a\u200bb@c.example"),
        *("a@c\u200d.example", "a@\u24d1.example", f"a@{'.'.join(['ü' * 20] * 10)}"),
    ],
)
def test_what_is_no_address_is_refused(address: str):
    with pytest.raises(mail.NoAddress, match="is no e-mail address"):
        mail.deliverable(address)


def test_addresses_come_as_servers_expect_them():
    assert mail.deliverable(" o'neil+bills@mail.example ") == "o'neil+bills@mail.example"
    assert mail.deliverable("kasse@Bäckerei.example") == "kasse@xn--bckerei-5wa.example"


def test_a_domain_is_never_taken_for_another_one():
    """By the rules of 2003 the first is strasse.example, and somebody else's."""
    assert mail.deliverable("kasse@straße.example") == "kasse@xn--strae-oqa.example"
    assert mail.deliverable("a@βόλος.example") == "a@xn--nxasmm1c.example"
