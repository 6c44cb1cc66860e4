"""What a run lacks before it may go out: an approval above a limit, a colleague's second look.

The organisation's policy asks for it, actions enforce it: every door that issues passes here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cleanbill.actions.access import Actor
from cleanbill.nouns.currency import decimals_of
from cleanbill.nouns.policy import Policy
from cleanbill.nouns.scales import unscaled
from cleanbill.store.companies import policy_of
from cleanbill.store.models import Organisation, ReviewItem, Run, RunStep

Amounts = dict[str, int]
"""By currency, in minor units: invoices and credit notes, neither taken off the other."""


class NotApproved(ValueError):
    """The run needs another person before it may go out; the message says for what."""


def policy_for(actor: Actor) -> Policy:
    """Return the policy of the actor's organisation."""
    return policy_of(Organisation.objects.get(pk=actor.organisation_id).policy)


def amounts_of(bills: Iterable[Mapping[str, Any]]) -> Amounts:
    """Return what totals of bills come to."""
    sums: Amounts = {}
    for row in bills:
        currency = str(row["currency"])
        sums[currency] = sums.get(currency, 0) + abs(int(row["payable_minor"]))
    return sums


def issued_amounts(run: Run) -> Amounts:
    """Return what a run has issued so far."""
    steps = RunStep.objects.filter(organisation_id=run.organisation_id, run_id=run.pk)
    return amounts_of(
        row for totals in steps.values_list("totals", flat=True) for row in totals["bills"]
    )


def ceiling(run: Run, policy: Policy) -> Amounts | None:
    """Return how much the run may issue by currency; None where there is no limit."""
    if not policy.approval_above:
        return None
    approved = run.approved or {}
    names = {*policy.approval_above, *approved}
    return {c: max(policy.approval_above.get(c, 0), int(approved.get(c, 0))) for c in names}


def above(amounts: Mapping[str, int], most: Mapping[str, int] | None) -> list[str]:
    """Return the currencies in which the amounts are more than may be issued."""
    if most is None:
        return []
    return sorted(c for c, amount in amounts.items() if amount > most.get(c, 0))


def needs_approval(run: Run, policy: Policy) -> bool:
    """Tell whether a prepared run comes to more than one person may issue."""
    limits = policy.approval_above or None
    return bool(run.expected and above(run.expected["amounts"], limits))


def lacking(run: Run, policy: Policy) -> list[str]:
    """Return, as sentences, what the run lacks before it may be issued; empty: nothing."""
    if not policy.asks_for_others:
        return []
    if run.expected is None:
        return [f"Run {run.pk} is not prepared yet: cleanbill prepare {run.pk}"]
    found = []
    amounts, most = run.expected["amounts"], ceiling(run, policy)
    for currency in above(amounts, most):
        found.append(
            f"Run {run.pk} comes to {_money(amounts[currency], currency)}, above the limit of "
            f"{_money((most or {}).get(currency, 0), currency)}: somebody other than {run.actor} "
            f"must approve it: cleanbill approve {run.pk}"
        )
    items = ReviewItem.objects.filter(organisation_id=run.organisation_id, run_id=run.pk)
    waiting = items.filter(state=ReviewItem.State.OPEN).count()
    if waiting:
        found.append(
            f"{waiting:,} of its drafts wait for a second look by somebody other than "
            f"{run.actor}: cleanbill review {run.pk}"
        )
    return found


def returned_charges(run: Run) -> frozenset[int]:
    """Return the charges of drafts that the reviewer returned: the run goes out without them."""
    items = ReviewItem.objects.filter(
        organisation_id=run.organisation_id, run_id=run.pk, state=ReviewItem.State.RETURNED
    )
    return frozenset(
        charge for charges in items.values_list("charges", flat=True) for charge in charges
    )


def other_than_preparer(actor: Actor, run: Run, what: str) -> None:
    """Raise NotApproved where the one who prepared the run would be their own second person."""
    if actor.name == run.actor:
        raise NotApproved(
            f"{actor.name} has prepared run {run.pk}; a second person must {what} it."
        )


def _money(minor: int, currency: str) -> str:
    return f"{unscaled(minor, decimals_of(currency)):,} {currency}"
