"""A second person at the command line, and an import taken back there."""

from __future__ import annotations

import pytest
from tests.actions.company import MONTH, Company, company_file
from tests.shells.test_cli import DATES, answer, cleanbill, user

from cleanbill.actions.let_in import let_in
from cleanbill.actions.set_up_company import set_up_company

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
__all__ = ["user"]
POLICY = 'approval_above = { EUR = "1.00" }\nreview_riskiest = 2'


def test_a_run_goes_out_by_two_peoples_hands(books: Company, monkeypatch: pytest.MonkeyPatch):
    set_up_company(company_file("acme", POLICY), books.actor.name)
    let_in(books.actor, "second@acme.example", "approver")
    books.take("charges", MONTH)
    held = cleanbill("run", *DATES, "--key", "october", code=2).output
    assert "above the limit of 1.00 EUR" in held
    run = answer("runs")[0]["id"]
    assert "has prepared run" in cleanbill("approve", run, code=2).output
    assert "above the limit" in cleanbill("prepare", run).stdout
    monkeypatch.setenv("CLEANBILL_USER", "second@acme.example")
    items = answer("review", run)
    assert [item["state"] for item in items] == ["open", "open"]
    assert "drafts wait for a second look" in cleanbill("approve", run).stdout
    assert "Say in a note" in cleanbill("review", run, 1, "--return", code=2).output
    assert "1 of its drafts" in cleanbill("review", run, 1, "--return", "--note", "old").stdout
    assert "lacks nothing more" in cleanbill("review", run, 2).stdout
    assert "returned" in cleanbill("review", run).stdout
    monkeypatch.setenv("CLEANBILL_USER", books.actor.name)
    bills = answer("run", "--resume", run)["bills"]
    assert sum(row["count"] for row in bills) == 7
    assert "every law holds" in cleanbill("audit").stdout


def test_an_import_is_taken_back(books: Company):
    number = answer("import", "charges", books.folder / "charges.csv")["import"]
    assert "14 charges withdrawn" in cleanbill("undo", number).stdout
    assert "would be billed" not in cleanbill("preview", *DATES).stdout
    told = cleanbill("import", "charges", books.folder / "charges.csv").stdout
    assert "to take it back: cleanbill undo" in told
    assert "there is no import 4711" in cleanbill("undo", 4711, code=2).output
