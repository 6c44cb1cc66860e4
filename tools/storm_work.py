"""What the storm interrupts: one task in a process of its own, which dies where it is told.

    python -m tools.storm_work

The process gets ready, says so, and reads its order as one line of JSON: the database's URL, the
task with its facts, where to die (``chunk.step.after``, or null) and at which time it gets there.
It ends by SIGKILL there, so that nothing of Python is run on the way out.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
ACTIONS = (
    *("archive_books", "credit_bill", "erase_party", "hold_party", "import_file"),
    *("import_plans", "keep_backups", "prepare_run", "review_run", "run_billing", "undo_import"),
    *("continue_numbers", "decide_findings", "mend_findings", "set_checks"),
    *("keep_members", "let_in", "keep_look"),
    *("send_bills", "deliver_mail"),
)
TASKS = (
    "run",
    "prepare",
    "run_asking",
    "credit",
    "take",
    "take_rates",
    "set_up",
    "hold",
    "erase",
    "archive",
    "back_up",
    "issue",
    "undo",
    "continue_after",
    "second_person",
    "mend",
    "members",
    "post",
)


def dying(point: str, times: int, end: Callable[[], None]) -> Callable[[str], None]:
    """Return what calls ``end`` when a fault point is reached for the ``times``-th time."""
    reached = []

    def armed(name: str) -> None:
        if name == point:
            reached.append(name)
            if len(reached) == times:
                end()

    return armed


def killed() -> None:
    """End this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


def work(task: str, facts: dict[str, Any]) -> None:
    """Do a task in the open store. Doing it again after an interruption must complete it."""
    if task not in TASKS:
        raise ValueError(f"{task!r} is no task; expected one of {', '.join(TASKS)}")
    globals()[f"_{task}"](**facts)


def _actor(organisation: int) -> Any:
    from cleanbill.actions.access import ROLES, Actor

    return Actor(organisation, "storm", ROLES["admin"])


def _run(organisation: int, chunk: int, partition: int) -> None:
    from tests.actions.company import END

    from cleanbill.actions import draw_terms, open_books, run_billing

    open_books.PARTITION, draw_terms.CHUNK = partition, chunk
    run_billing.run_billing(
        _actor(organisation), until=END, issue_date=END, idempotency_key="storm", chunk=chunk
    )


def _prepare(organisation: int) -> None:
    from cleanbill.actions.prepare_history import prepare_history

    prepare_history(_actor(organisation))


def _run_asking(organisation: int, recorded: str, chunk: int, partition: int) -> None:
    from cleanbill.gateways.known_engines import FOLDER

    os.environ[FOLDER] = recorded
    _run(organisation, chunk, partition)


def _credit(organisation: int, number: str) -> None:
    from tests.actions.company import END

    from cleanbill.actions.credit_bill import NothingLeft, credit_bill

    try:
        credit_bill(_actor(organisation), number, issue_date=END, reason="wrong", reopen=True)
    except NothingLeft:
        # The interrupted attempt had been committed: a credit note is there, and there is no other.
        return


def _take(organisation: int, kind: str, path: str) -> None:
    from cleanbill.actions.import_file import import_file
    from cleanbill.actions.import_plans import import_plans

    if kind == "plans":
        import_plans(_actor(organisation), Path(path))
    else:
        import_file(_actor(organisation), kind, Path(path))


def _take_rates(organisation: int, kind: str, path: str) -> None:
    from cleanbill.actions.import_sales_tax import import_sales_tax

    import_sales_tax(_actor(organisation), kind, Path(path))


def _set_up(path: str, email: str) -> None:
    from cleanbill.actions.set_up_company import set_up_company

    set_up_company(Path(path).read_text(encoding="utf-8"), email)


def _hold(organisation: int, party: str) -> None:
    from cleanbill.actions.hold_party import HoldMismatch, hold_party

    with suppress(HoldMismatch):  # It is held already where that had been committed.
        hold_party(_actor(organisation), party, reason="law suit")


def _erase(organisation: int, party: str, today: str) -> None:
    from cleanbill.actions.erase_party import erase_party

    day = date.fromisoformat(today)
    erase_party(_actor(organisation), party, reason="asked for", today=day)


def _mend(organisation: int, said: dict[str, dict[str, str]]) -> None:
    """Apply what one finding of each code proposes, decide on another, set a check."""
    from cleanbill.actions.decide_findings import comment
    from cleanbill.actions.mend_findings import apply_proposals
    from cleanbill.actions.set_checks import set_check
    from cleanbill.store.models import CheckSetting, Finding

    who = _actor(organisation)
    for code, values in said.items():
        # The first that there ever was: mended or not, the key says what has been done to it.
        known = Finding.objects.filter(organisation_id=organisation, code=code).order_by("id")
        ids = [known.values_list("id", flat=True)[0]]
        comment(who, ids, text="look", idempotency_key="storm")
        apply_proposals(who, ids, said=values, idempotency_key="storm")
    if not CheckSetting.objects.filter(organisation_id=organisation).exists():
        day = date(2026, 1, 1)
        set_check(who, "late_days", "90", reason="storm", valid_from=day)


def _members(organisation: int) -> None:
    """Let somebody in, give them another role, change the look of documents."""
    from cleanbill.actions.keep_look import keep_look
    from cleanbill.actions.keep_members import change_member
    from cleanbill.actions.let_in import let_in
    from cleanbill.store.models import Membership, SellerRecord

    who, email = _actor(organisation), "guest@acme.example"
    theirs = Membership.objects.filter(organisation_id=organisation, user__email=email)
    if not theirs.exists():
        let_in(who, email, "auditor")
    change_member(who, theirs[0].user_id, "specialist", reason="storm")
    key = SellerRecord.objects.get(organisation_id=organisation).key
    keep_look(who, key, {"tagline": "In any weather"}, reason="storm")


def _post(organisation: int, folder: str) -> None:
    """Send the bills of the run into a file, which holds each once, or twice after a death."""
    from cleanbill.actions.deliver_mail import deliver
    from cleanbill.actions.send_bills import send_run
    from cleanbill.store.models import Message

    os.environ["CLEANBILL_MAIL_FROM"] = "billing@acme.example"
    place = Path(folder) / "sent"
    send_run(_actor(organisation), 1)
    waiting = Message.objects.filter(organisation_id=organisation, next_try_at__isnull=False)
    while last := waiting.order_by("-next_try_at").first():
        # Whoever died over a message has it until the lease ends.
        deliver(_actor(organisation), box=Letterbox(place), now=last.next_try_at)
    sent = Message.objects.filter(organisation_id=organisation, state="sent")
    copies = Counter(place.read_text(encoding="utf-8").split())
    if set(copies) != set(sent.values_list("message_id", flat=True)) or max(copies.values()) > 2:
        raise ValueError(f"messages were lost, or sent more than twice: {copies}")


@dataclass(frozen=True)
class Letterbox:
    """A mail server's place: it writes down each Message-ID, down to the disk."""

    place: Path

    def hand_over(self, sender: str, recipient: str, message: bytes) -> Any:
        """Take a message."""
        from cleanbill.nouns.delivery import Answer, Outcome

        with self.place.open("a", encoding="utf-8") as file:
            file.write(message.partition(b"\r\n")[0].decode().removeprefix("Message-ID: ") + "\n")
            file.flush()
            os.fsync(file.fileno())
        return Answer(Outcome.TAKEN, "250 kept")


def _archive(organisation: int, folder: str) -> None:
    from cleanbill.actions.archive_books import archive_books
    from cleanbill.formats.bill_archive_check import check

    place = Path(folder) / "archive"
    if not place.exists():
        archive_books(_actor(organisation), place)
    found = check(place)
    if found.counts or not found.bills:
        raise ValueError(f"the archive is there, and not whole: {found}")


def _back_up(folder: str) -> None:
    from cleanbill.actions.keep_backups import back_up
    from cleanbill.store import backup

    place = Path(folder) / "books.backup"
    if not place.exists():
        back_up(place)
    backup.known(place)


def _undo(organisation: int, source_file: int) -> None:
    from cleanbill.actions.undo_import import undo_import

    undo_import(_actor(organisation), source_file)


def _continue_after(organisation: int, kind: str, last: str) -> None:
    from cleanbill.actions.continue_numbers import continue_numbers

    continue_numbers(_actor(organisation), kind, last)


def _second_person(organisation: int) -> None:
    """Prepare a run that needs others, approve it, pass its sample and issue it, each once."""
    from dataclasses import replace

    from tests.actions.company import END

    from cleanbill.actions.prepare_run import approve_run
    from cleanbill.actions.review_run import review_draft, sample_of
    from cleanbill.actions.run_billing import run_billing
    from cleanbill.actions.second_person import NotApproved
    from cleanbill.store.models import Run

    mine = _actor(organisation)
    other = replace(mine, name="colleague")
    asked = {"until": END, "issue_date": END, "idempotency_key": "storm"}
    with suppress(NotApproved):
        run_billing(mine, **asked)
        return
    run = Run.objects.get(organisation_id=organisation, idempotency_key="storm")
    if run.approved_by is None:
        approve_run(other, run.pk)
    for item in sample_of(other, run.pk)["items"]:
        if item["state"] == "open":
            review_draft(other, run.pk, item["place"], passed=True)
    run_billing(mine, **asked)


def _issue(organisation: int, customers: list[str], chunk: int) -> None:
    """Bill each customer in a thread with a connection of its own; an error of any is raised."""
    errors: list[BaseException] = []
    threads = [
        threading.Thread(target=_one, args=(organisation, customer, chunk, errors))
        for customer in customers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def _one(organisation: int, customer: str, chunk: int, errors: list[BaseException]) -> None:
    from django.db import connection
    from tests.actions.company import END

    from cleanbill.actions.run_billing import run_billing

    how = {"until": END, "issue_date": END, "customer": customer, "chunk": chunk}
    try:
        run_billing(_actor(organisation), **how)
    except BaseException as error:
        errors.append(error)
    finally:
        connection.close()


def ready() -> subprocess.Popen[str]:
    """Start a process that gets ready while others work."""
    return subprocess.Popen(
        [sys.executable, "-m", "tools.storm_work"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def order(
    process: subprocess.Popen[str],
    url: str,
    task: str,
    facts: dict[str, Any],
    point: str | None = None,
    times: int = 0,
) -> None:
    """Wait until the process is ready, then let it work; at ``point`` it dies."""
    assert process.stdin is not None
    assert process.stdout is not None
    if process.stdout.readline() != "ready\n":
        raise RuntimeError(process.communicate()[1])
    line = {"url": url, "task": task, "facts": facts, "point": point, "times": times}
    process.stdin.write(json.dumps(line) + "\n")
    process.stdin.flush()


def main() -> None:
    """Get ready, read the order, do it."""
    from cleanbill.store.connect import open_store

    open_store()
    from tests.store.databases import opened

    for name in ACTIONS:
        import_module(f"cleanbill.actions.{name}")
    from cleanbill.store import faults

    print("ready", flush=True)
    line = sys.stdin.readline()
    if not line:
        return
    wanted = json.loads(line)
    with opened(wanted["url"]):
        if wanted["point"]:
            faults.armed = dying(wanted["point"], wanted["times"], killed)
        work(wanted["task"], wanted["facts"])
    print("done", flush=True)


if __name__ == "__main__":
    main()
