"""Importing in the browser: the happy path, what is put right on the way, and hostile files."""

from __future__ import annotations

import csv
import io
import re
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.actions.company import END, TERMS, Company
from tests.actions.test_import_plans import EXAMPLE
from tests.web.conftest import Visitor

from cleanbill.actions.draw_terms import draw_terms
from cleanbill.actions.take_job import take_job
from cleanbill.store import uploads
from cleanbill.store.models import Charge, Job, SourceFile, Upload

FOREIGN = """Invoice No;Client;SKU;Qty;Ccy;Delivered;Remark
W-1;ALPHA;BOLT;3;EUR;30.10.2026;first
W-2;ALPHA;BOLT;many;EUR;30.10.2026;=cmd|' /C calc'!A0
W-3;BETA;;2;EUR;30.10.2026;third
"""


def hand_in(client: Client, content: str | bytes, name: str = "web.csv", kind: str = "charges"):
    data = content.encode() if isinstance(content, str) else content
    return client.post("/o/acme/imports", {"kind": kind, "file": SimpleUploadedFile(name, data)})


def shown(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    return answer.content.decode()


def chosen(page: str) -> dict[str, str]:
    """The fields of the mapping as the page suggests them."""
    fields = {}
    for name, options in re.findall(r'<select[^>]* name="([^"]+)">(.*?)</select>', page, re.S):
        picked = re.search(r"<option(?: value=\"([^\"]*)\")? selected>([^<]*)", options)
        fields[name] = (picked[1] or picked[2]) if picked else ""
    return fields


def test_a_foreign_file_goes_from_suggestion_to_import_and_back(billed: Company, visitor: Visitor):
    client = visitor("specialist")
    there = hand_in(client, FOREIGN).headers["Location"]
    fields = chosen(shown(client, there))
    assert fields["column.reference"] == "Invoice No"
    assert fields["column.item"] == "SKU"
    assert fields["column.service_date"] == "Delivered"
    assert Charge.objects.filter(reference__startswith="W-").count() == 0
    assert client.post(f"{there}/map", fields).status_code == 302
    page = shown(client, there)
    assert "<b>1</b> row would be accepted" in page
    assert "Qty &quot;many&quot;" in page
    assert "Control totals" in page
    mends = {"cell.3.Qty": "4", "cell.4.SKU": "BOOK"}
    assert all(f'name="{name}"' in page for name in mends)
    client.post(f"{there}/mend", mends)
    page = shown(client, there)
    assert "<b>3</b> rows would be accepted" in page
    assert Charge.objects.filter(reference__startswith="W-").count() == 0
    token = Upload.objects.get().token
    client.post(f"{there}/take")
    page = shown(client, there)
    assert "Imported: 3 new" in page
    kept = dict(Charge.objects.filter(reference__startswith="W-").values_list("reference", "item"))
    assert kept == {"W-1": "BOLT", "W-2": "BOLT", "W-3": "BOOK"}
    assert not uploads.place_of(token).exists()
    client.post(f"{there}/take")
    file = SourceFile.objects.latest("id")
    assert Charge.objects.filter(reference__startswith="W-").count() == 3
    answer = client.post(f"/o/acme/imports/undo/{file.pk}", follow=True)
    assert "3 charges withdrawn." in answer.content.decode()
    assert "Undone" in answer.content.decode()
    assert billed.breaches() == []


def test_what_was_billed_is_not_undone_and_says_why(billed: Company, visitor: Visitor):
    file = SourceFile.objects.filter(kind="charges").get()
    page = visitor("specialist").post(f"/o/acme/imports/undo/{file.pk}", follow=True)
    assert "cannot be undone" in page.content.decode()


def test_rejected_rows_are_harmless_in_a_spreadsheet(billed: Company, visitor: Visitor):
    client = visitor("specialist")
    there = hand_in(client, FOREIGN).headers["Location"]
    client.post(f"{there}/map", chosen(shown(client, there)))
    answer = client.get(f"{there}/rejects")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    rows = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert len(rows) == 3
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@", "\t")]
    assert any(cell.startswith("'=cmd") for row in rows for cell in row)


def test_a_mapping_that_lacks_something_is_told(billed: Company, visitor: Visitor):
    client = visitor("specialist")
    there = hand_in(client, FOREIGN.replace("Ccy", "X9").replace("EUR", "1")).headers["Location"]
    client.post(f"{there}/map", chosen(shown(client, there)))
    assert "Required columns are missing: currency" in shown(client, there)
    client.post(f"{there}/map", {**chosen(shown(client, there)), "constant.currency": "EUR"})
    assert "would be accepted" in shown(client, there)
    client.post(f"{there}/map", {"column.reference": "nowhere"})
    assert "that is not there" in shown(client, there)


def test_a_large_file_is_left_to_the_worker(billed: Company, visitor: Visitor, monkeypatch):
    monkeypatch.setattr("cleanbill.actions.mend_import.SMALL_BYTES", 10)
    client = visitor("specialist")
    there = hand_in(client, FOREIGN).headers["Location"]
    client.post(f"{there}/map", chosen(shown(client, there)))
    waiting = shown(client, there)
    assert 'hx-trigger="every 1s"' in waiting
    job = Job.objects.get()
    piece = client.get(f"/o/acme/jobs/{job.pk}", headers={"HX-Request": "true"})
    assert "HX-Refresh" not in piece.headers
    assert take_job(lambda _: None)
    piece = client.get(f"/o/acme/jobs/{job.pk}", headers={"HX-Request": "true"})
    assert piece.headers["HX-Refresh"] == "true"
    assert "would be accepted" in shown(client, there)


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 600_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("empty.csv", b"", "The file is empty"),
        ("paper.csv", b"%PDF-1.7", "PDF document"),
        ("sheet.xlsx", b"not a workbook", "content is csv"),
        ("zeros.csv", b"a,b\n\x00\x00,1\n", "zero"),
        ("broken.xlsx", b"PK\x03\x04 broken", "damaged"),
        ("x.parquet", b"PAR1 broken", "damaged"),
    ],
)
def test_files_that_are_none_are_answered_with_a_sentence(
    billed: Company, visitor: Visitor, name: str, content: bytes, why: str
):
    answer = hand_in(visitor("specialist"), content, name)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert why.lower() in page.lower()
    assert "/uploads/" not in page
    assert Upload.objects.count() == 0
    assert list(uploads.root().iterdir()) == []


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_zip_bomb_costs_nothing(billed: Company, visitor: Visitor):
    answer = hand_in(visitor("specialist"), bomb(), "bomb.xlsx")
    assert answer.status_code == 400
    assert Upload.objects.count() == 0


@pytest.mark.parametrize(
    "name",
    [
        "../../../etc/passwd.csv",
        "..\\..\\windows.csv",
        '<script>alert("x")</script>.csv',
        "a" * 400 + ".csv",
        "übergrößé 請求書.csv",
        "-rf *.csv",
        "=HYPERLINK(1).csv",
        "con\u202evsc.exe.csv",
    ],
)
def test_hostile_names_are_only_names(billed: Company, visitor: Visitor, name: str):
    client = visitor("specialist")
    answer = hand_in(client, FOREIGN, name)
    assert answer.status_code == 302
    upload = Upload.objects.get()
    folder = uploads.place_of(upload.token)
    assert [p.name for p in folder.iterdir() if p.suffix == ".csv"] == [upload.name]
    assert not re.search(r"[/\\<>\"=\u202e]|^[-.]", upload.name)
    assert len(upload.name.encode()) <= 130
    page = shown(client, answer.headers["Location"])
    assert "<script>alert" not in page


def test_a_file_beyond_the_limit_is_refused_unread(billed: Company, visitor: Visitor, settings):
    settings.UPLOAD_MOST = 1 << 20
    answer = hand_in(visitor("specialist"), b"a,b\n" * 400_000)
    assert answer.status_code == 413
    assert "larger than 1 MB" in answer.content.decode()
    assert Upload.objects.count() == 0


@pytest.mark.parametrize("kind", ["", "nothing", "charges\x00"])
def test_a_kind_that_is_none_is_told(billed: Company, visitor: Visitor, kind: str):
    answer = hand_in(visitor("specialist"), FOREIGN, kind=kind)
    assert answer.status_code == 400
    assert "is no kind of file" in answer.content.decode()


def test_without_a_file_the_form_says_so(billed: Company, visitor: Visitor):
    answer = visitor("specialist").post("/o/acme/imports", {"kind": "charges"})
    assert answer.status_code == 400
    assert "Choose a file first." in answer.content.decode()


@pytest.mark.parametrize(
    ("role", "kind", "status"),
    [
        ("specialist", "charges", 302),
        ("specialist", "customers", 403),
        ("master_data", "customers", 302),
        ("master_data", "charges", 403),
        ("auditor", "charges", 403),
        ("approver", "charges", 403),
    ],
)
def test_each_role_hands_in_what_it_may(
    billed: Company, visitor: Visitor, role: str, kind: str, status: int
):
    text = FOREIGN if kind == "charges" else "customer,name,country\nN,New,DE\n"
    assert hand_in(visitor(role), text, kind=kind).status_code == status
    assert Upload.objects.count() == (status == 302)


def test_a_dropped_file_is_gone(billed: Company, visitor: Visitor):
    client = visitor("specialist")
    there = hand_in(client, FOREIGN).headers["Location"]
    token = Upload.objects.get().token
    assert uploads.place_of(token).stat().st_mode & 0o077 == 0
    assert client.post(f"{there}/drop").status_code == 302
    assert not uploads.place_of(token).exists()
    assert "This file was removed" in shown(client, there)
    assert client.post(f"{there}/take").status_code == 400
    assert SourceFile.objects.filter(name="web.csv").count() == 0


def test_forgotten_files_are_swept_away(billed: Company, visitor: Visitor):
    from datetime import UTC, datetime, timedelta

    client = visitor("specialist")
    hand_in(client, FOREIGN)
    token = Upload.objects.get().token
    Upload.objects.update(at=datetime.now(UTC) - timedelta(days=8))
    hand_in(client, FOREIGN)
    assert not uploads.place_of(token).exists()
    assert Upload.objects.get(token=token).state == "dropped"


def test_garbage_in_mapping_and_cells_never_breaks_the_page(billed: Company, visitor: Visitor):
    client = visitor("specialist")
    there = hand_in(client, FOREIGN).headers["Location"]
    for fields in (
        {"column.reference": "\ud7ff" * 300, "decimal": "x", "date": "%Q"},
        {"column.": "", "column.nothing": "Qty", "constant.nothing": "1"},
        {"constant.currency": '"\n[columns]\nx = "'},
        {"constant.occurrence": "5"},
    ):
        assert client.post(f"{there}/map", fields).status_code in (302, 400)
        assert client.get(there).status_code == 200
    for name in ("cell", "cell.x.Qty", "cell.3.nowhere", "cell.99999999999999999999.Qty"):
        assert client.post(f"{there}/mend", {name: "1"}).status_code == 302
        assert client.get(there).status_code == 200


def test_what_no_file_came_with_is_no_import_and_breaks_no_page(billed: Company, visitor: Visitor):
    """Terms are drawn and plans come in without counting rows as files of charges do."""
    billed.take("recurring", TERMS)
    assert draw_terms(billed.actor, through=END).charges
    billed.take_plan(EXAMPLE.read_text(encoding="utf-8"))
    assert SourceFile.objects.filter(kind="drawing").exists()
    page = shown(visitor("specialist"), "/o/acme/imports")
    assert "plan.toml" in page
    assert "recurring terms up to" not in page
