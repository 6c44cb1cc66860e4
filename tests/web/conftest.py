"""Browsers without a screen: a client per role, in books with a month that has been billed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from tests.actions.company import Company

from cleanbill.store.models import Membership, Organisation, User

Visitor = Callable[..., Client]


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
