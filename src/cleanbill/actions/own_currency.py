"""Files of another system often name no currency: then it is the seller's."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from cleanbill.actions.access import Actor
from cleanbill.formats import tabular
from cleanbill.store.companies import seller_of
from cleanbill.store.models import SellerRecord


def with_currency(actor: Actor, profile: tabular.Profile, table: pl.DataFrame) -> tabular.Profile:
    """Return the profile with the seller's currency where neither it nor the file names one."""
    named = any(name.strip().casefold() == "currency" for name in table.columns)
    if named or "currency" in {*profile.columns, *profile.constants}:
        return profile
    seller = SellerRecord.objects.get(organisation_id=actor.organisation_id)
    constants = {**profile.constants, "currency": seller_of(seller.profile).currency}
    return replace(profile, constants=constants)
