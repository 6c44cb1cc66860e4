"""What the values of master data and the limits of checks are called, in the reader's words.

Files and the store speak in codes; a page says what they mean. A code without words shows itself.
"""

from __future__ import annotations

import re
from typing import Any

from babel.numbers import format_decimal
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from cleanbill.shells.web.languages import locale

VALUES = {
    "business": _("Business"),
    "consumer": _("Consumer"),
    "public": _("Public body"),
    "cash": _("Cash customer"),
    "goods": _("Goods"),
    "service": _("Service"),
    "subscription": _("Subscription"),
    "freight": _("Freight"),
    "discount": _("Discount"),
    "manual": _("Manual item"),
    "fee": _("Fee"),
    "voucher": _("Voucher"),
    "sample": _("Sample"),
    "cost": _("Cost"),
    "standard": _("Standard rate"),
    "reduced": _("Reduced rate"),
    "second_reduced": _("Second reduced rate"),
    "super_reduced": _("Super-reduced rate"),
    "increased": _("Increased rate"),
    "special": _("Special rate"),
    "zero": _("Zero rate"),
    "exempt": _("Exempt"),
    "outside": _("Outside the tax"),
    "reverse_charge": _("Reverse charge"),
    "margin_travel": _("Margin scheme, travel"),
    "margin_second_hand": _("Margin scheme, second-hand goods"),
    "margin_art": _("Margin scheme, works of art"),
    "margin_collectors": _("Margin scheme, collectors’ items"),
    "equivalence_surcharge": _("Equivalence surcharge"),
    "order": _("Order"),
    "delivery": _("Delivery"),
    "ship_to": _("Shipped to"),
    "purchase_order": _("Purchase order"),
    "cost_centre": _("Cost centre"),
    "day": _("Day"),
    "week": _("Week"),
    "month": _("Month"),
    "unit": _("Per unit"),
    "flat": _("Flat"),
    "graduated": _("Graduated"),
    "volume": _("By volume"),
    "package": _("By package"),
    "percentage": _("Percentage"),
    "dynamic": _("Dynamic"),
    "sale": _("Sale"),
    "cancellation": _("Cancellation"),
    "yes": _("yes"),
    "no": _("no"),
    "block": _("Blocks"),
    "warn": _("Warns"),
    "info": _("Informs"),
    "off": _("Off"),
}
UNITS = {
    **dict.fromkeys(("C62", "H87", "EA"), _("Piece")),
    "MIN": _("Minute"),
    "HUR": _("Hour"),
    "DAY": _("Day"),
    "WEE": _("Week"),
    "MON": _("Month"),
    "QAN": _("Quarter"),
    "ANN": _("Year"),
    "SET": _("Set"),
    "PR": _("Pair"),
    "LS": _("Lump sum"),
    **{"KGM": "kg", "TNE": "t", "LTR": "l", "MTR": "m", "KMT": "km", "MTK": "m²", "MTQ": "m³"},
    **{"KWH": "kWh", "E34": "GB", "E35": "TB"},
}
"""Units of UN/ECE Recommendation 20 that bills often have."""
LIMITS = {
    "late_days": _("Days after which a charge is late"),
    "future_days": _("Days that a service may lie ahead"),
    "service_days_most": _("Longest service of one charge, in days"),
    "quantity_most": _("Largest quantity without doubt"),
    "line_amount_most": _("Largest net of a line without doubt"),
    "price_factor": _("How many times a list price a price may be"),
    "discount_percent_most": _("Largest discount without asking, in percent"),
    "payment_days_most": _("Longest time to pay without doubt, in days"),
    "price_age_days_most": _("Days after which a price is stale"),
    "renewal_days": _("Notice before an agreement ends, in days"),
    "order_used_percent": _("Purchase order nearly used up, from percent"),
    "approval_amount": _("A second person is needed from this amount"),
    "small_amount": _("Smallest bill worth sending"),
    "email_required": _("Every customer needs an e-mail address"),
    "history_bills": _("Bills it takes to know what is usual"),
    "history_factor": _("How many times the usual is unusual"),
    "history_price_percent": _("Distance from a customer’s usual price, in percent"),
}


def called(value: Any) -> str:
    """Return what a value means: ``ship_to`` is "Shipped to"; several are told apart by commas."""
    parts = [part for part in re.split(r"[\s,;|+]+", str(value)) if part]
    if not parts or any(part not in VALUES for part in parts):
        return str(value)
    return ", ".join(str(VALUES[part]) for part in parts)


def unit_called(code: Any) -> str:
    """Return what a unit of measure is called."""
    return str(UNITS.get(str(code), code))


def limit_called(name: str) -> str:
    """Return what a limit measures."""
    return str(LIMITS.get(name, name))


def limit_shown(value: Any) -> str:
    """Return where a limit lies: nought switches it off."""
    if isinstance(value, bool):
        return _now("yes") if value else _now("no")
    if not isinstance(value, int):
        return str(value)
    return format_decimal(value, locale=locale()) if value else _now("Off")
