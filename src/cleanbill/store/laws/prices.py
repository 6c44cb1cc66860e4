"""Laws of prices: each has one current version, tiers, and limits that can be kept."""

from __future__ import annotations

from cleanbill.store.laws.law import Law

_NAMED = "'price ' || p.id || ' of ' || p.item"

PRICES: tuple[Law, ...] = (
    Law(
        "PRICE-CURRENT",
        "Of the versions of a price, one at most is current.",
        "SELECT 'price of ' || p.item || ' from ' || p.valid_from FROM price p "
        "WHERE p.organisation_id = %s AND p.current GROUP BY p.item, COALESCE(p.customer, ''), "
        "COALESCE(p.plan, ''), p.currency, p.model, p.valid_from, COALESCE(p.conditions, '') "
        "HAVING COUNT(*) > 1",
    ),
    Law(
        "PRICE-LIMITS",
        "No price has a maximum below its minimum, or an increment that is not above zero.",
        f"SELECT {_NAMED} FROM price p WHERE p.organisation_id = %s "
        "AND (p.maximum_minor < p.minimum_minor OR p.increment_e6 <= 0)",
    ),
    Law(
        "PRICE-TIERS",
        "Every price has at least one tier.",
        f"SELECT {_NAMED} FROM price p WHERE p.organisation_id = %s "
        "AND NOT EXISTS (SELECT 1 FROM price_tier t WHERE t.price_id = p.id)",
    ),
)
