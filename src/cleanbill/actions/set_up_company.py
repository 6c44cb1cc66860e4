"""Set up a company from its company file: organisation, seller, number series, first member."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from cleanbill.actions.access import Actor
from cleanbill.actions.keep_look import with_kept_look
from cleanbill.actions.seal_parties import provided_key
from cleanbill.formats import company_toml
from cleanbill.store import faults
from cleanbill.store.companies import policy_json, seller_json
from cleanbill.store.models import Event, Membership, Organisation, SellerRecord, Series, User
from cleanbill.store.retries import persistently


def set_up_company(text: str, user_email: str) -> Actor:
    """Create or update the organisation that the TOML text describes; return its administrator.

    The first user of a new organisation becomes its administrator; an existing organisation is
    changed only by a member who may. What a page has changed of the look of documents stays where
    the file says what it said before. The master key is drawn where none has ever been. Raises
    CompanyFileError, NotAllowed, MasterKeyError.
    """
    company = company_toml.read(text)
    actor = persistently(lambda: _set_up(company, user_email))
    faults.committed("setup")
    return actor


@transaction.atomic
def _set_up(company: company_toml.Company, user_email: str) -> Actor:
    provided_key()
    policy, profile = policy_json(company.policy), seller_json(company.seller)
    with faults.write("setup.company"):
        actor, before = _organisation(company, user_email, policy)
        organisation = Organisation.objects.get(pk=actor.organisation_id)
        if before is not None:
            before |= {"seller": _known(organisation)}
        kept = _seller(organisation, company)
    with faults.write("setup.event"):
        Event.objects.create(
            organisation=organisation,
            at=datetime.now(UTC),
            actor=actor.name,
            action="company.set_up",
            subject=company.slug,
            before=before,
            # What the file says, which the next set-up needs to know; what stands in spite of it.
            after={"policy": policy, "seller": profile} | ({"kept": kept} if kept else {}),
        )
    return actor


def _organisation(
    company: company_toml.Company, user_email: str, policy: dict[str, Any]
) -> tuple[Actor, dict[str, Any] | None]:
    """Create or change the organisation; return who did it, and what was there before."""
    user, _ = User.objects.get_or_create(email=user_email, defaults={"password": "!"})
    organisation, new = Organisation.objects.get_or_create(
        slug=company.slug, defaults={"name": company.name, "policy": policy}
    )
    if new:
        Membership.objects.create(organisation=organisation, user=user, role=Membership.Role.ADMIN)
    actor = Actor.of_user(user, organisation)
    _require(actor)
    before = {"policy": organisation.policy} if not new else None
    organisation.name, organisation.policy = company.name, policy
    organisation.save()
    return actor, before


def _known(organisation: Organisation) -> dict[str, Any] | None:
    """Return the seller's profile; nobody changes it from here on."""
    known = SellerRecord.objects.select_for_update(no_key=True).filter(organisation=organisation)
    found = known.first()
    return None if found is None else found.profile


def _seller(organisation: Organisation, company: company_toml.Company) -> dict[str, str]:
    """Create or change the seller, with its series; return what stays of the look on its page."""
    _same_seller(organisation, company)
    kept, stays = with_kept_look(organisation.pk, company.slug, company.seller)
    seller, _ = SellerRecord.objects.update_or_create(
        organisation=organisation,
        key=company.seller.key,
        defaults={"profile": seller_json(kept)},
    )
    for kind, prefix in (
        ("invoice", company.seller.invoice_series),
        ("credit_note", company.seller.credit_note_series),
    ):
        Series.objects.get_or_create(
            organisation=organisation, seller=seller, kind=kind, defaults={"prefix": prefix}
        )
    return stays


def _same_seller(organisation: Organisation, company: company_toml.Company) -> None:
    """Refuse a company file that would replace the seller, or the series of issued numbers."""
    known = SellerRecord.objects.filter(organisation=organisation).first()
    if known is None:
        return
    if known.key != company.seller.key:
        raise company_toml.CompanyFileError(
            f"[seller] key is {company.seller.key!r}, but these books belong to the seller "
            f"{known.key!r}; keep its key, or set up another organisation"
        )
    for kind, prefix in (
        ("invoice", company.seller.invoice_series),
        ("credit_note", company.seller.credit_note_series),
    ):
        series = Series.objects.get(seller=known, kind=kind)
        if series.prefix != prefix:
            raise company_toml.CompanyFileError(
                f"[seller.series] {kind} is {prefix!r}, but the books number their bills "
                f"{series.prefix!r}; a series cannot be renamed"
            )


def _require(actor: Actor) -> None:
    from cleanbill.actions.access import NotAllowed

    if "company.set_up" not in actor.permissions:
        raise NotAllowed(f"{actor.name} may not change this organisation; ask its administrator.")
