"""Keep purchase orders that a file states: new orders, and amendments as their next versions."""

from __future__ import annotations

import polars as pl

from cleanbill.actions.access import Actor
from cleanbill.cycle import verify
from cleanbill.engine.order_tables import Orders
from cleanbill.formats import tabular
from cleanbill.store import faults
from cleanbill.store.master_writing import Changes
from cleanbill.store.order_reading import orders_numbered
from cleanbill.store.order_writing import add_versions


def sound_orders(actor: Actor, intake: tabular.Intake, table: pl.DataFrame) -> tabular.Intake:
    """Return the intake without orders that could not be kept, or not whole."""
    column = intake.used["purchase_order"][0]
    lost: list[str] = []
    if intake.rejected.height:
        lost = intake.rejected[column].drop_nulls().str.strip_chars().unique().to_list()
    found = verify.order_faults(intake.accepted, _known(actor, intake.accepted), lost)
    return tabular.refused(intake, table, found)


def keep_orders(actor: Actor, source_file: int, rows: pl.DataFrame) -> Changes:
    """Write the orders and amendments of a file that are new; must run in a transaction.

    Raises ValueError where somebody else has brought other words of one of them meanwhile.
    """
    known = _known(actor, rows)
    faulty = verify.order_faults(rows, known)
    if faulty.height:
        raise ValueError(
            "purchase orders of this file have been imported by somebody else meanwhile; look at "
            "them with cleanbill orders, and import the file again"
        )
    with faults.write("import.orders"):
        return add_versions(actor.organisation_id, source_file, verify.order_versions(rows, known))


def _known(actor: Actor, rows: pl.DataFrame) -> Orders:
    """The orders by the numbers that a file names, its blanket orders too."""
    named = pl.concat([rows["purchase_order"], rows["calls_off"]]).drop_nulls().unique()
    return orders_numbered(actor.organisation_id, named.to_list())
