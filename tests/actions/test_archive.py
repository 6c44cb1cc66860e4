"""An archive proves itself: whatever is changed in it is found and named, without a database."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from tests.actions.company import Company
from tests.actions.forgery import forged, unguarded
from tests.store.contents import execute

from cleanbill.actions.archive_books import IncompleteBooks, archive_books
from cleanbill.actions.audit_books import audit_books
from cleanbill.formats import chain_heads
from cleanbill.formats.bill_archive_check import SAYS, Verified, check
from cleanbill.formats.chain_heads import Heads
from cleanbill.store.numbers import bill_id

INVOICES = "002-invoice.jsonl"
embedded_only = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


@pytest.fixture
def archived(billed: Company, tmp_path: Path) -> Path:
    """A month's archive."""
    folder = tmp_path / "archive"
    archive_books(billed.actor, folder)
    return folder


def bills_in(folder: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (folder / INVOICES).read_text("utf-8").splitlines()]


def put(folder: Path, bills: list[dict[str, str]]) -> None:
    text = "".join(
        json.dumps(b, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"
        for b in bills
    )
    (folder / INVOICES).write_text(text, "utf-8")


def relisted(folder: Path, **manifest: str) -> None:
    """Make manifest and checksums fit again, as a forger would; figures of the invoices' series."""
    place = folder / "manifest.json"
    data = json.loads(place.read_text("utf-8"))
    data["series"][1] |= manifest
    place.write_text(json.dumps(data, indent=2, sort_keys=True) + "\n", "utf-8")
    names = sorted(f.name for f in folder.iterdir() if f.name != "SHA256SUMS")
    sums = (f"{sha256((folder / n).read_bytes()).hexdigest()}  {n}\n" for n in names)
    (folder / "SHA256SUMS").write_text("".join(sums), "utf-8")


def rechained(bills: list[dict[str, str]]) -> str:
    """Work out every hash and link anew, as documented; return the head."""
    head = "0" * 64
    for bill in bills:
        bill["document_hash"] = sha256(bill["document"].encode()).hexdigest()
        bill["entry_hash"] = sha256(bill["entry"].encode()).hexdigest()
        stated = head + bill["document_hash"] + bill["entry_hash"]
        head = bill["link"] = sha256(stated.encode()).hexdigest()
    return head


def test_an_archive_of_clean_books_is_clean(billed: Company, archived: Path):
    found = check(archived)
    assert (found.bills, found.first, found.counts) == (8, {}, {})
    assert found.heads == audit_books(billed.actor).heads
    told = {b["number"]: b["document"] for b in bills_in(archived)}
    assert told == {n: t for n, t in billed.records().items() if n.startswith("INV")}
    assert sorted(f.name for f in archived.iterdir()) == [
        *("001-credit-note.jsonl", INVOICES, "README.txt", "SHA256SUMS", "manifest.json")
    ]


@embedded_only
def test_the_checksums_are_those_of_a_standard_tool(archived: Path):
    told = subprocess.run(
        ["sha256sum", "--check", "SHA256SUMS"], cwd=archived, capture_output=True, check=False
    )
    assert told.returncode == 0, told.stderr


@embedded_only
def test_verifying_needs_neither_database_nor_django(archived: Path):
    code = (
        "import sys\nfrom cleanbill.shells.cli.app import app\n"
        f"try: app(['verify', {str(archived)!r}])\nexcept SystemExit as end: code = end.code\n"
        "assert 'django' not in sys.modules\nsys.exit(code)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": "", "PYTHONPATH": ":".join(sys.path), "CLEANBILL_DATABASE_URL": "none://"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stderr
    assert "8 bills" in ended.stdout


def seen(folder: Path) -> bool:
    """Whether something is found; a manifest that cannot be read is refused as a whole."""
    try:
        return bool(check(folder).counts)
    except ValueError as error:
        return "manifest.json" in str(error)


@embedded_only
def test_any_byte_that_changes_is_found(archived: Path):
    for place in sorted(archived.iterdir()):
        original = place.read_bytes()
        for at in range(0, len(original), max(1, len(original) // 40)):
            changed = bytearray(original)
            changed[at] ^= 1
            place.write_bytes(bytes(changed))
            assert seen(archived), (place.name, at)
        place.write_bytes(original)
    assert check(archived).counts == {}


def _document(bills: list[dict[str, str]]) -> None:
    bills[3]["document"] = bills[3]["document"].replace('"net":"13.30"', '"net":"13.31"', 1)


def _entry(bills: list[dict[str, str]]) -> None:
    bills[2]["entry"] = bills[2]["entry"].replace("2705", "2706")


def _dropped(bills: list[dict[str, str]]) -> None:
    del bills[2]


def _cut(bills: list[dict[str, str]]) -> None:
    del bills[-2:]


def _swapped(bills: list[dict[str, str]]) -> None:
    bills[1], bills[2] = bills[2], bills[1]


def _emptied(bills: list[dict[str, str]]) -> None:
    del bills[2]["entry"]


def _renamed(bills: list[dict[str, str]]) -> None:
    bills[4]["number"] = "INV-000055"


def _no_document(bills: list[dict[str, str]]) -> None:
    bills[0]["document"] = '{"schema":"cleanbill.bill/1"}'


LEFT_AS_THEY_ARE = {
    _document: {
        "CHAIN": "bill INV-000004: its document has been changed",
        "TOTALS": "bill INV-000004: line 1: gross less discount is not net",
    },
    _entry: {
        "CHAIN": "bill INV-000003: its entry has been changed",
        "ENTRY": "bill INV-000003: the entry is off by 1 minor units of EUR",
    },
    _dropped: {
        "CHAIN": "bill INV-000004: its link does not follow from the bill before",
        "GAPLESS": "bill INV-000004: is the 4., expected 3",
        "ARCHIVE-COUNT": "series INV-: 6 bills, the manifest says 7",
    },
    _cut: {
        "ARCHIVE-COUNT": "series INV-: 5 bills, the manifest says 7",
        "ARCHIVE-HEAD": "series INV-",
    },
    _swapped: {
        "CHAIN": "bill INV-000003: its link does not follow from the bill before",
        "GAPLESS": "bill INV-000003: is the 3., expected 2",
    },
    _emptied: {"ARCHIVE-LINE": f"{INVOICES} line 3"},
    _renamed: {
        "NUMBER": "bill INV-000055: is the 5.",
    },
    _no_document: {
        "CHAIN": "bill INV-000001: its document has been changed",
        "DOCUMENT-READS": "bill INV-000001",
    },
}


@embedded_only
@pytest.mark.parametrize("change", LEFT_AS_THEY_ARE, ids=lambda c: c.__name__)
def test_what_is_changed_is_named(archived: Path, change: Callable[..., None]):
    bills = bills_in(archived)
    change(bills)
    put(archived, bills)
    found = check(archived)
    wanted = LEFT_AS_THEY_ARE[change]
    assert {code: found.first.get(code) for code in wanted} == wanted
    assert found.first["ARCHIVE-FILES"] == f"{INVOICES}: its bytes have changed"


@embedded_only
@pytest.mark.parametrize("change", [_document, _entry, _dropped, _cut, _swapped])
def test_a_forger_who_mends_everything_is_seen_by_the_head_that_was_kept(
    billed: Company, archived: Path, change: Callable[..., None]
):
    kept = audit_books(billed.actor).ends
    bills = bills_in(archived)
    change(bills)
    head = rechained(bills)
    put(archived, bills)
    last = bills[-1]
    numbers = {"number": last["number"], "sequence": last["sequence"]}
    relisted(archived, head=head, count=str(len(bills)), **numbers)
    alone = check(archived).first
    assert not {"CHAIN", "ARCHIVE-FILES", "ARCHIVE-COUNT", "ARCHIVE-HEAD"} & set(alone)
    if change is _cut:
        assert alone == {}
    assert check(archived, kept).first["HEAD"].startswith("INV-000007 with link ")


@embedded_only
def test_earlier_heads_are_within_a_later_archive(billed: Company, tmp_path: Path):
    early = audit_books(billed.actor).ends
    billed.credit("INV-000006", reopen=True)
    billed.bill()
    archive_books(billed.actor, tmp_path / "later")
    assert check(tmp_path / "later", early).counts == {}
    forged("INV-000002", "Handbook", "Notebook")
    archive_books(billed.actor, tmp_path / "forged")
    assert check(tmp_path / "forged").counts == {}
    assert list(check(tmp_path / "forged", early).first) == ["HEAD"]


@embedded_only
def test_heads_of_another_organisation_are_refused(billed: Company, archived: Path):
    ends = audit_books(billed.actor).ends
    assert ends is not None
    with pytest.raises(ValueError, match="heads are those of 'twin'"):
        check(archived, Heads("twin", "twin works", ends.at, ends.series))


@embedded_only
@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('"due_date":"2026-11-14"', '"due_date":"2026-10-14"', "DATES"),
        ('"issue_date":"2026-10-31"', '"issue_date":"2026-11-02"', "ENTRY"),
        ('"currency":"EUR"', '"currency":"CHF"', "ENTRY"),
        ('"kind":"invoice"', '"kind":"credit_note"', "ENTRY"),
        ('"net":"1349.20"', '"net":"1349.21"', "TOTALS"),
        ('"number":"INV-000001"', '"number":"INV-000009"', "NUMBER"),
        ('"series":"INV-"', '"series":"X-"', "NUMBER"),
    ],
)
def test_a_bill_that_contradicts_itself(archived: Path, old: str, new: str, code: str):
    bills = bills_in(archived)
    assert old in bills[0]["document"]
    bills[0]["document"] = bills[0]["document"].replace(old, new)
    head = rechained(bills)
    put(archived, bills)
    relisted(archived, head=head)
    found = check(archived)
    assert found.first[code].startswith("bill INV-000001")
    assert "CHAIN" not in found.first


@embedded_only
def test_missing_and_foreign_files(archived: Path):
    (archived / "more.txt").write_text("x")
    assert check(archived).first == {"ARCHIVE-FILES": "more.txt: is not listed in SHA256SUMS"}
    (archived / INVOICES).unlink()
    found = check(archived)
    assert found.first["ARCHIVE-FILES"] == f"{INVOICES}: is not there"
    assert found.counts["ARCHIVE-FILES"] == 3


@embedded_only
def test_an_archive_is_whole_or_absent(billed: Company, tmp_path: Path):
    with unguarded():
        execute("DELETE FROM document WHERE bill_id = %s", bill_id(1, 3))
    with pytest.raises(IncompleteBooks, match="the document of INV-000003 is missing"):
        archive_books(billed.actor, tmp_path / "archive")
    assert not [f for f in tmp_path.iterdir() if "archive" in f.name]


@embedded_only
def test_an_archive_never_replaces_anything(archived: Path, billed: Company):
    before = {f.name: f.read_bytes() for f in archived.iterdir()}
    with pytest.raises(FileExistsError, match="needs a new folder"):
        archive_books(billed.actor, archived)
    assert {f.name: f.read_bytes() for f in archived.iterdir()} == before


@embedded_only
def test_books_without_bills_have_an_archive_too(books: Company, tmp_path: Path):
    heads = archive_books(books.actor, tmp_path / "archive")
    assert [h.sequence for h in heads.series] == [0, 0]
    assert check(tmp_path / "archive", heads).counts == {}


def test_what_is_no_archive(tmp_path: Path):
    with pytest.raises(OSError, match=r"manifest\.json"):
        check(tmp_path)
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(ValueError, match="no manifest of an archive"):
        check(tmp_path)


def test_every_code_of_a_finding_says_what_it_means():
    found = Verified()
    found.add("CHAIN", "one")
    found.add("CHAIN", "two")
    assert (found.first, found.counts) == ({"CHAIN": "one"}, {"CHAIN": 2})
    assert all(says.endswith(".") for says in SAYS.values())
    assert chain_heads.SCHEMA == "cleanbill.heads/1"
