"""Recurring terms as tests write them: CSV text, taken in like any other file."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.actions.company import Company

HEADER = (
    "reference,customer,item,quantity,unit_price,currency,every,start,end,change_from,description"
)


def terms(company: Company, *rows: str, header: str = HEADER, name: str = "recurring.csv") -> Any:
    """Import these rows; return the report."""
    return company.take("recurring", "\n".join([header, *rows]) + "\n", name=name)


def drawn(company: Company, through: date, **how: Any) -> Any:
    """Draw what is due; return what was done."""
    from cleanbill.actions.draw_terms import draw_terms

    return draw_terms(company.actor, through=through, **how)


def charges() -> list[tuple[Any, ...]]:
    """Return kind, reference, quantity, unit price, amount and what it cancels of drawn charges."""
    from cleanbill.store.models import Charge

    columns = ("kind", "reference", "quantity_e6", "unit_price_e8", "amount_minor", "cancels")
    return list(Charge.objects.filter(source="recurring").order_by("id").values_list(*columns))
