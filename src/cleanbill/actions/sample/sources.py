"""The sample before it is written: the rows of all files and what is known about them."""

from __future__ import annotations

from dataclasses import dataclass

from cleanbill.actions.sample.agreements import agreement_rows
from cleanbill.actions.sample.catalogue import Catalogue, Item, catalogue
from cleanbill.actions.sample.charges import Charges, charges
from cleanbill.actions.sample.customers import customer_rows
from cleanbill.actions.sample.draw import Draw
from cleanbill.actions.sample.identifiers import VatIds
from cleanbill.actions.sample.prices import price_rows
from cleanbill.actions.sample.profiles import Profile, profiles
from cleanbill.actions.sample.rows import AGREEMENTS, CHARGES, CUSTOMERS, ITEMS, PRICES, Row
from cleanbill.actions.sample.size import SampleSize
from cleanbill.actions.sample.timeline import LAST_WEEK, PERIOD, PRICE_CHANGE


@dataclass(frozen=True, slots=True)
class Sources:
    """The clean rows by file, and the traits by which errors choose among them."""

    files: dict[str, list[Row]]
    profiles: dict[str, Profile]
    items: dict[str, Item]
    charges: Charges
    agreed_from: dict[str, str]
    """By customer: the first day of its first agreement."""
    last_due: dict[str, str]
    """By customer: the last day of a charge that a run to the month's end bills."""
    sold_after_change: frozenset[str]
    """Items sold at the list price in euro since the day on which prices changed."""


def is_due(profile: Profile, row: Row) -> bool:
    """Tell whether a run to the month's end bills the charge, or leaves it for the next."""
    waits_from = LAST_WEEK if profile.cut_off == "week" else PERIOD.end
    return waits_from is None or row["service_date"] < waits_from.isoformat()


def sources(seed: int, size: SampleSize, vat_ids: VatIds) -> Sources:
    """Return the clean sample of a seed and size."""
    items: Catalogue = catalogue(size.goods, Draw(seed, "items"))
    found = profiles(size.customers, Draw(seed, "profiles"))
    agreements = agreement_rows(found, Draw(seed, "agreements"))
    month = charges(size, found, items, Draw(seed, "charges"))
    agreed_from: dict[str, str] = {}
    for row in agreements:
        agreed_from.setdefault(row["customer"], row["valid_from"])
    by_key = {profile.customer: profile for profile in found}
    due = [row for row in month.rows if is_due(by_key[row["customer"]], row)]
    return Sources(
        files={
            CUSTOMERS: customer_rows(found, vat_ids, Draw(seed, "customers")),
            ITEMS: [item.row for item in items.items],
            PRICES: price_rows(items, found),
            AGREEMENTS: agreements,
            CHARGES: month.rows,
        },
        profiles=by_key,
        items={item.item: item for item in items.items},
        charges=month,
        agreed_from=agreed_from,
        last_due={row["customer"]: row["service_date"] for row in due},
        sold_after_change=frozenset(
            row["item"]
            for row in due
            if row["currency"] == "EUR" and row["service_date"] >= PRICE_CHANGE.isoformat()
            if not by_key[row["customer"]].plan
        ),
    )
