"""Which rows an error fits, so that it raises its own finding and no other."""

from __future__ import annotations

from cleanbill.actions.sample.catalogue import Item
from cleanbill.actions.sample.profiles import Profile
from cleanbill.actions.sample.rows import Row
from cleanbill.actions.sample.sources import Sources
from cleanbill.actions.sample.timeline import PRICE_CHANGE

_DEAR = 2_500_000
"""Ten-thousandths of a euro: at this price the absurd quantity is beyond every bound."""


def _profile(row: Row, sources: Sources) -> Profile:
    return sources.profiles[row["customer"]]


def _item(row: Row, sources: Sources) -> Item:
    return sources.items[row["item"]]


def plain_business(row: Row, sources: Sources) -> bool:
    """Fit a business with one agreement, of whom no other error needs the charges."""
    profile = _profile(row, sources)
    special = profile.needs_purchase_order or profile.succession or profile.own_prices
    special = special or row["customer"] in sources.charges.twin_customers
    charged = row["customer"] in sources.last_due
    return profile.kind == "business" and profile.currency == "EUR" and charged and not special


def reverse_charge(row: Row, sources: Sources) -> bool:
    """Fit a business that owes the tax itself."""
    return plain_business(row, sources) and _profile(row, sources).foreign_eu_business


def ended_agreement(row: Row, sources: Sources) -> bool:
    """Fit an agreement that another one follows, of a customer charged since."""
    ended = row.get("valid_to", "")
    return "" < ended <= sources.last_due.get(row["customer"], "")


def changed_price(row: Row, sources: Sources) -> bool:
    """Fit a list price in euro that ends within the month, of goods sold since."""
    ends = row.get("valid_to") == PRICE_CHANGE.isoformat()
    sold = row["item"] in sources.sold_after_change
    goods_price = _item(row, sources).kind == "goods"
    return ends and sold and goods_price and row["currency"] == "EUR" and "plan" not in row


def cancellation(row: Row, sources: Sources) -> bool:
    """Fit a cancellation whose original has no equal."""
    return row.get("kind") == "cancellation" and row["reference"] not in sources.charges.twins


def twin_cancellation(row: Row, sources: Sources) -> bool:
    """Fit a cancellation whose original has an equal."""
    return row["reference"] in sources.charges.twins


def sale(row: Row, sources: Sources) -> bool:
    """Fit any sale."""
    return row.get("kind", "") == ""


def by_piece(row: Row, sources: Sources) -> bool:
    """Fit a sale whose amount is quantity times list price."""
    item = _item(row, sources)
    listed = item.model == "unit" and item.role == "sold"
    return sale(row, sources) and listed and "service_end" not in row


def goods(row: Row, sources: Sources) -> bool:
    """Fit a sale of goods by the piece."""
    return by_piece(row, sources) and _item(row, sources).kind == "goods" and row["unit"] == "C62"


def german_goods(row: Row, sources: Sources) -> bool:
    """Fit a sale of goods taxed in Germany."""
    return goods(row, sources) and _profile(row, sources).country == "DE"


def dear_goods(row: Row, sources: Sources) -> bool:
    """Fit a sale of goods with a high price."""
    return goods(row, sources) and _item(row, sources).base >= _DEAR


def unlisted(row: Row, sources: Sources) -> bool:
    """Fit a sale that brings its own price because the list has none."""
    return sale(row, sources) and _item(row, sources).role == "unlisted"


def needs_order(row: Row, sources: Sources) -> bool:
    """Fit a sale to a customer who wants its purchase order on every bill."""
    return sale(row, sources) and _profile(row, sources).needs_purchase_order
