"""The command line: every command on a small company, as text and as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.actions.company import MASTER, MONTH, PLAN, Company, company_file
from tests.cases.sample_sales_tax import sales_tax_file
from typer.testing import CliRunner, Result

from cleanbill.shells.cli import session
from cleanbill.shells.cli.app import app

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
DATES = ["--until", "2026-10-31", "--issue-date", "2026-10-31"]


@pytest.fixture(autouse=True)
def user(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sit at the command line as the company's administrator, on a wide terminal."""
    monkeypatch.setenv("CLEANBILL_USER", "boss@acme.example")
    for screen in (session.console, session.complaints):
        monkeypatch.setattr(screen, "_width", 200)


def cleanbill(*arguments: Any, code: int = 0) -> Result:
    """Run a command; whatever happens, it ends in words and with the expected code."""
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == code, result.output
    return result


def answer(*arguments: Any, code: int = 0) -> Any:
    """Run a command with ``--json``; return what it answers."""
    return json.loads(cleanbill(*arguments, "--json", code=code).stdout)


def test_the_whole_way_from_setup_to_audit(store: None, tmp_path: Path):
    files = {**MASTER, "charges": MONTH, "company": company_file("acme")}
    for name, text in files.items():
        suffix = "toml" if name == "company" else "csv"
        (tmp_path / f"{name}.{suffix}").write_text(text.lstrip(), encoding="utf-8")
    assert "the books are ready" in cleanbill("setup", tmp_path / "company.toml").stdout
    for kind in (*MASTER, "charges"):
        assert "new" in cleanbill("import", kind, tmp_path / f"{kind}.csv").stdout
    assert "would be billed" in cleanbill("preview", *DATES).stdout
    assert "held back" in cleanbill("run", *DATES, "--key", "october").stdout
    assert "INV-000001" in cleanbill("bills").stdout
    assert "every law holds" in cleanbill("audit").stdout


def test_import_answers_in_json(books: Company):
    path = books.folder / "charges.csv"
    dry = answer("import", "charges", path, "--dry-run")
    assert (dry["dry_run"], dry["created"]) == (True, 14)
    real = answer("import", "charges", path)
    assert (real["dry_run"], real["created"], real["rejects"]) == (False, 14, None)
    assert {**real, "dry_run": True, "import": None} == dry
    again = answer("import", "charges", path)
    assert (again["created"], again["unchanged"]) == (0, 14)
    assert len(real["sha256"]) == 64
    assert real["control_totals"][0]["rows"] == 14


def test_a_plan_is_tried_then_imported_and_what_it_leaves_out_is_named(books: Company):
    path = books.write("gold.toml", PLAN)
    assert (
        "Dry run: nothing kept. Would be: 1 new"
        in cleanbill("import", "plans", path, "--dry-run").stdout
    )
    report = answer("import", "plans", path)
    assert (report["plan"], report["created"], report["dry_run"]) == ("gold", 1, False)
    other = books.write("other.toml", PLAN.replace("BOLT", "BOOK"))
    told = cleanbill("import", "plans", other).stdout
    assert "other.toml  1 prices of plan gold" in told
    assert "1 prices of plan gold are not in the file and still hold: BOLT EUR from" in told


def test_rejected_rows_end_with_one_and_lie_in_a_file(books: Company):
    path = books.write("bad.csv", MONTH.replace("12.5", "twelve"))
    told = cleanbill("import", "charges", path, code=1).stdout
    assert "1 rows rejected" in told
    assert "twelve" in (books.folder / "bad.rejected.csv").read_text("utf-8-sig")
    chosen = books.folder / "elsewhere.xlsx"
    report = answer("import", "charges", path, "--rejects", chosen, "--dry-run", code=1)
    assert report["counts"]["rejected"] == 1
    assert chosen.exists()


def test_preview_shows_documents(books: Company):
    answer("import", "charges", books.folder / "charges.csv")
    shown = answer("preview", *DATES, "--documents", 2)
    assert [d["number"] for d in shown["documents"]] == ["PREVIEW-000001", "PREVIEW-000002"]
    text = cleanbill("preview", *DATES, "--documents", 1, "--customer", "OMEGA").stdout
    assert 'Omega "Q" & Co <KG>' in text


def test_run_answers_in_json_and_again_by_its_key(books: Company):
    answer("import", "charges", books.folder / "charges.csv")
    first = answer("run", *DATES, "--key", "october")
    assert first["bills"][1] == {
        "kind": "invoice",
        "currency": "EUR",
        "count": 7,
        "net_minor": 190127,
        "tax_minor": 27950,
        "payable_minor": 218077,
    }
    assert answer("run", *DATES, "--key", "october") == first
    assert "Bills" in cleanbill("run", *DATES, "--key", "october").stdout


def test_a_run_over_nothing_says_so_twice(books: Company):
    for _ in range(2):
        cleanbill("run", *DATES, "--key", "nothing")


def test_a_run_is_queued_paused_and_resumed(books: Company):
    books.take("charges", MONTH)
    queued = answer("run", *DATES, "--queue", "--key", "october")
    number = queued["run"]
    assert queued["state"] == "queued"
    assert "stops after its current chunk" in cleanbill("pause", number).stdout
    assert cleanbill("worker", "--once").stdout == ""
    again = answer("run", "--resume", number)
    assert sum(b["count"] for b in again["bills"]) == 8
    assert "14 of 14" in cleanbill("runs").stdout
    assert "there is no run 99" in cleanbill("pause", 99, code=2).output
    waits = cleanbill("run", *DATES, "--queue").stdout
    assert "waits for a worker" in waits
    assert "is done: 0 bills" in cleanbill("worker", "--once").stdout


def test_bills_and_runs(billed: Company):
    found = answer("bills", "--customer", "BETA", "--kind", "invoice")
    assert [b["number"] for b in found] == ["INV-000003", "INV-000002"]
    assert found[0]["payable_minor"] == 2705
    assert len(answer("bills", "--limit", 3)) == 3
    (run,) = answer("runs")
    assert (run["state"], run["until"]) == ("done", "2026-10-31")
    assert "done" in cleanbill("runs").stdout


def test_show_as_text_json_and_pdf(billed: Company):
    text = cleanbill("show", "INV-000002").stdout
    assert "INV-000002" in text
    assert "Beta Ltd" in text
    printed = cleanbill("show", "INV-000002", "--json").stdout
    assert printed == billed.bills()["INV-000002"] + "\n"
    record = cleanbill("show", "INV-000002", "--record").stdout
    assert record == billed.records()["INV-000002"] + "\n"
    assert "Beta Ltd" not in record
    place = billed.folder / "bill.pdf"
    cleanbill("show", "INV-000002", "--pdf", place)
    assert place.read_bytes().startswith(b"%PDF-")


def test_explain_a_bill_and_a_line(billed: Company):
    assert "payable EUR" in cleanbill("explain", "INV-000001").stdout
    assert "S-02" in cleanbill("explain", "INV-000001", 2).stdout
    tree = answer("explain", "INV-000001", 2)
    assert (tree["value"], tree["parts"][0]["label"]) == ("1166.25", "gross")


def test_findings_by_code_and_one_by_one(billed: Company):
    codes = [f["code"] for f in answer("findings")]
    assert codes == ["CB-CHG-006", "CB-CUS-003", "CB-CHG-010"]
    (finding,) = answer("findings", "CB-CHG-006")
    assert finding["subject"] == "S-13"
    assert finding["reason"] == "Customer NOBODY is not in the master data."
    assert finding["repair"].startswith("Add customer NOBODY")
    assert "NOBODY" in cleanbill("findings", "CB-CHG-006").stdout
    assert "Unknown customer" in cleanbill("findings").stdout
    assert "No open finding" in cleanbill("findings", "CB-XXX-000").stdout
    listed = answer("findings", "list", "--limit", "200")
    assert {f["code"] for f in listed} == set(codes)
    assert answer("findings", "list", "--limit", "1") == listed[:1]
    holding = answer("findings", "list", "--severity", "block", "--limit", "200")
    assert holding == [f for f in listed if f["severity"] == "block"]
    assert "NOBODY" in cleanbill("findings", "list", "--limit", "200").stdout


def test_credit_and_its_refusals(billed: Company):
    how = ["--reason", "wrong price", "--issue-date", "2026-10-31"]
    assert "CN-000002 credits INV-000001" in cleanbill("credit", "INV-000001", *how).stdout
    assert billed.document("CN-000002")["reason"] == "wrong price"
    refused = cleanbill("credit", "INV-000001", *how, code=2)
    assert "has been credited completely already" in refused.stderr
    cleanbill("credit", "INV-000004", *how, "--reopen")
    cleanbill("run", *DATES)
    assert "INV-000008" in billed.bills()


def test_erase_waits_for_the_law_and_for_a_hold(billed: Company):
    why = ["--reason", "asked"]
    assert "until the hold is released" in cleanbill("hold", "BETA", *why).stdout
    held = cleanbill("erase", "BETA", *why, code=1).stdout
    assert "a legal hold has been set" in held
    assert "no longer held" in cleanbill("hold", "BETA", "--release", *why).stdout
    waits = cleanbill("erase", "BETA", *why, code=1).stdout
    assert "must be kept until 2034-12-31: AO § 147" in waits
    assert "From 2035-01-01 on, cleanbill erase --due carries it out" in waits
    assert [r["due_on"] for r in answer("erase")] == ["2035-01-01"]
    assert "BETA" in cleanbill("erase").stdout


def test_erase_now_due_and_again(books: Company, monkeypatch: pytest.MonkeyPatch):
    from cleanbill.store import erasure_journal

    place = books.folder / "journal.jsonl"
    monkeypatch.setattr(erasure_journal, "journal_file", lambda: place)
    assert "the books stay" in cleanbill("erase", "ALPHA", "--reason", "asked").stdout
    assert answer("erase", "DELTA", "--reason", "asked")[0]["done"] is True
    assert "Nothing to erase" in cleanbill("erase", "--due").stdout
    assert answer("erase", "--again", "--journal", place) == []
    assert len(place.read_text().splitlines()) == 2


def test_audit_ends_with_one_when_a_law_is_broken(billed: Company):
    from tests.store.contents import execute

    clean = answer("audit")
    assert (clean["bills"], clean["lines"], clean["breaches"]) == (8, 10, [])
    assert len(clean["heads"]["INV-"]) == 64
    execute("UPDATE series SET next_sequence = 99 WHERE prefix = 'INV-'")
    assert "GAPLESS" in cleanbill("audit", code=1).stdout
    assert answer("audit", code=1)["breaches"][0]["law"] == "GAPLESS"


def test_version_and_help_need_no_books(store: None):
    assert cleanbill("--version").stdout.startswith("cleanbill 0.")
    for command in ("import", "run", "show", "credit"):
        assert "Usage" in cleanbill(command, "--help").stdout


def test_one_of_several_organisations_is_chosen(billed: Company, tmp_path: Path, monkeypatch):
    path = tmp_path / "twin.toml"
    path.write_text(company_file("twin"), encoding="utf-8")
    cleanbill("setup", path)
    told = cleanbill("bills", code=2).stderr
    assert "acme, twin" in told
    assert len(answer("--organisation", "acme", "bills")) == 8
    assert answer("--organisation", "twin", "bills") == []
    cleanbill("--organisation", "nobody", "bills", code=2)


def test_american_rates_are_taken_in_and_told(books: Company):
    path = sales_tax_file(books.folder, "us-rates")
    dry = answer("import", "us-rates", path, "--dry-run")
    assert (dry["dry_run"], dry["rows"], dry["states"]) == (True, 13, ["KS", "NE", "OH"])
    assert "13 rows in force, 0 replaced" in cleanbill("import", "us-rates", path).stdout
    assert "nothing changed" in cleanbill("import", "us-rates", path).stdout
    for kind in ("us-boundaries", "us-names"):
        assert "Kept" in cleanbill("import", kind, sales_tax_file(books.folder, kind)).stdout
    broken = books.write("broken.csv", "31,45\n")
    refused = cleanbill("import", "us-rates", broken, code=2)
    assert "row 1: expected 9 to 9 fields" in refused.output
    claims = "customer,country,kind,certificate,valid_from\nALPHA,US,resale,R-1,2026-01-01\n"
    path = books.write("claims.csv", claims)
    assert "1 new" in cleanbill("import", "exemptions", path).stdout


def test_a_finding_is_shown_mended_and_undone(billed: Company):
    (finding,) = answer("findings", "CB-CUS-003")
    number, said = str(finding["id"]), "--set=purchase_order=PO-1"
    assert finding["proposal"]["asks"][0] == "purchase_order"
    assert "findings apply" in cleanbill("findings", "--owner", "specialist").stdout
    shown = cleanbill("findings", "apply", number, said).stdout
    assert "PO-1" in shown
    assert "repeat it with --yes" in shown
    applied = answer("findings", "apply", number, said, "--yes")
    assert applied["rows"][0]["fields"][0]["after"] == "PO-1"
    assert answer("findings", "CB-CUS-003") == []
    (repair,) = answer("findings", "repairs")
    assert "Would change" in cleanbill("findings", "undo", str(repair["id"])).stdout
    answer("findings", "undo", str(repair["id"]), "--yes")
    (again,) = answer("findings", "CB-CUS-003")
    assert again["subject"] == finding["subject"]


def test_findings_are_decided_on(billed: Company):
    (finding,) = answer("findings", "CB-CUS-003")
    number, until = str(finding["id"]), "2099-12-31"
    assert (
        "✓ defer"
        in cleanbill(*("findings", "defer", number, "--reason", "asked", "--until", until)).stdout
    )
    assert answer("findings", "CB-CUS-003") == []
    (shown,) = answer("findings", "CB-CUS-003", "--put-off")
    assert shown["decided"]["text"] == "asked"
    answer("findings", "comment", number, "--text", "called")
    made = answer("findings", "history", number)
    assert [m["kind"] for m in made] == ["defer", "comment"]
    answer("findings", "withdraw", str(made[0]["id"]))
    assert len(answer("findings", "CB-CUS-003")) == 1
    answer("findings", "set", "CB-CUS-003", "warn", "--reason", "known", "--from", "2026-10-01")
    answer("findings", "verify", "--until", "2026-10-31", "--issue-date", "2026-10-31")
    assert answer("findings", "CB-CUS-003")[0]["severity"] == "warn"
