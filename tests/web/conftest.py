"""Browsers without a screen: a client per role, in books with a month that has been billed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from tests.actions.company import END, Company
from tests.actions.posting import ScriptedBox, addressed

from cleanbill.store.models import Membership, Organisation, User

Visitor = Callable[..., Client]


@pytest.fixture(autouse=True)
def private_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test hands its files in at a place of its own."""
    monkeypatch.setenv("CLEANBILL_UPLOADS", str(tmp_path / "uploads"))


@pytest.fixture
def desk(billed: Company, monkeypatch: pytest.MonkeyPatch) -> Company:
    """The books with something on the desk: a file handed in, a job that is done, a bill sent."""
    from cleanbill.actions import (
        deliver_mail,
        hand_in_file,
        mend_import,
        queue_job,
        send_bills,
        take_job,
    )

    Membership.objects.get_or_create(
        organisation_id=billed.actor.organisation_id,
        user=User.objects.get_or_create(email=billed.actor.name)[0],
        role="admin",
    )
    upload = hand_in_file.hand_in(billed.actor, "charges", "more.csv", [MORE.encode()])
    job = mend_import.map_upload(
        billed.actor,
        upload,
        columns={c: c for c in MORE.splitlines()[0].split(",")},
        constants={},
        formats={},
    )
    take_job.work_now(job)
    papers = queue_job.queue_papers(billed.actor, run=1)
    take_job.work_now(papers)
    addressed(billed)
    monkeypatch.setenv("CLEANBILL_MAIL_FROM", "billing@acme.example")
    send_bills.send_bill(billed.actor, "INV-000001")
    deliver_mail.deliver(billed.actor, box=ScriptedBox())
    return billed


MORE = """reference,customer,item,quantity,currency,service_date,order
N-01,ALPHA,BOLT,3,EUR,2026-10-30,A-9
N-02,ALPHA,BOLT,many,EUR,2026-10-30,A-9
"""
"""A file with a row that is good and one that is not."""


@pytest.fixture
def visitor(billed: Company) -> Visitor:
    """Return a function that gives a signed-in client with this role in the books."""
    own = Organisation.objects.get(pk=billed.actor.organisation_id)

    def enter(role: str, organisation: Organisation = own, *, active: bool = True) -> Client:
        user, _ = User.objects.get_or_create(email=f"{role}@example.com")
        Membership.objects.get_or_create(
            organisation=organisation, user=user, role=role, is_active=active
        )
        client = Client(raise_request_exception=False)
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return enter


def twice(count: int) -> str:
    """Charges that a file has twice in the very same words."""
    head = "reference,customer,item,quantity,currency,service_date,order\n"
    rows = [f"R-{n},ALPHA,BOLT,{n + 1},EUR,2026-10-12,R-{n}\n" for n in range(count)]
    return head + "".join(row * 2 for row in rows)


@pytest.fixture
def repeated(billed: Company) -> Company:
    """The billed books with three rows that came twice, and what is found then."""
    from cleanbill.actions import verify_again

    billed.take("charges", twice(3), name="twice.csv")
    verify_again.verify_charges(billed.actor, until=END, issue_date=END)
    return billed
