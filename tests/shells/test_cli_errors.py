"""What goes wrong at the command line is told in one clear sentence, with exit code 2."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.actions.company import MONTH, Company
from tests.store.contents import digest
from typer.testing import CliRunner, Result

from cleanbill.shells.cli import session
from cleanbill.shells.cli.app import app

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
DATES = ["--until", "2026-10-31", "--issue-date", "2026-10-31"]
WHY = ["--reason", "x", "--issue-date", "2026-10-31"]


@pytest.fixture(autouse=True)
def user(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sit at the command line as the company's administrator, on a wide terminal."""
    monkeypatch.setenv("CLEANBILL_USER", "boss@acme.example")
    for screen in (session.console, session.complaints):
        monkeypatch.setattr(screen, "_width", 300)


def refused(*arguments: object) -> str:
    """Run a command that must fail in words and change nothing; return the words."""
    before = digest()
    result = run(*arguments)
    assert isinstance(result.exception, SystemExit), repr(result.exception)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    assert digest() == before
    return result.stderr


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(a) for a in arguments])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["import", "charges", "missing.csv"], "There is no such file"),
        (["import", "charges", "."], "This is a folder"),
        (["import", "charges", "charges.csv", "--profile", "nope"], "there is no profile 'nope'"),
        (["import", "charges", "charges.csv", "--profile", "nope.toml"], "nope.toml"),
        (["import", "plans", "missing.toml"], "the file: there is no such file"),
        (["import", "plans", "."], "the file: this is a folder"),
        (["import", "plans", "charges.csv"], "the file: it is no TOML"),
        (["show", "INV-999"], "there is no bill INV-999"),
        (["show", "INV-999", "--pdf", "x.pdf"], "there is no bill INV-999"),
        (["explain", "INV-999"], "there is no bill INV-999"),
        (["erase", "NO-ONE", "--reason", "x"], "there is no customer NO-ONE"),
        (["erase", "ALPHA"], "say why: --reason"),
        (["erase", "ALPHA", "--due", "--reason", "x"], "choose one"),
        (["erase", "--again", "--journal", "missing.jsonl"], "missing.jsonl"),
        (["hold", "NO-ONE", "--reason", "x"], "there is no customer NO-ONE"),
        (["hold", "ALPHA", "--release", "--reason", "x"], "no legal hold is set on ALPHA"),
        (["explain", "INV-000001", "77"], "there is no line 77"),
        (["credit", "INV-999", *WHY], "there is no bill INV-999"),
        (["credit", "CN-000001", *WHY], "CN-000001 is a credit note"),
        (["credit", "INV-000001", "--reason", "x", "--issue-date", "2026-01-01"], "would stand"),
        (["run", "--until", "31.10.2026"], "'31.10.2026' is no date"),
        (["run", "--issue-date", "2026-02-30"], "'2026-02-30' is no date"),
        (["preview", "--until", "soon"], "'soon' is no date"),
        (["credit", "INV-000001", "--reason", "x", "--issue-date", "x"], "'x' is no date"),
        (["setup", "missing.toml"], "missing.toml"),
        (["setup", "charges.csv"], "the company file is no TOML"),
    ],
)
def test_in_one_sentence(billed: Company, monkeypatch, arguments: list[str], words: str):
    monkeypatch.chdir(billed.folder)
    assert words in refused(*arguments)


@pytest.mark.parametrize(
    "arguments", [["bills"], ["run"], ["preview"], ["audit"], ["show", "X"], ["findings"], ["runs"]]
)
def test_without_a_company_the_first_step_is_named(store: None, arguments: list[str]):
    assert "cleanbill setup company.toml" in refused(*arguments)


def test_errors_answer_in_json_when_asked(billed: Company):
    result = run("show", "INV-999", "--json")
    assert result.exit_code == 2
    assert "there is no bill INV-999" in json.loads(result.stdout)["error"]


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"%PDF-1.7", b"PK\x03\x04broken", b"a;b\n"])
@pytest.mark.parametrize("suffix", ["csv", "xlsx", "parquet", "jsonl"])
def test_garbage_files(books: Company, content: bytes, suffix: str):
    path = books.folder / f"garbage.{suffix}"
    path.write_bytes(content)
    assert "What to do" in refused("import", "charges", path)


def test_a_garbage_company_file(books: Company):
    path = books.folder / "company.toml"
    path.write_bytes(b"\xff\xfe\x00garbage")
    assert refused("setup", path)


def test_a_profile_for_something_else(books: Company):
    path = books.write("p.toml", 'kind = "charges"\n[columns]\nreference = "Nummer"\n')
    charges = books.folder / "charges.csv"
    assert "'Nummer'" in refused("import", "charges", charges, "--profile", path)
    assert "kind" in refused(
        "import", "customers", books.folder / "customers.csv", "--profile", path
    )


def test_a_run_before_the_last_of_the_series(billed: Company):
    billed.take("charges", MONTH.replace("S-", "T-"))
    words = refused("run", "--until", "2026-10-31", "--issue-date", "2026-10-30")
    assert "series INV- has reached 2026-10-31" in words
    assert "Choose an issue date" in words


def test_a_key_that_belongs_to_another_run(billed: Company):
    run("run", *DATES, "--key", "k")
    words = refused("run", "--until", "2026-10-30", "--issue-date", "2026-10-31", "--key", "k")
    assert "use another key" in words


def test_a_stranger_is_told_whom_to_ask(billed: Company, monkeypatch):
    monkeypatch.setenv("CLEANBILL_USER", "stranger@elsewhere.example")
    assert "stranger@elsewhere.example" in refused("bills")
    from cleanbill.store.models import User

    User.objects.create(email="stranger@elsewhere.example")
    assert "Ask an administrator" in refused("bills")
    assert "Ask an administrator" in refused("run", *DATES)


@pytest.mark.parametrize("number", ["[/x]", "[bold]", "INV[/]1"])
def test_brackets_in_what_was_typed(billed: Company, number: str):
    assert f"there is no bill {number}" in refused("show", number)


def test_brackets_in_what_was_imported(books: Company):
    text = MONTH.replace("NOBODY", "[/]").replace("OMEGA", "[red]")
    books.take("charges", text)
    run("run", *DATES)
    result = run("findings", "CB-CHG-006")
    assert "[red]" in result.stdout
    assert "[/]" in result.stdout


def test_the_table_of_a_company_file_that_is_wrong_is_named(books: Company):
    from tests.actions.company import company_file

    path = books.write("bad.toml", company_file("acme").replace('country = "DE"', ""))
    assert "[seller.address]" in refused("setup", path)


def test_a_place_for_rejects_that_cannot_be_written(books: Company):
    path = books.write("bad.csv", MONTH.replace("12.5", "twelve"))
    assert "end in .csv or .xlsx" in refused("import", "charges", path, "--rejects", "x.txt")


def elsewhere(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = "from cleanbill.shells.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={**os.environ, "CLEANBILL_DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_the_program_itself(books: Company, store_url: str, tmp_path: Path):
    done = elsewhere(store_url, "run", *DATES, "--json")
    assert (done.returncode, json.loads(done.stdout)["bills"]) == (0, [])
    wrong = elsewhere(store_url, "show", "INV-999")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.strip() == "✗ there is no bill INV-999; `cleanbill bills` lists them"
    nowhere = elsewhere(f"sqlite:///{tmp_path}/none/books.sqlite3", "bills")
    assert nowhere.returncode == 2
    assert "Set up a company first" in nowhere.stderr
    unknown = elsewhere("mysql://host/books", "bills")
    assert unknown.returncode == 2
    assert "expected sqlite:/// or postgresql://" in unknown.stderr


@pytest.mark.slow
def test_a_database_that_is_none(books: Company, tmp_path: Path):
    path = tmp_path / "books.sqlite3"
    path.write_bytes(b"this is no database, but long enough to be taken for one" * 20)
    done = elsewhere(f"sqlite:///{path}", "bills")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
