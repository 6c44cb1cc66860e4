"""The laws of the books as queries: each finds the rows that break it; none, if all is well.

`docs/architecture.md` lists the laws. What needs a document, a hash or a price worked out again is
checked in `actions/audit_series.py`.
"""

from __future__ import annotations

from django.db import connection

from cleanbill.store.laws.belonging import BELONGING
from cleanbill.store.laws.bills import BILLS
from cleanbill.store.laws.charges import CHARGES
from cleanbill.store.laws.coupons import COUPONS
from cleanbill.store.laws.law import Law
from cleanbill.store.laws.orders import ORDERS
from cleanbill.store.laws.outbox import OUTBOX, sent_laws
from cleanbill.store.laws.prices import PRICES
from cleanbill.store.laws.runs import RUNS, event_laws
from cleanbill.store.laws.series import SERIES
from cleanbill.store.laws.totals import TOTALS, bill_totals_law

LAWS: tuple[Law, ...] = (
    *(*BILLS, *COUPONS, *ORDERS, *SERIES),
    *(*CHARGES, *PRICES, *RUNS, *TOTALS, *OUTBOX, *BELONGING),
)


def all_laws() -> tuple[Law, ...]:
    """Return every law that is a query, in the SQL of the open database."""
    vendor = connection.vendor
    return (*LAWS, bill_totals_law(vendor), *event_laws(vendor), *sent_laws(vendor))


def broken_by(law: Law, organisation_id: int, limit: int = 20) -> tuple[list[str], int]:
    """Return up to ``limit`` rows that break a law, and how many there are in all."""
    scope = [organisation_id] * law.broken.count("%s")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({law.broken}) x LIMIT {limit + 1}", scope)
        rows = [str(row[0]) for row in cursor.fetchall()]
        if len(rows) <= limit:
            return rows, len(rows)
        cursor.execute(f"SELECT COUNT(*) FROM ({law.broken}) x", scope)
        return rows[:limit], int(cursor.fetchone()[0])
