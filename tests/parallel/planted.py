"""Two sides of bills with planted differences, in plain Python: no code of the product is used.

Each row of a side is a dictionary. The old side is made from ours by one known edit per row, and
what the edit is worth is worked out here in fractions, apart from the engine.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from math import floor

FIRST = date(2026, 10, 1)
RATES = (19, 7, 0)
PLANTS = (
    *(
        "none",
        "none",
        "none",
        "missed",
        "no_charge",
        "double",
        "price",
        "quantity",
        "discount",
        "empty",
    ),
    *("tax_rate", "rounding", "customer", "currency", "held", "waiting", "not_billable"),
    *("credit", "lost_credit", "old_sum", "period", "tax_category"),
)


def rounded(value: Fraction) -> int:
    """Half away from zero."""
    below = floor(abs(value) + Fraction(1, 2))
    return below if value >= 0 else -below


@dataclass
class Planted:
    """Both sides, and what each cause is worth by currency."""

    ours: list[dict] = field(default_factory=list)
    bills: list[dict] = field(default_factory=list)
    old: list[dict] = field(default_factory=list)
    worth: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    rows: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def planted(seed: int, size: int) -> Planted:
    """Return ``size`` charges, one bill each, every one with at most one planted difference."""
    dice = random.Random(seed)
    made = Planted()
    for place in range(size):
        _one(made, dice, place)
    dice.shuffle(made.old)
    for row, old in enumerate(made.old, start=2):
        old["row"] = row
    return made


def _one(made: Planted, dice: random.Random, place: int) -> None:
    plant = dice.choice(PLANTS)
    quantity, price = dice.randint(1, 60), dice.randint(50, 9000)
    rate, day = dice.choice(RATES), FIRST + timedelta(days=dice.randint(0, 27))
    sign = -1 if plant in ("credit", "lost_credit") else 1
    # No two charges are alike, so that there is one right pairing.
    item = f"I{place}"
    net = sign * quantity * price
    tax = rounded(Fraction(net * rate, 100))
    charge = {
        **{"draft": place, "charge_id": place + 1, "reference": f"S-{place}", "day": day},
        **{"document": f"A-{place}", "customer": f"C{place % 40}", "item": item},
        **{"description": None, "currency": "EUR", "disposition": "clear", "why": None},
        **{"quantity_e6": sign * quantity * 10**6, "unit_price_e8": price * 10**6},
        **{"list_minor": net, "net_minor": net, "tax_minor": tax, "tax_category": "S"},
        **{"rate_percent_e6": rate * 10**6, "price_level": "list", "price_from": FIRST},
    }
    old = {
        **{"bill": f"R-{place}", "kind": None, "date": date(2026, 10, 31), "service_date": day},
        **{"customer": charge["customer"], "order": None, "item": item, "description": None},
        **{"reference": charge["reference"] if dice.random() < 0.5 else None},
        **{"quantity_e6": charge["quantity_e6"], "unit_price_e8": price * 10**6},
        **{"net_minor": net, "tax_rate_e6": rate * 10**6, "tax_category": "S", "tax_minor": tax},
        **{"gross_minor": net + tax, "bill_total_minor": None, "currency": "EUR"},
    }
    _edited(made, dice, plant, charge, old, (quantity, price, rate))


def _edited(
    made: Planted,
    dice: random.Random,
    plant: str,
    charge: dict,
    old: dict,
    facts: tuple[int, int, int],
) -> None:
    quantity, price, rate = facts
    gross = charge["net_minor"] + charge["tax_minor"]
    ours, olds = [charge], [old]

    def put(cause: str, worth: int, currency: str = "EUR") -> None:
        made.worth[currency, cause] += worth
        made.rows[cause] += 1

    def restate(net: int, at: int = rate) -> int:
        """Let the old row bear another net or rate; return what it then asks for."""
        old["net_minor"] = net
        old["tax_rate_e6"], old["tax_minor"] = at * 10**6, rounded(Fraction(net * at, 100))
        old["gross_minor"] = net + old["tax_minor"]
        return old["gross_minor"]

    match plant:
        case "missed":
            olds.clear()
            put("missed", gross)
        case "lost_credit":
            olds.clear()
            put("credit", gross)
        case "no_charge":
            ours.clear()
            put("no_charge", -gross)
        case "double":
            olds.append(dict(old, bill=f"{old['bill']}-again"))
            put("double", -gross)
        case "price":
            other = price + dice.choice((-7, 10, 250, -30))
            old["unit_price_e8"] = other * 10**6
            put("price", gross - restate(quantity * other))
        case "quantity":
            other = quantity + dice.randint(1, 9)
            old["quantity_e6"] = other * 10**6
            put("quantity", gross - restate(other * price))
        case "empty":
            old["quantity_e6"] = 0
            put("quantity", gross - restate(0))
        case "discount":
            less = rounded(Fraction(charge["net_minor"] * 10, 100))
            charge["net_minor"] -= less
            charge["tax_minor"] = rounded(Fraction(charge["net_minor"] * rate, 100))
            put("discount", charge["net_minor"] + charge["tax_minor"] - gross)
        case "tax_rate":
            put("tax_rate", gross - restate(charge["net_minor"], rate + 4))
        case "rounding":
            old["tax_minor"] += 1
            old["gross_minor"] += 1
            put("rounding", -1)
        case "customer":
            old["customer"] = "ELSEWHERE"
            put("customer", 0)
        case "currency":
            old["currency"] = "USD"
            put("currency", -gross, "USD")
            put("currency", gross)
        case "held" | "waiting" | "not_billable":
            charge |= {"disposition": plant, "draft": None, "why": "a reason", "tax_minor": 0}
            put("period" if plant == "waiting" else plant, -gross)
        case "old_sum":
            old["gross_minor"] += 1000
            put("old_sum", -1000)
        case "period":
            old["service_date"] = date(2026, 9, 30)
            put("period", 0)
        case "tax_category":
            old["tax_category"] = "E"
            put("tax_category", 0)
    made.old += olds
    for each in ours:
        made.ours.append(each)
        if each["draft"] is not None:
            made.bills.append(_bill(each))


def _bill(charge: dict) -> dict:
    return {
        **{name: charge[name] for name in ("draft", "customer", "document", "day", "currency")},
        "kind": "invoice" if charge["net_minor"] >= 0 else "credit_note",
        "net_minor": charge["net_minor"],
        "tax_minor": charge["tax_minor"],
        "total_minor": charge["net_minor"] + charge["tax_minor"],
        "reduction_minor": 0,
        "lines": 1,
    }
