"""What fields of charges, lines and master data are called, in the reader's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

PAIRS: tuple[tuple[str, Any, str | None, str | None], ...] = (
    ("reference", _("Charge"), "reference", "reference"),
    ("kind", _("Kind"), "kind", "kind"),
    ("customer", _("Customer"), "customer", "customer"),
    ("item", _("Item"), "item", "item"),
    ("description", _("Description"), "description", "description"),
    ("quantity", _("Quantity"), "quantity_e6", "quantity_e6"),
    ("unit", _("Unit"), "unit", "unit"),
    ("unit_price", _("Unit price"), "unit_price_e8", "line_price_e8"),
    ("amount", _("Amount before discount"), "amount_minor", "gross_minor"),
    ("discount_percent", _("Discount in percent"), "discount_percent_e6", None),
    ("discount", _("Discount"), None, "discount_minor"),
    ("net", _("Net"), None, "net_minor"),
    ("tax_category", _("Tax category"), None, "tax_category"),
    ("rate", _("Tax rate in percent"), None, "rate_percent_e6"),
    ("service_date", _("Day of supply"), "service_date", "service_date"),
    ("service_end", _("End of the period"), "service_end", "service_end"),
    ("order", _("Order"), "order", "order"),
    ("delivery", _("Delivery"), "delivery", "delivery"),
    ("purchase_order", _("Purchase order"), "purchase_order", "purchase_order"),
    ("cost_centre", _("Cost centre"), "cost_centre", "cost_centre"),
    ("ship_to", _("Shipped to"), "ship_to", None),
    ("cancels", _("Cancels"), "cancels", None),
)
"""Name, words, column of the source row, column of the line."""
LABELS: Mapping[str, Any] = {
    **{name: words for name, words, _source, _line in PAIRS},
    "amount": _("Amount"),
    "currency": _("Currency"),
    "vat_id": _("VAT id"),
    "email": _("E-mail address"),
    "buyer_reference": _("Buyer reference"),
    "name": _("Name"),
    "street": _("Street"),
    "city": _("City"),
    "postcode": _("Postcode"),
    "region": _("Region"),
    "country": _("Country"),
    "ship_to_country": _("Country shipped to"),
    "assignee": _("Who is asked"),
    "until": _("Until"),
    "valid_from": _("Valid from"),
    "valid_to": _("Valid to"),
    "blocked": _("Blocked"),
    "state": _("State"),
}


def label(name: str) -> Any:
    """Return what a column of an import file is called; one without words keeps its name."""
    return LABELS.get(name, name)
