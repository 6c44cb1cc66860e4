"""Replay and tell what was drawn of bundles: each charge from its own basis.

What the bundle came to and what components weigh by the list stand in the basis and are taken from
there; quantities, stated shares and the sharing itself are worked out again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from cleanbill.cycle.draw.bundles import part_name
from cleanbill.cycle.draw.recurring import FAULTS
from cleanbill.cycle.draw.terms import Row, Wanted
from cleanbill.cycle.price.bundled import bundle_shares, times, worth
from cleanbill.engine.exact import percent_of
from cleanbill.formats import bundle_json
from cleanbill.nouns.bundle import BundleTerms
from cleanbill.nouns.currency import decimals_of
from cleanbill.nouns.scales import QUANTITY_DECIMALS, RATE_DECIMALS, unscaled


def told(charge: Mapping[str, Any], basis: Mapping[str, Any]) -> str:
    """Return in one sentence how the amount of a component's charge came about."""
    origin, parts = basis["of"], basis["parts"]
    bundle = f"bundle {origin['item']} ({origin['source']} · {origin['reference']})"
    if basis["kind"] == "taken_back":
        count = _plain(abs(origin["quantity_e6"]), QUANTITY_DECIMALS)
        return f"{count} of {bundle} taken back: its component {basis['part']}, {basis['cancels']}"
    decimals = decimals_of(charge["currency"])
    money = [format(unscaled(share, decimals), "f") for *_, share in parts]
    if basis["by"] == "list":
        weights = [format(unscaled(weight, decimals), "f") for _, _, weight, _ in parts]
    else:
        weights = [_plain(weight, QUANTITY_DECIMALS) for _, _, weight, _ in parts]
    net = format(unscaled(basis["net_minor"], decimals), "f")
    price = f"{basis['level']} price"
    if basis["price_version"] is not None:
        price += f", version {basis['price_version']}"
    if basis["discount_percent_e6"]:
        price += f", less {_plain(basis['discount_percent_e6'], RATE_DECIMALS)} %"
    by = "list prices" if basis["by"] == "list" else "stated shares"
    listed = ", ".join(f"{item} {m}" for (item, *_), m in zip(parts, money, strict=True))
    return (
        f"{bundle} comes to {net} ({price}), shared by {by} {' : '.join(weights)}, largest "
        f"remainder: {listed}; this is component {basis['part']}"
    )


def bundle_shown(basis: Mapping[str, Any]) -> str:
    """Return what a bill says of the bundle that a line belongs to, as canonical JSON."""
    origin = basis["of"]
    said = {
        "component": str(basis["part"]),
        "description": origin["description"],
        "item": origin["item"],
        "quantity": _plain(abs(origin["quantity_e6"]), QUANTITY_DECIMALS),
        "reference": origin["reference"],
        "shown": basis["shown"],
        "source": origin["source"],
    }
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _plain(number: int, decimals: int) -> str:
    text = format(unscaled(number, decimals), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def replayed(drawn: Wanted, bodies: Mapping[int, str]) -> Iterator[str]:
    """Yield what does not come out again; ``drawn`` has the complete history of its charges."""
    known: dict[int, BundleTerms] = {}
    seen: dict[tuple[str, str, int], list[Row]] = {}
    sold: set[str] = set()
    for row in drawn.history:
        version = row["terms_version"]
        try:
            if version not in known:
                known[version] = bundle_json.read(bodies[version], version)
            wrong = _wrong(row, known[version], sold)
            if row["kind"] == "sale":
                origin = row["basis"]["of"]
                key = (origin["source"], origin["reference"], origin["occurrence"])
                seen.setdefault(key, []).append(row)
        except KeyError as error:
            wrong = f"{error} is not there"
        except FAULTS as error:
            wrong = str(error)
        if wrong:
            yield f"charge {row['reference']}: {wrong}"
    for (source, reference, _), rows in seen.items():
        basis = rows[0]["basis"]
        amounts = [row["amount_minor"] for row in rows]
        if len(rows) != len(basis["parts"]) or sum(amounts) != basis["net_minor"]:
            yield (
                f"bundle {source} · {reference}: its components come to {sum(amounts)} in "
                f"{len(rows)} charges, it to {basis['net_minor']} in {len(basis['parts'])}"
            )


def _wrong(row: Row, terms: BundleTerms, sold: set[str]) -> str | None:
    """Say what is wrong with a charge; remember what was sold."""
    basis = row["basis"]
    origin, place = basis["of"], basis["part"]
    if row["reference"] != part_name(origin["source"], origin["reference"], place):
        return "its name is not that of a component of its bundle"
    if basis["kind"] == "taken_back":
        if row["cancels"] != basis["cancels"] or row["cancels"] not in sold:
            return f"{row['cancels']} was not charged"
        return None
    sold.add(row["reference"])
    if (
        basis["gross_minor"] - percent_of(basis["gross_minor"], basis["discount_percent_e6"])
        != (basis["net_minor"])
    ):
        return "gross and discount of the bundle do not come to its net"
    parts = basis["parts"]
    if bundle_shares(basis["net_minor"], [weight for _, _, weight, _ in parts]) != [
        share for *_, share in parts
    ]:
        return "the net of the bundle is shared otherwise"
    made = [[one.item, times(origin["quantity_e6"], one.quantity_e6)] for one in terms.parts]
    if made != [part[:2] for part in parts]:
        return "the bundle is made of something else"
    stated = [one.share_e6 for one in terms.parts]
    if basis["by"] == "stated" and stated != [weight for _, _, weight, _ in parts]:
        return "the bundle states other shares"
    item, quantity, _, share = parts[place - 1]
    if [row["item"], row["quantity_e6"], row["amount_minor"]] != [item, quantity, share]:
        return f"it is not component {place} of its bundle"
    if worth(quantity, row["unit_price_e8"], decimals_of(row["currency"])) != share:
        return f"quantity and price do not come to {share}"
    return None
