"""Keep retainers that a file states: each a coupon of what its customer pays in advance."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from cleanbill.actions.access import Actor
from cleanbill.cycle import invoice
from cleanbill.engine.coupon_tables import COUPONS, REDEMPTIONS
from cleanbill.engine.tables import conformed
from cleanbill.store import faults
from cleanbill.store.master_writing import Changes, upsert


def keep_retainers(actor: Actor, source_file: int, rows: pl.DataFrame) -> Changes:
    """Write the retainers of a file, and to whom each belongs; must run in a transaction."""
    terms, given = invoice.as_coupons(rows)
    who, cause, now = actor.name, f"import of file {source_file}", datetime.now(UTC)
    own = actor.organisation_id
    with faults.write("import.retainers"):
        changed = upsert(own, "coupon", conformed(terms, COUPONS), who, cause, now)
        owned = upsert(own, "redemption", conformed(given, REDEMPTIONS), who, cause, now)
    both = max(changed.changed, owned.changed)
    return Changes(changed.created, both, rows.height - changed.created - both)
