"""Who may do what, and that no action reaches another organisation."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
from tests.actions.company import END, MASTER, MONTH, TERMS, Company, company_file, founded
from tests.actions.posting import ScriptedBox
from tests.cases.sample_sales_tax import sales_tax_file
from tests.store.contents import digest, everything

from cleanbill.actions import (
    backtest_check,
    credit_bill,
    decide_findings,
    deliver_mail,
    draw_terms,
    erase_party,
    find_anything,
    find_bills,
    find_customers,
    find_findings,
    find_items,
    hand_in_file,
    hold_party,
    keep_look,
    keep_master,
    keep_members,
    list_coupons,
    list_orders,
    list_retainers,
    look_at_figures,
    look_at_finding,
    look_at_outbox,
    look_up,
    look_up_terms,
    mend_findings,
    mend_import,
    prepare_history,
    prepare_run,
    preview_run,
    queue_job,
    queue_sending,
    rank_findings,
    return_retainers,
    review_run,
    run_billing,
    saved_views,
    send_bills,
    set_checks,
    simulate_price,
    steer_run,
    undo_repairs,
    verify_again,
    work_queue,
)
from cleanbill.actions.access import ACTIONS, ROLES, Actor, NotAllowed
from cleanbill.actions.archive_books import archive_books
from cleanbill.actions.audit_books import audit_books
from cleanbill.actions.begin_run import Asked, begin
from cleanbill.actions.continue_numbers import continue_numbers
from cleanbill.actions.credit_bill import NothingLeft
from cleanbill.actions.import_file import import_file
from cleanbill.actions.import_plans import import_plans
from cleanbill.actions.import_sales_tax import KINDS, import_sales_tax
from cleanbill.actions.let_in import let_in
from cleanbill.actions.look_up import NoSuchBill
from cleanbill.actions.outcome import remembered
from cleanbill.actions.run_parallel import run_parallel
from cleanbill.actions.set_up_company import set_up_company
from cleanbill.actions.undo_import import undo_import
from cleanbill.formats.company_toml import CompanyFileError
from cleanbill.store.models import (
    Customer,
    Event,
    Membership,
    Organisation,
    Run,
    SellerRecord,
    Series,
    User,
)
from cleanbill.store.reading import last_charge_id

MONTH_OF = {"until": END, "issue_date": END}


def every_action(actor: Actor, folder: Path, number: str) -> dict:
    """Every action of the house as a call by this actor; the keys are the names in ACTIONS."""
    journal = folder / "erasures.jsonl"
    journal.touch()
    return {
        "list_coupons.coupons": lambda: list_coupons.coupons(actor),
        "return_retainers.return_retainers": lambda: return_retainers.return_retainers(
            actor, issue_date=END
        ),
        "list_retainers.retainers": lambda: list_retainers.retainers(actor),
        "list_orders.orders": lambda: list_orders.orders(actor),
        "list_orders.order_lines": lambda: [
            import_file(actor, "orders", _orders_file(folder)),
            list_orders.order_lines(actor, "PO-1"),
        ],
        "look_up.bills": lambda: look_up.bills(actor),
        "look_up.document": lambda: look_up.document(actor, number),
        "look_up.document_text": lambda: look_up.document_text(actor, number),
        "look_up.record": lambda: look_up.record(actor, number),
        "look_up.explain_bill": lambda: look_up.explain_bill(actor, number, 1),
        "rank_findings.worth_a_look": lambda: rank_findings.worth_a_look(actor),
        "rank_findings.attention": lambda: rank_findings.attention(
            actor, remembered(None, {"charges": [], "bills": [], "findings": []})
        ),
        "prepare_history.prepare_history": lambda: prepare_history.prepare_history(actor),
        "backtest_check.checks": lambda: backtest_check.checks(actor),
        "backtest_check.backtest": lambda: backtest_check.backtest(
            actor, "CB-HIS-001", start=END, end=END
        ),
        "look_up.findings": lambda: look_up.findings(actor),
        "look_up.findings_summary": lambda: look_up.findings_summary(actor),
        "look_up.runs": lambda: look_up.runs(actor),
        "find_bills.find_bills": lambda: find_bills.find_bills(actor, text="INV"),
        "find_bills.around": lambda: find_bills.around(actor, number),
        **_of_master_data(actor),
        "keep_members.members": lambda: keep_members.members(actor),
        "keep_members.change_member": lambda: _refused(
            lambda: keep_members.change_member(actor, 0, "auditor", reason="no"),
            "there is no member",
        ),
        "keep_members.sellers": lambda: keep_members.sellers(actor),
        "find_anything.find_anything": lambda: find_anything.find_anything(
            actor, "B-1 alpha 133", codes=["CB-CUS-003"]
        ),
        "set_checks.limits": lambda: set_checks.limits(actor),
        "let_in.let_in": lambda: let_in(actor, "new@example.com", "auditor"),
        "erase_party.erase_party": lambda: erase_party.erase_party(
            actor, "GAMMA", reason="no", today=END
        ),
        "erase_party.erase_due": lambda: erase_party.erase_due(actor, today=END),
        "erase_party.erase_again": lambda: erase_party.erase_again(actor, journal=journal),
        "erase_party.waiting": lambda: erase_party.waiting(actor),
        "hold_party.hold_party": lambda: hold_party.hold_party(actor, "GAMMA", reason="no"),
        "hold_party.release_party": lambda: hold_party.release_party(actor, "GAMMA", reason="no"),
        "audit_books.audit_books": lambda: audit_books(actor),
        "archive_books.archive_books": lambda: archive_books(actor, folder / uuid4().hex),
        "draw_terms.draw_terms": lambda: draw_terms.draw_terms(actor, through=END),
        "look_up_terms.recurring_terms": lambda: look_up_terms.recurring_terms(actor),
        "look_up_terms.terms_history": lambda: [
            import_file(actor, "recurring", folder / "recurring.csv"),
            look_up_terms.terms_history(actor, "SUB-1"),
        ],
        **about_findings(actor),
        "run_billing.preview": lambda: run_billing.preview(actor, **MONTH_OF, documents=5),
        "run_parallel.run_parallel": lambda: run_parallel(actor, folder / "old.csv", **MONTH_OF),
        "continue_numbers.continue_numbers": lambda: continue_numbers(
            actor, "invoice", str(_next_number(actor) - 1)
        ),
        "run_billing.run_billing": lambda: run_billing.run_billing(actor, **MONTH_OF),
        "steer_run.queue_run": lambda: steer_run.queue_run(actor, **MONTH_OF),
        "steer_run.pause_run": lambda: steer_run.pause_run(actor, _latest_run(actor)),
        "steer_run.requeue_run": lambda: steer_run.requeue_run(actor, _latest_run(actor)),
        "steer_run.resume_run": lambda: steer_run.resume_run(actor, _latest_run(actor)),
        "credit_bill.creditable": lambda: credit_bill.creditable(actor, number),
        "credit_bill.preview_credit": lambda: credit_bill.preview_credit(
            actor, number, issue_date=END, reason="no", lines=[1]
        ),
        "credit_bill.credit_bill": lambda: credit_bill.credit_bill(
            actor, number, issue_date=END, reason="no", reopen=True
        ),
        "import_sales_tax.import_sales_tax": lambda: [
            import_sales_tax(actor, kind, sales_tax_file(folder, kind)) for kind in KINDS
        ],
        "import_file.import_file": lambda: [
            import_file(actor, kind, folder / f"{kind}.csv") for kind in (*MASTER, "charges")
        ],
        **_at_the_desk(actor, folder),
        **_mail_out(actor, number),
        "import_plans.import_plans": lambda: import_plans(actor, folder / "plan.toml"),
    }


def _of_master_data(actor: Actor) -> dict:
    """Actions on customers, items and prices."""
    return {
        "find_customers.find_customers": lambda: find_customers.find_customers(actor, text="a"),
        "find_customers.customer": lambda: find_customers.customer(actor, "ALPHA"),
        "find_customers.agreements": lambda: find_customers.agreements(actor, on=END),
        "find_items.find_items": lambda: find_items.find_items(actor, text="bolt"),
        "find_items.item": lambda: find_items.item(actor, "BOLT"),
        "find_items.plans": lambda: find_items.plans(actor),
        "find_items.prices_of": lambda: find_items.prices_of(actor, find_items.LIST),
        "find_items.registrations": lambda: find_items.registrations(actor, on=END),
        "simulate_price.simulate_price": lambda: simulate_price.simulate_price(
            actor, "BOLT", "3", day=END, customer="ALPHA"
        ),
        "keep_master.row_as_text": lambda: keep_master.row_as_text(actor, "items", "BOLT"),
        "keep_master.may_change": lambda: keep_master.may_change(actor),
        "keep_master.change_row": lambda: keep_master.change_row(
            actor, "customers", "ALPHA", {"city": "Ulm"}, reason="moved"
        ),
    }


def _mail_out(actor: Actor, number: str) -> dict:
    """Actions on mail out. With every permission, ALPHA gets its bill, from a sender it knows."""
    whole = actor.permissions == ROLES["admin"]

    def with_address() -> None:
        own = {"organisation_id": actor.organisation_id}
        Customer.objects.filter(**own, customer="ALPHA").update(email="bills@alpha.example")
        sellers = SellerRecord.objects.filter(**own)
        profile = sellers.get().profile
        profile["contact"]["email"] = "billing@acme.example"
        sellers.update(profile=profile)

    def sent(call: Callable[[], object]) -> object:
        if whole:
            with_address()
        with suppress(send_bills.NotAgain):
            return call()

    def delivered() -> object:
        if whole:
            sent(lambda: send_bills.send_bill(actor, "INV-000001", again=True, reason="no"))
        return deliver_mail.deliver(actor, box=ScriptedBox())

    def fetched() -> object:
        if whole:
            delivered()
        files = look_at_outbox.deliveries(actor, "INV-000001").files
        return look_at_outbox.delivered_file(actor, "INV-000001", files[0]["id"])

    return {
        "send_bills.send_bill": lambda: sent(lambda: send_bills.send_bill(actor, number)),
        "send_bills.send_run": lambda: sent(
            lambda: send_bills.send_run(actor, _first_run(actor) if whole else 0)
        ),
        "queue_sending.queue_sending": lambda: queue_sending.queue_sending(
            actor, run=_first_run(actor) if whole else 0
        ),
        "queue_sending.queue_send": lambda: sent(
            lambda: queue_sending.queue_send(actor, run=_first_run(actor) if whole else 0)
        ),
        "deliver_mail.deliver": delivered,
        "look_at_outbox.messages": lambda: look_at_outbox.messages(actor),
        "look_at_outbox.deliveries": lambda: look_at_outbox.deliveries(actor, number),
        "look_at_outbox.delivered_file": fetched,
        "look_at_outbox.preview_message": lambda: look_at_outbox.preview_message(actor, number),
    }


def _seller_key(actor: Actor) -> str:
    return SellerRecord.objects.get(organisation_id=actor.organisation_id).key


def _first_run(actor: Actor) -> int:
    return int(Run.objects.filter(organisation_id=actor.organisation_id).order_by("pk")[0].pk)


def _next_number(actor: Actor) -> int:
    return Series.objects.get(organisation_id=actor.organisation_id, kind="invoice").next_sequence


def _at_the_desk(actor: Actor, folder: Path) -> dict:
    """Actions around files that are handed in, jobs, and second persons."""

    whole = actor.permissions == ROLES["admin"]
    """Whoever lacks something comes without anything made ready: nothing may be written."""

    def handed_in() -> int:
        return _hand_in() if whole else 0

    def _hand_in() -> int:
        file = (folder / "charges.csv").read_bytes()
        return hand_in_file.hand_in(actor, "charges", "charges.csv", [file])

    def checked() -> int:
        upload = handed_in()
        if whole:
            mend_import.check(actor, upload)
        return upload

    def undone() -> None:
        text = (folder / "charges.csv").read_text(encoding="utf-8").replace("S-", f"{uuid4().hex}-")
        place = folder / "undone.csv"
        place.write_text(text, encoding="utf-8")
        taken = import_file(actor, "charges", place).source_file if whole else None
        undo_import(actor, taken or 0)

    def waiting(preparer: str = "") -> int:
        if not whole:
            return 0
        asked = Asked(END, END, "ALPHA", uuid4().hex)
        own = replace(actor, name=preparer or actor.name)
        return begin(own, asked, last_charge_id(), Run.State.PREPARED).pk

    none = {"columns": {}, "constants": {}, "formats": {}}
    return {
        "hand_in_file.importable": lambda: hand_in_file.importable(actor),
        "hand_in_file.hand_in": _hand_in,
        "hand_in_file.drop_upload": lambda: hand_in_file.drop_upload(actor, handed_in()),
        "hand_in_file.imports": lambda: hand_in_file.imports(actor),
        "mend_import.look_at_upload": lambda: mend_import.look_at_upload(actor, handed_in()),
        "mend_import.map_upload": lambda: mend_import.map_upload(actor, handed_in(), **none),
        "mend_import.mend_upload": lambda: mend_import.mend_upload(actor, handed_in(), {}),
        "mend_import.queue_take": lambda: mend_import.queue_take(actor, handed_in()),
        "mend_import.is_small": lambda: mend_import.is_small(actor, handed_in()),
        "mend_import.rejects_of": lambda: mend_import.rejects_of(actor, checked()),
        "queue_job.queue_preview": lambda: queue_job.queue_preview(actor, **MONTH_OF),
        "queue_job.queue_verify": lambda: queue_job.queue_verify(actor, **MONTH_OF),
        "queue_job.queue_papers": lambda: queue_job.queue_papers(actor, run=_latest_run(actor)),
        "queue_job.look_at_job": lambda: queue_job.look_at_job(
            actor, queue_job.queue_papers(actor, run=_latest_run(actor)) if whole else 0
        ),
        "undo_import.undo_import": undone,
        "preview_run.preview_run": lambda: preview_run.preview_run(actor, **MONTH_OF),
        "preview_run.is_small": lambda: preview_run.is_small(actor),
        "prepare_run.prepare_run": lambda: prepare_run.prepare_run(actor, waiting()),
        "prepare_run.withdraw_run": lambda: prepare_run.withdraw_run(actor, waiting()),
        "prepare_run.approve_run": lambda: _refused(
            lambda: prepare_run.approve_run(actor, waiting("preparer@acme.example")),
            "there is nothing to approve",
        ),
        "review_run.sample_of": lambda: review_run.sample_of(actor, waiting()),
        "review_run.charges_of": lambda: _refused(
            lambda: review_run.charges_of(actor, _latest_run(actor), 1), "no sampled draft 1"
        ),
        "review_run.review_draft": lambda: _refused(
            lambda: review_run.review_draft(actor, _latest_run(actor), 1, passed=True),
            "no sampled draft 1",
        ),
        "look_at_figures.figures_of": lambda: look_at_figures.figures_of(actor, today=END),
    }


def _refused(call: Callable[[], object], why: str) -> None:
    with pytest.raises((LookupError, ValueError), match=why):
        call()


def about_findings(actor: Actor) -> dict:
    """The actions on findings, tried on the first one that is open, if any is."""
    from django.db.models import Max, Min

    from cleanbill.store.models import Finding, FindingDecision, Repair

    own = {"organisation_id": actor.organisation_id}
    first = Finding.objects.filter(**own, closed_run_id=None, code="CB-CUS-003").aggregate(
        n=Min("id")
    )["n"]
    ids = [first or 0]
    why = {"reason": "no", "until": date(2099, 1, 1)}

    def last(model: type, **only: str) -> int:
        return model.objects.filter(**own, **only).aggregate(n=Max("id"))["n"] or 0

    def withdrawn() -> None:
        decide_findings.defer(actor, ids, **why)
        decide_findings.withdraw(actor, last(FindingDecision, kind="defer"))

    def undone() -> object:
        mend_findings.apply_proposals(actor, ids, said={"purchase_order": "PO-1"})
        return undo_repairs.undo_repairs(actor, [last(Repair)])

    return {
        "decide_findings.waive": lambda: decide_findings.waive(actor, ids, **why),
        "decide_findings.defer": lambda: decide_findings.defer(actor, ids, **why),
        "decide_findings.assign": lambda: decide_findings.assign(
            actor,
            ids,
            assignee=User.objects.order_by("id")
            .filter(memberships__organisation_id=actor.organisation_id)[0]
            .email,
        ),
        "decide_findings.comment": lambda: decide_findings.comment(actor, ids, text="no"),
        "decide_findings.confirm": lambda: decide_findings.confirm(actor, ids),
        "decide_findings.dismiss": lambda: decide_findings.dismiss(actor, ids),
        "decide_findings.withdraw": withdrawn,
        "find_findings.list_findings": lambda: find_findings.list_findings(actor),
        "find_findings.list_repairs": lambda: find_findings.list_repairs(actor),
        "find_findings.finding_history": lambda: find_findings.finding_history(actor, first or 0),
        "mend_findings.apply_proposals": lambda: mend_findings.apply_proposals(
            actor, ids, said={"purchase_order": "PO-1"}
        ),
        "undo_repairs.undo_repairs": undone,
        "set_checks.set_check": lambda: set_checks.set_check(
            actor, "late_days", "9", reason="no", valid_from=END
        ),
        "keep_look.look": lambda: keep_look.look(actor, _seller_key(actor)),
        "keep_look.preview_look": lambda: keep_look.preview_look(
            actor, _seller_key(actor), {"tagline": "Bolts"}, kind="invoice", language="de"
        ),
        "keep_look.keep_look": lambda: keep_look.keep_look(
            actor, _seller_key(actor), {"tagline": "Bolts"}, reason="no"
        ),
        "keep_look.kept_at_set_up": lambda: keep_look.kept_at_set_up(actor),
        "set_checks.check_settings": lambda: set_checks.check_settings(actor),
        "work_queue.queue_page": lambda: work_queue.queue_page(actor, work_queue.Asked()),
        "work_queue.next_in_queue": lambda: work_queue.next_in_queue(
            actor, work_queue.Asked(customer="NOBODY"), first or 0
        ),
        "work_queue.beside": lambda: work_queue.beside(
            actor, work_queue.Asked(assignee="new@example.com"), first or 0
        ),
        "work_queue.chosen": lambda: work_queue.chosen(actor, ids),
        "look_at_finding.look_at": lambda: look_at_finding.look_at(actor, first or 0),
        "look_at_finding.draft_line": lambda: look_at_finding.draft_line(actor, first or 0),
        "look_at_finding.colleagues": lambda: look_at_finding.colleagues(actor),
        "look_at_finding.what_was_done": lambda: look_at_finding.what_was_done(
            actor, decision_id=1
        ),
        "saved_views.views": lambda: saved_views.views(actor),
        "saved_views.save_view": lambda: saved_views.save_view(actor, "Mine", "mine=1"),
        "saved_views.drop_view": lambda: saved_views.drop_view(
            actor, saved_views.save_view(actor, "Mine", "mine=1")
        ),
        "verify_again.verify_again": lambda: verify_again.verify_again(actor, customers=["ALPHA"]),
        "verify_again.verify_charges": lambda: verify_again.verify_charges(actor, **MONTH_OF),
    }


def _latest_run(actor: Actor) -> int:
    runs = Run.objects.filter(organisation_id=actor.organisation_id)
    return runs.order_by("-pk").values_list("pk", flat=True).first() or 0


def test_every_action_is_tried_here(books: Company):
    assert set(every_action(books.actor, books.folder, "")) == set(ACTIONS)


def test_without_its_permission_no_action_does_anything(books: Company):
    books.take("charges", MONTH)
    books.bill()
    before = digest()
    for name, permission in ACTIONS.items():
        others = ROLES["admin"] - {permission}
        actor = Actor(books.actor.organisation_id, "somebody", others)
        with pytest.raises(NotAllowed, match="somebody may not do this: it needs the permission"):
            every_action(actor, books.folder, "INV-000001")[name]()
    assert digest() == before


@pytest.mark.parametrize("kind", [*MASTER, "charges"])
def test_looking_is_not_enough_to_import(books: Company, kind: str):
    books.take("charges", MONTH)
    reader = Actor(books.actor.organisation_id, "reader", frozenset({"look"}))
    before = digest()
    with pytest.raises(NotAllowed, match=f"reader may not import {kind}"):
        import_file(reader, kind, books.folder / f"{kind}.csv")
    assert digest() == before


def test_a_role_gives_its_permissions_and_no_others(books: Company):
    organisation = Organisation.objects.get()
    for role, permissions in ROLES.items():
        user = User.objects.create(email=f"{role}@acme.example")
        assert Actor.of_user(user, organisation).permissions == frozenset()
        member = Membership.objects.create(user=user, organisation=organisation, role=role)
        assert Actor.of_user(user, organisation).permissions == permissions
        member.is_active = False
        member.save()
        assert Actor.of_user(user, organisation).permissions == frozenset()


def test_who_has_left_may_do_nothing(books: Company):
    boss = User.objects.get()
    boss.is_active = False
    boss.save()
    assert Actor.of_user(boss, Organisation.objects.get()).permissions == frozenset()


def test_a_twin_is_untouched_by_every_action(books: Company, tmp_path: Path):
    """Two organisations with equal references, numbers and files; only one of them works."""
    twin = founded(tmp_path / "twin", "twin")
    for company in (twin, books):
        company.take("charges", MONTH)
        company.take("recurring", TERMS)
        company.bill()
    other = twin.actor.organisation_id
    before = everything(organisation=other)
    books.take("charges", MONTH.replace("100,,", "101,,"))
    books.take("customers", "customer,name,country\nALPHA,Renamed,DE\nNOBODY,New,DE\n")
    books.take("prices", MASTER["prices"].replace("1.33", "2.33"))
    books.take("recurring", TERMS.replace("SUB-1,ALPHA,BASE,3", "SUB-1,ALPHA,BASE,5"))
    books.credit("INV-000001", reopen=True)
    books.bill()
    for call in every_action(books.actor, books.folder, "INV-000002").values():
        call()
    assert everything(organisation=other) == before
    assert twin.breaches() == []
    assert books.breaches() == []


def test_bills_of_another_organisation_are_not_found(books: Company, tmp_path: Path):
    twin = founded(tmp_path / "twin", "twin")
    twin.take("charges", MONTH)
    twin.bill()
    calls = every_action(books.actor, books.folder, "INV-000001")
    for name in (
        *("look_up.document", "look_up.document_text", "look_up.explain_bill"),
        "look_up.record",
        "credit_bill.credit_bill",
    ):
        with pytest.raises(NoSuchBill):
            calls[name]()
    for name in ("look_up.bills", "look_up.findings", "look_up.findings_summary"):
        assert calls[name]() == []
    assert calls["look_up.runs"]() == []
    assert audit_books(books.actor).bills == 0
    assert [head.sequence for head in calls["archive_books.archive_books"]().series] == [0, 0]
    assert calls["run_billing.preview"]().bills.is_empty()


def test_a_breach_of_a_twin_is_not_told_to_others(books: Company, tmp_path: Path):
    from tests.store.contents import execute

    twin = founded(tmp_path / "twin", "twin")
    twin.take("charges", MONTH)
    twin.bill()
    execute(
        "UPDATE series SET next_sequence = 99 WHERE organisation_id = %s",
        twin.actor.organisation_id,
    )
    assert books.breaches() == []
    assert len(twin.breaches()) == 2


def test_setting_up_twice_changes_nothing_but_the_trail(books: Company):
    before = everything(but=("event",))
    actor = set_up_company(company_file("acme"), "boss@acme.example")
    assert actor == books.actor
    assert everything(but=("event",)) == before
    assert Event.objects.filter(action="company.set_up").count() == 2


def test_setting_up_again_changes_the_policy_with_before_and_after(books: Company):
    set_up_company(company_file("acme", "payment_days = 7"), "boss@acme.example")
    event = Event.objects.filter(action="company.set_up").latest("id")
    assert event.before["policy"]["payment_days"] == 30
    assert event.after["policy"]["payment_days"] == 7
    assert Series.objects.count() == 2


def test_a_stranger_cannot_set_up_a_company_that_exists(books: Company):
    before = digest()
    with pytest.raises(NotAllowed):
        set_up_company(company_file("acme"), "stranger@elsewhere.example")
    assert digest() == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('key = "acme"', 'key = "other"'),
        ("[policy]", '[seller.series]\ninvoice = "X-"\n[policy]'),
        ('currency = "EUR"', 'currency = "EURO"'),
        ("[policy]", "[policy]\npayment_dais = 3"),
        ('country = "DE"', ""),
        ("[seller]", "[seller"),
    ],
)
def test_a_company_file_that_cannot_be_used_changes_nothing(books: Company, old: str, new: str):
    before = digest()
    with pytest.raises(CompanyFileError):
        set_up_company(company_file("acme").replace(old, new, 1), "boss@acme.example")
    assert digest() == before
    assert SellerRecord.objects.count() == 1


def test_a_refused_credit_in_between_leaves_no_trace(books: Company):
    books.take("charges", MONTH)
    books.bill()
    books.credit("INV-000001")
    before = digest()
    with pytest.raises(NothingLeft):
        books.credit("INV-000001", on=date(2026, 12, 1))
    assert digest() == before


def _orders_file(folder: Path) -> Path:
    """Write an order that a look-up can find."""
    place = folder / "orders.csv"
    place.write_text("purchase_order,customer,currency,valid_from\nPO-1,ALPHA,EUR,2026-01-01\n")
    return place
