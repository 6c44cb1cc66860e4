"""Decide about findings: waive, defer, assign, comment, confirm, dismiss; each kept as a fact.

Every function takes one finding or many and returns a row for each: one that cannot be decided
says why and stops no other. A key makes it safe to ask twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db import transaction

from cleanbill.actions.access import Actor, action
from cleanbill.actions.find_findings import about, open_findings
from cleanbill.cycle.verify.firm import FIRM
from cleanbill.nouns.decision import Decision, Scope
from cleanbill.store import decisions, faults
from cleanbill.store.decisions import About
from cleanbill.store.models import Event, Finding, FindingDecision, Membership

_MENTION = re.compile(r"@([\w.+-]+@[\w-]+\.[\w.-]*\w)")
LONGEST = 2000
"""Characters of a reason or a comment."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of one finding."""

    finding_id: int
    code: str
    subject: str
    done: bool
    message: str
    decision_id: int | None = None


Judge = Callable[[Finding, About], str]
"""Says why a decision cannot be taken on a finding; nothing where it can."""


@action("findings.waive")
def waive(
    actor: Actor,
    finding_ids: Sequence[int],
    *,
    reason: str,
    until: date,
    scope: Scope = Scope.ROW,
    idempotency_key: str | None = None,
) -> list[Decided]:
    """Let findings hold nothing back up to and including a day; for a row, or for its customer.

    The next run counts and names what is waived. What the law requires is refused. Raises
    ValueError without a reason, or for a day that is past.
    """
    _reasoned(reason)
    _to_come(until, "A waiver ends")

    def judge(finding: Finding, what: About) -> str:
        if finding.code in FIRM:
            return f"it may not be waived: {FIRM[finding.code]}"
        if scope is Scope.CUSTOMER and what.customer is None:
            return "it names no customer; waive the row"
        return ""

    said = {"text": reason.strip(), "day": until, "scope": scope.value}
    return _decide(actor, Decision.WAIVE, finding_ids, said, judge, idempotency_key)


@action("findings.work")
def defer(
    actor: Actor,
    finding_ids: Sequence[int],
    *,
    reason: str,
    until: date,
    idempotency_key: str | None = None,
) -> list[Decided]:
    """Let findings wait, with the charges or bills they are about, until a day; then look again.

    Raises ValueError without a reason, or for a day that is past.
    """
    _reasoned(reason)
    _to_come(until, "A deferral ends")
    said = {"text": reason.strip(), "day": until}
    return _decide(actor, Decision.DEFER, finding_ids, said, _nothing, idempotency_key)


@action("findings.work")
def assign(
    actor: Actor,
    finding_ids: Sequence[int],
    *,
    assignee: str,
    text: str = "",
    idempotency_key: str | None = None,
) -> list[Decided]:
    """Ask a colleague to see to findings. Raises ValueError for somebody who does not work here."""
    who = assignee.strip().lower()
    if who not in _colleagues(actor):
        raise ValueError(f"{assignee!r} works in no role of this organisation")
    said = {"assignee": who, "text": _short(text)}
    return _decide(actor, Decision.ASSIGN, finding_ids, said, _nothing, idempotency_key)


@action("findings.work")
def comment(
    actor: Actor, finding_ids: Sequence[int], *, text: str, idempotency_key: str | None = None
) -> list[Decided]:
    """Say something about findings. ``@name@example.com`` mentions a colleague.

    Raises ValueError without a text, and for a mention of somebody who does not work here.
    """
    _reasoned(text)
    mentions = sorted({m.lower() for m in _MENTION.findall(text)})
    strangers = set(mentions) - _colleagues(actor)
    if strangers:
        raise ValueError(f"{', '.join(sorted(strangers))} works in no role of this organisation")
    said = {"text": text.strip(), "mentions": mentions}
    return _decide(actor, Decision.COMMENT, finding_ids, said, _nothing, idempotency_key)


@action("findings.work")
def confirm(
    actor: Actor, finding_ids: Sequence[int], *, text: str = "", idempotency_key: str | None = None
) -> list[Decided]:
    """Say that findings are right; what is learnt from history takes it into account."""
    said = {"text": _short(text)}
    return _decide(actor, Decision.CONFIRM, finding_ids, said, _nothing, idempotency_key)


@action("findings.work")
def dismiss(
    actor: Actor, finding_ids: Sequence[int], *, text: str = "", idempotency_key: str | None = None
) -> list[Decided]:
    """Say that warnings are wrong, or not worth a person's time. What blocks has to be waived."""

    def judge(finding: Finding, what: About) -> str:
        if finding.severity == "block":
            return "it blocks, and goes on blocking when dismissed; waive it, or mend it"
        return ""

    said = {"text": _short(text)}
    return _decide(actor, Decision.DISMISS, finding_ids, said, judge, idempotency_key)


@action("findings.work")
@transaction.atomic
def withdraw(actor: Actor, decision_id: int, *, reason: str = "") -> None:
    """Take back a waiver, a deferral, an assignment or a dismissal.

    Raises LookupError for a decision that is not there, ValueError for one that does not last.
    """
    own = actor.organisation_id
    made = FindingDecision.objects.filter(organisation_id=own, pk=decision_id).first()
    if made is None:
        raise LookupError(f"there is no decision {decision_id}")
    if made.kind not in decisions.LASTING:
        raise ValueError(f"a {made.kind} is a fact, and is not taken back")
    if made.kind == Decision.WAIVE.value and "findings.waive" not in actor.permissions:
        raise ValueError("who may not waive may not take a waiver back")
    gone = FindingDecision.objects.filter(
        organisation_id=own, kind=Decision.WITHDRAW.value, of_id=decision_id
    )
    if gone.exists():
        return
    now = datetime.now(UTC)
    what = About(
        *(made.finding_id, made.code, made.subject_kind, made.subject),
        *(made.charge_id, made.customer, made.item),
    )
    said = {"text": _short(reason), "of_id": decision_id}
    _write(actor, Decision.WITHDRAW, what, said, now)


def _decide(
    actor: Actor,
    kind: Decision,
    ids: Sequence[int],
    said: dict[str, Any],
    judge: Judge,
    key: str | None,
) -> list[Decided]:
    now = datetime.now(UTC)
    with transaction.atomic():
        wanted = list(dict.fromkeys(ids))
        known = {f.pk: f for f in open_findings(actor, wanted)}
        rows = [_one(actor, kind, i, known.get(i), said, judge, key, now) for i in wanted]
    faults.committed("decision")
    return rows


def _one(
    actor: Actor,
    kind: Decision,
    number: int,
    finding: Finding | None,
    said: dict[str, Any],
    judge: Judge,
    key: str | None,
    now: datetime,
) -> Decided:
    if key is not None:
        before = FindingDecision.objects.filter(
            organisation_id=actor.organisation_id,
            idempotency_key=key,
            finding_id=number,
            kind=kind.value,
        ).first()
        if before is not None:
            return Decided(number, before.code, before.subject, True, "done before", before.pk)
    if finding is None:
        why = f"no finding {number} is open; `cleanbill findings` lists them"
        return Decided(number, "", "", False, why)
    what = about(actor, finding)
    why = judge(finding, what)
    if why:
        return Decided(number, finding.code, finding.subject, False, why)
    made = _write(actor, kind, what, {**said, "idempotency_key": key}, now)
    return Decided(number, finding.code, finding.subject, True, kind.value, made)


def _write(actor: Actor, kind: Decision, what: About, said: dict[str, Any], now: datetime) -> int:
    with faults.write("decision.row"):
        made = decisions.decide(actor.organisation_id, kind, what, actor.name, now, **said)
    # What people write may name a person: it stands in the decision, which erasing can blank.
    after = {k: str(v) for k, v in said.items() if v and k in ("day", "scope", "assignee", "of_id")}
    with faults.write("decision.event"):
        Event.objects.create(
            organisation_id=actor.organisation_id,
            at=now,
            actor=actor.name,
            action=f"finding.{kind.value}",
            subject=f"{what.code} {what.subject}"[:600],
            after={**after, "decision": made},
            cause=f"decision {made}",
        )
    return made


def _colleagues(actor: Actor) -> set[str]:
    members = Membership.objects.filter(
        organisation_id=actor.organisation_id, is_active=True, user__is_active=True
    )
    return {email.lower() for email in members.values_list("user__email", flat=True)}


def _nothing(finding: Finding, what: About) -> str:
    return ""


def _short(text: str) -> str:
    if len(text) > LONGEST:
        raise ValueError(f"no more than {LONGEST} characters are kept; this has {len(text)}")
    return text.strip()


def _reasoned(text: str) -> None:
    if not _short(text):
        raise ValueError("say why: whoever reads this later was not there")


def _to_come(day: date, what: str) -> None:
    today = datetime.now(UTC).date()
    if day < today:
        raise ValueError(f"{what} on a day to come, not on {day}")
