"""Which column of a foreign file is probably which of ours: a suggestion that a person may change.

Nothing here decides: what is suggested is shown, and what is chosen becomes a profile.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from cleanbill.formats.tabular.columns import KINDS
from cleanbill.formats.tabular.profile import Profile, builtin_profiles
from cleanbill.formats.tabular.profile_text import load_profile

_ALIKE: dict[str, tuple[str, ...]] = {
    "reference": ("id", "chargeid", "lineid", "transaction", "invoice", "invoiceno", "number"),
    "customer": ("customerid", "customerno", "client", "clientid", "account", "debtor"),
    "item": ("sku", "product", "productcode", "stockcode", "article", "itemcode", "service"),
    "description": ("text", "itemname", "productname", "details"),
    "quantity": ("qty", "amountofitems", "units", "hours", "count", "volume"),
    "unit_price": ("price", "rate", "unitcost", "priceperunit"),
    "amount": ("total", "lineamount", "value", "net", "netamount"),
    "currency": ("curr", "currencycode", "ccy"),
    "service_date": ("date", "day", "invoicedate", "delivered", "deliverydate", "usagedate"),
    "service_end": ("enddate", "until"),
    "order": ("orderno", "orderid", "salesorder"),
    "purchase_order": ("po", "ponumber", "customerorder"),
    "discount_percent": ("discount", "rebate"),
    "ship_to_country": ("shipcountry", "deliverycountry"),
    "name": ("company", "customername", "fullname"),
    "street": ("address", "address1", "addressline1"),
    "street2": ("address2", "addressline2"),
    "postcode": ("zip", "zipcode", "postalcode", "plz"),
    "city": ("town", "place"),
    "country": ("countrycode", "land"),
    "vat_id": ("vat", "vatnumber", "taxid", "ustid"),
    "email": ("mail", "emailaddress"),
    "valid_from": ("from", "start", "startdate"),
    "valid_to": ("to", "end", "enddate"),
}
"""What others call a column, without spaces, signs and case."""


def _simple(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def suggested(columns: Sequence[str], kind: str) -> Profile:
    """Return the mapping that is most likely meant: a shipped profile that fits, or by name."""
    for path in builtin_profiles().values():
        known = load_profile(path)
        needed = {name for names in known.columns.values() for name in names}
        if known.kind == kind and needed and needed <= set(columns):
            return known
    found: dict[str, tuple[str, ...]] = {}
    free = {_simple(name): name for name in reversed(columns)}
    fields = [field.name for field in KINDS[kind]]
    for name in fields:
        _take(found, free, name, (_simple(name),))
    for name in fields:
        _take(found, free, name, _ALIKE.get(name, ()))
    for field in KINDS[kind]:
        if field.needed and field.name not in found:
            near = difflib.get_close_matches(_simple(field.name), free, 1, cutoff=0.75)
            _take(found, free, field.name, near)
    return Profile(kind, columns=found)


def _take(
    found: dict[str, tuple[str, ...]], free: dict[str, str], name: str, called: Sequence[str]
) -> None:
    """Give the target the first free column that is called so; each column is used once."""
    if name in found:
        return
    match = next((one for one in called if one in free), None)
    if match is not None:
        found[name] = (free.pop(match),)
