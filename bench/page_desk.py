"""A visitor who is signed in, and a web server with one worker that counts its queries."""

from __future__ import annotations

import http.client
import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.page_books import EMAIL, FILE
from bench.page_post import SENDER
from bench.page_visits import Known, Visit

COLLEAGUE = "colleague@pages.test"
CREDITED, SPREAD, DEEP = 40, 97, 31


@dataclass
class Asked:
    """What answers have cost: queries of each; seconds of processor in all, of page and database.

    Processor time says what a page costs where others keep the machine busy, too.
    """

    queries: list[int] = field(default_factory=list)
    page: float = 0.0
    database: float = 0.0

    def answered(self, queries: int, page: float, database: float) -> None:
        """Add one answer."""
        self.queries.append(queries)
        self.page += page
        self.database += database


def _seconds(connection: Any) -> float:
    """Return the processor seconds of the process that serves a connection to PostgreSQL."""
    info = getattr(connection.connection, "info", None)
    place = Path(f"/proc/{info.backend_pid}/stat") if info else None
    if place is None or not place.exists():
        return 0.0
    told = place.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def served() -> Iterator[tuple[int, Asked]]:
    """Serve the workbench on loopback; yield its port, and what its answers cost."""
    from django.db import connection
    from waitress import create_server

    from cleanbill.shells.web.wsgi import application

    costs = Asked()

    def counted(environ: Any, start: Any) -> Iterable[bytes]:
        asked = 0

        def count(execute: Callable[..., Any], *rest: Any) -> Any:
            nonlocal asked
            asked += 1
            return execute(*rest)

        begun, before = time.thread_time(), _seconds(connection)
        with connection.execute_wrapper(count):
            answer = application(environ, start)
            try:
                return [b"".join(answer)]
            finally:
                busy = max(0.0, _seconds(connection) - before)
                costs.answered(asked, time.thread_time() - begun, busy)
                if hasattr(answer, "close"):
                    answer.close()

    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    server = create_server(counted, host="127.0.0.1", port=0, threads=1)
    threading.Thread(target=server.run, daemon=True).start()
    yield server.effective_port, costs


class Visitor:
    """A browser's part: a connection that is kept, the session, the token that forms carry."""

    def __init__(self, port: int) -> None:
        """Sign the visitor in as the login page would."""
        from django.conf import settings
        from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
        from django.contrib.sessions.backends.db import SessionStore

        from cleanbill.store.models import User

        user = User.objects.get(email=EMAIL)
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        token = "t" * 32
        cookies = {settings.SESSION_COOKIE_NAME: session.session_key, "csrftoken": token}
        self.own = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "X-CSRFToken": token,
            "Referer": f"http://127.0.0.1:{port}/",
        }
        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def visit(self, address: str, visit: Visit) -> float:
        """Return the milliseconds until the whole answer is there. Fails on a wrong answer."""
        body, head = None, dict(self.own)
        if visit.form is not None:
            body = urlencode(visit.form, doseq=True)
            head["Content-Type"] = "application/x-www-form-urlencoded"
        query = f"?{urlencode(visit.query, doseq=True)}" if visit.query else ""
        begun = time.perf_counter()
        self.line.request("GET" if body is None else "POST", address + query, body, head)
        answer = self.line.getresponse()
        page = answer.read()
        took = (time.perf_counter() - begun) * 1000
        if answer.status != visit.answer:
            text = page[-1500:].decode(errors="replace")
            raise SystemExit(f"{address}{query}: {answer.status} instead of {visit.answer}\n{text}")
        return took


def known() -> Known:
    """Look into the books for what can be visited, and hand the files in that pages work on."""
    from cleanbill.actions.let_in import let_in
    from cleanbill.store.models import (
        Bill,
        DeliveredFile,
        Finding,
        Job,
        Membership,
        Message,
        Organisation,
        Run,
    )

    os.environ["CLEANBILL_MAIL_FROM"] = SENDER
    own = Organisation.objects.get(slug="pages")
    let_in(_actor(), COLLEAGUE, "auditor")
    bills = Bill.objects.filter(organisation=own)
    first = bills.filter(kind="invoice").order_by("series_id", "sequence").first()
    whole = bills.filter(series_id=first.series_id).count()
    spread = [first.sequence + (n * 7919 % SPREAD) * (whole // SPREAD) for n in range(SPREAD)]
    rows = bills.filter(series_id=first.series_id, sequence__in=spread)
    some = {row.sequence: row for row in rows}
    credited = _credited(own.pk)
    mixed = [some[place] for place in spread if some[place].number not in credited]
    found = Finding.objects.filter(organisation=own, closed_run_id=None)
    every = list(found.order_by("id").values_list("id", "at_stake_minor"))
    step = max(1, len(every) // 1000)
    far = [every[n * 7919 % len(every)] for n in range(0, step * 1000, step)]
    post = Message.objects.filter(organisation=own).order_by("id").values_list("id", flat=True)
    oldest, newest = post[0], post.reverse()[0]
    files = list(DeliveredFile.objects.filter(organisation=own).values_list("bill_id", "id"))
    named = dict(bills.filter(pk__in=[bill for bill, _ in files]).values_list("id", "number"))
    notes = bills.filter(kind="credit_note").order_by("-id")[:CREDITED]
    return Known(
        slug=own.slug,
        bills=[row.number for row in mixed],
        credit_notes=[note.number for note in notes],
        credited=credited[:CREDITED],
        customers=[row.customer for row in mixed],
        places=[(date.fromisoformat(str(row.issue_date)), row.pk) for row in mixed],
        findings=list(dict.fromkeys(number for number, _ in far)),
        stakes=[abs(stake) * 100 * 900 for _, stake in far],
        runs=list(Run.objects.filter(organisation=own, state="done").values_list("id", flat=True)),
        prepared=Run.objects.get(organisation=own, state="prepared").pk,
        job=Job.objects.filter(organisation=own, kind="preview").latest("id").pk,
        papers=Job.objects.filter(organisation=own, kind="papers", state="done").latest("id").pk,
        sending=Job.objects.filter(organisation=own, kind="sending", state="done").latest("id").pk,
        files=[(named[bill], file) for bill, file in files],
        messages=[oldest + (newest - oldest) * (n * 7 % DEEP) // DEEP for n in range(DEEP)],
        uploads=[_handed_in("checked") for _ in range(5)],
        person=Membership.objects.filter(user__email=COLLEAGUE)[0].user_id,
        fresh=_handed_in,
    )


def _actor() -> Any:
    from cleanbill.actions.access import ROLES, Actor
    from cleanbill.store.models import Organisation

    return Actor(Organisation.objects.get(slug="pages").pk, EMAIL, ROLES["admin"])


def _credited(own: int) -> list[str]:
    from cleanbill.store.models import Event

    told = Event.objects.filter(organisation_id=own, action="bill.credited")
    return list(told.order_by("-id").values_list("subject", flat=True))


def _handed_in(state: str) -> int:
    """Hand a small file of charges in, with a row that is wrong where it was ``checked``."""
    from cleanbill.actions import hand_in_file, mend_import, take_job

    actor = _actor()
    mark = time.time_ns()
    rows = [f"{mark}-{n},C0000001,ITEM-006,3,EUR,2026-10-30,A-9" for n in range(20)]
    text = FILE + "\n".join([*rows, f"{mark}-x,C0000001,ITEM-006,many,EUR,2026-10-30,A-9"]) + "\n"
    number = hand_in_file.hand_in(actor, "charges", "more.csv", [text.encode()])
    if state == "checked":
        columns = {name: name for name in FILE.strip().split(",")}
        job = mend_import.map_upload(actor, number, columns=columns, constants={}, formats={})
        take_job.work_now(job)
    return number
