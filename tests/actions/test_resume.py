"""A run that dies between two chunks goes on with its key as if nothing had happened."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.actions.company import MONTH, Company, founded
from tests.store.contents import everything
from tests.store.databases import Backend, build

from cleanbill.actions.import_file import import_file
from cleanbill.formats.tabular import Profile
from cleanbill.store import faults
from cleanbill.store.models import Run, RunStep

CLOCKS = ("run", "run_step", "event", "source_file", "organisation", "django_migrations")
"""Tables that say when something happened, beside what."""


class Died(BaseException):
    """What the end of the process looks like from inside."""


def dying_at(point: str, times: int):
    """Raise at a fault point when it is reached for the ``times``-th time."""
    reached = []

    def armed(name: str) -> None:
        if name == point:
            reached.append(name)
            if len(reached) == times:
                raise Died

    return armed


def dying_after(monkeypatch, chunks: int) -> None:
    """End the run behind the commit of a chunk."""
    monkeypatch.setattr(faults, "armed", dying_at("chunk.committed", chunks))


@pytest.fixture
def uninterrupted(
    books: Company, backend: Backend, tmp_path: Path
) -> tuple[dict[str, str], object]:
    """What the same month gives without any accident, to a twin in a database of its own."""

    def make() -> tuple[dict[str, str], object]:
        twin = founded(tmp_path / "twin", "acme2")
        twin.take("charges", MONTH)
        outcome = twin.bill(chunk=2)
        return {n: as_of_acme(t) for n, t in twin.bills().items()}, outcome

    return build(backend, "uninterrupted", make)


def as_of_acme(text: str) -> str:
    return text.replace('"acme2"', '"acme"')


@pytest.mark.parametrize("chunks", [1, 2, 4])
def test_a_resumed_run_gives_the_same_documents(
    books: Company, uninterrupted, monkeypatch, chunks: int
):
    books.take("charges", MONTH)
    dying_after(monkeypatch, chunks)
    with pytest.raises(Died):
        books.bill(chunk=2, key="october")
    monkeypatch.undo()
    issued = books.bills()
    assert 0 < len(issued) < 8
    assert Run.objects.get(idempotency_key="october").state == "running"
    assert books.breaches() == []
    outcome = books.bill(chunk=2, key="october")
    documents, wanted = uninterrupted
    assert books.bills() == documents
    assert issued.items() <= books.bills().items()
    for part in ("charges", "bills", "findings"):
        assert getattr(outcome, part).equals(getattr(wanted, part)), part
    assert books.breaches() == []


@pytest.mark.parametrize("chunk", [1, 3, 5000])
def test_the_size_of_chunks_changes_nothing(books: Company, uninterrupted, chunk: int):
    books.take("charges", MONTH)
    books.bill(chunk=chunk)
    assert books.bills() == uninterrupted[0]


def test_charges_that_come_after_the_accident_wait_for_the_next_run(books: Company, monkeypatch):
    books.take("charges", MONTH)
    dying_after(monkeypatch, 1)
    with pytest.raises(Died):
        books.bill(chunk=2, key="october")
    monkeypatch.undo()
    books.take("charges", MONTH.replace("S-", "T-").replace("ALPHA", "OMEGA"))
    books.bill(key="october")
    assert len(books.bills()) == 8
    assert books.breaches() == []


ELSEWHERE = ("chunk.committed", "table.bill_coupon.before", "table.bill_coupon.after")
"""The end of a chunk, below; and what only bills with coupons reach, in ``test_coupons``."""
IN_A_CHUNK = [
    p for p in faults.POINTS if p.split(".")[0] in ("chunk", "table") and p not in ELSEWHERE
]


@pytest.mark.parametrize("point", IN_A_CHUNK)
def test_a_chunk_is_whole_or_absent(books: Company, monkeypatch, point: str):
    books.take("charges", MONTH)
    monkeypatch.setattr(faults, "armed", dying_at(point, 2))
    with pytest.raises(Died):
        books.bill(chunk=2, key="october")
    assert len(books.bills()) == 2
    assert RunStep.objects.count() == 1
    assert books.breaches() == []
    monkeypatch.undo()
    books.bill(key="october")
    assert len(books.bills()) == 8
    assert books.breaches() == []


def test_a_run_that_dies_at_its_very_end_is_finished_by_its_key(books: Company, monkeypatch):
    from cleanbill.actions import run_billing

    books.take("charges", MONTH)

    def dying(*args):
        raise Died

    monkeypatch.setattr(run_billing, "close_run", dying)
    with pytest.raises(Died):
        books.bill(key="october", chunk=5)
    monkeypatch.undo()
    told = ("finding", "finding_total", "id_block")
    before = everything(but=(*CLOCKS, *told))
    books.bill(key="october")
    assert everything(but=(*CLOCKS, *told)) == before
    assert Run.objects.get(idempotency_key="october").state == "done"
    assert len(books.findings()) == 3


def test_two_partial_credits_of_one_line_survive_an_accident_between_them(
    books: Company, monkeypatch
):
    rows = (
        "reference,customer,item,kind,quantity,currency,service_date,order,cancels\n"
        "A,BETA,BOOK,,3,EUR,2026-10-01,B-0,\n"
        "B,BETA,BOOK,cancellation,1,EUR,2026-10-02,B-9,A\n"
        "C,BETA,BOOK,cancellation,1,EUR,2026-10-03,B-1,A\n"
    )
    twin = founded(books.folder.parent / "twin", "acme2")
    twin.take("charges", rows)
    twin.bill(chunk=1)
    books.take("charges", rows)
    dying_after(monkeypatch, 2)
    with pytest.raises(Died):
        books.bill(chunk=1, key="october")
    monkeypatch.undo()
    books.bill(chunk=1, key="october")
    assert books.bills() == {n: as_of_acme(t) for n, t in twin.bills().items()}


TWO_SOURCES = "reference,customer,item,quantity,currency,service_date,order,delivery\n"


@pytest.mark.parametrize("chunks", [1, 2])
def test_a_resumed_run_compares_charges_with_those_it_has_billed(
    books: Company, monkeypatch, chunks: int
):
    """What the calm run holds and warns of does not go out because its twin went out before."""
    rows = [("A", "BETA", 7, "B-1"), ("B", "BETA", 3, "B-2"), ("C", "ALPHA", 2, "A-1")]
    first, second = (
        TWO_SOURCES
        + "".join(
            f"{letter}-{n},{who},BOLT,{size},EUR,2026-10-04,{order},{order}-1\n"
            for letter, who, size, order in rows
        )
        for n in (1, 2)
    )

    twin = founded(books.folder.parent / "twin", "acme2")
    for company in (twin, books):
        company.take("charges", first, name="first.csv")
        path = company.write("second.csv", second)
        import_file(company.actor, "charges", path, profile=Profile("charges", source="shop"))
    wanted = twin.bill(chunk=1)
    assert {s for c, s in twin.findings() if c == "CB-CHG-050"} == {"A-2", "B-2", "C-2"}
    dying_after(monkeypatch, chunks)
    with pytest.raises(Died):
        books.bill(chunk=1, key="october")
    monkeypatch.undo()
    outcome = books.bill(chunk=1, key="october")
    assert books.bills() == {n: as_of_acme(t) for n, t in twin.bills().items()}
    assert books.findings() == twin.findings()
    for part in ("charges", "bills", "findings"):
        assert getattr(outcome, part).equals(getattr(wanted, part)), part
    run = Run.objects.get(idempotency_key="october")
    assert run.charges_done == run.charges_whole == 6
    assert books.breaches() == []
