"""The example of a check as books in the store: its company, master data, orders and charges.

Orders are kept as an import keeps them; what earlier bills made usual stands in the table that is
prepared from them, since these bills themselves are not there.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import polars as pl
from tests.actions.company import company_file
from tests.checks import examples

from cleanbill.actions.access import Actor
from cleanbill.actions.keep_orders import keep_orders
from cleanbill.actions.seal_parties import sealed_charges, sealed_customers
from cleanbill.actions.set_up_company import set_up_company
from cleanbill.cycle import verify
from cleanbill.store import history
from cleanbill.store.charge_writing import take_charges
from cleanbill.store.companies import policy_json, seller_json
from cleanbill.store.master_writing import add_prices, upsert
from cleanbill.store.models import Event, HistoryState, Organisation, SellerRecord, SourceFile

NOW = datetime(2026, 10, 1, tzinfo=UTC)


def opened(code: str) -> Actor:
    """Set the example of a check up in the open, empty store; return who works there."""
    charges, master, seller, policy = examples.tables_of(code)
    actor = set_up_company(company_file(seller.key), "boss@acme.example")
    own = actor.organisation_id
    Organisation.objects.filter(pk=own).update(policy=policy_json(policy))
    SellerRecord.objects.filter(organisation_id=own).update(profile=seller_json(seller))
    sealed_customers(own, master.customers)
    for table, rows in (
        ("customer", master.customers),
        ("item", master.items),
        ("agreement", master.agreements.drop("agreement_id")),
    ):
        upsert(own, table, rows, "boss", "example", NOW)
    tiers = master.tiers.join(master.prices, on="price_id", maintain_order="left")
    add_prices(own, tiers.drop("price_id", "version", "tier"))
    orders = examples.orders_in(code)
    if orders.height:
        keep_orders(actor, _file(actor, "orders", "").pk, orders)
    if master.usual.height:
        history.remember(own, master.usual)
        HistoryState.objects.create(
            organisation_id=own, through_bill_id=0, version=verify.USUAL_VERSION
        )
    for (source,), rows in charges.group_by("source", maintain_order=True):
        _take(actor, str(source), rows)
    return actor


def _file(actor: Actor, kind: str, source: str) -> SourceFile:
    return SourceFile.objects.create(
        organisation_id=actor.organisation_id,
        kind=kind,
        name="example.csv",
        sha256="0" * 64,
        profile=source,
        imported_at=NOW,
        actor=actor.name,
    )


def _take(actor: Actor, source: str, rows: pl.DataFrame) -> None:
    file = _file(actor, "charges", source)
    told: dict[str, Any] = {"created": rows.height, "changed": 0}
    Event.objects.create(
        organisation_id=actor.organisation_id,
        at=NOW,
        actor=actor.name,
        action="charges.imported",
        subject="example.csv",
        cause="example",
        after=told,
    )
    place = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("row")
    frame = rows.drop("charge_id").with_columns(
        place, pl.lit(None, dtype=pl.String).alias("attributes")
    )
    take_charges(
        actor.organisation_id, file.pk, source, sealed_charges(actor.organisation_id, frame)
    )
