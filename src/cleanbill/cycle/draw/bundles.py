"""Charges of a bundle become charges of its components; see ``cycle.price.bundled``.

In: what bundles are made of, and the open charges that name one: sales of it, cancellations of it
or of a component. Out: a charge of each component with its exact share of the price, so that each
bears its own tax, and can be credited alone. The charge of the bundle itself is closed by them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any

from cleanbill.cycle.draw.bundle_prices import Quote, quoted
from cleanbill.cycle.draw.recurring import FAULTS
from cleanbill.cycle.draw.terms import Context, Found, Refused, Row, Wanted
from cleanbill.cycle.price.bundled import bundle_shares, times, unit_price
from cleanbill.cycle.verify.catalogue import BUNDLE_CANNOT_BE_SHARED
from cleanbill.formats import bundle_json
from cleanbill.nouns.bundle import BundleTerms
from cleanbill.nouns.drawn import BUNDLES

ALWAYS = date.min
"""Before every day: a charge of a bundle may come in at any time."""
LONGEST = 300
KEPT = (
    *("customer", "currency", "service_date", "service_end", "order", "delivery", "ship_to"),
    *("ship_to_country", "ship_to_region", "deliver_to", "purchase_order", "cost_centre"),
    *("occurrence", "repeats"),
)
"""What a component has from the charge of its bundle."""


def part_name(source: str, reference: str, part: int) -> str:
    """Return the reference of the charge of a bundle's component.

    >>> part_name("shop", "A-17", 2)
    'shop/A-17/2'
    """
    name = f"{source}/{reference}/{part}"
    if len(name) <= LONGEST:
        return name
    return f"{sha256(f'{source}/{reference}'.encode()).hexdigest()}/{part}"


@dataclass(slots=True)
class _Work:
    """One bundle on its way: its charges of components, and why others could not be made."""

    wanted: Wanted
    terms: BundleTerms
    rows: list[Row] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)


def drawn(wanted: Sequence[Wanted], context: Context) -> Iterator[Found | Refused]:
    """Yield the charges of the components of each bundle; prices are looked up all at once."""
    works: list[_Work | Refused] = [_begun(one) for one in wanted]
    known = {w.wanted.reference: w for w in works if isinstance(w, _Work)}
    sales, sold, taken = _facts(known.values())
    quotes = quoted(list(sales.values()), context)
    listed = _Listed(context)
    pairs = [(row, _bundle(row, quotes[key], known)) for key, row in sales.items()]
    chosen = [(row, work) for row, work in pairs if work is not None]
    listed.ask(chosen)
    for row, work in chosen:
        try:
            parts = _parts(row, work.terms, quotes[row["charge_id"]], listed)
        except FAULTS as error:
            work.troubles.append(f"charge {row['reference']}: {error}")
            continue
        work.rows += parts
        for part in parts:
            own = {"terms": work.wanted.reference, "item": part["item"], "basis": part["basis"]}
            sold[part["reference"]] = {**part, **own}
    for row in taken.values():
        _cancelled(row, sold, known)
    for work_or_refused in works:
        if isinstance(work_or_refused, Refused):
            yield work_or_refused
        else:
            yield _found(work_or_refused, context)


def _begun(one: Wanted) -> _Work | Refused:
    try:
        return _Work(one, bundle_json.read(one.body, one.version))
    except FAULTS as error:
        facts = {"error": str(error) or type(error).__name__}
        return Refused(one, BUNDLE_CANNOT_BE_SHARED, facts)


def _facts(
    works: Iterable[_Work],
) -> tuple[dict[int, Row], dict[str, Row], dict[int, Row]]:
    """The open sales and cancellations by id, and what was sold of components, by reference."""
    sales: dict[int, Row] = {}
    sold: dict[str, Row] = {}
    taken: dict[int, Row] = {}
    for work in works:
        facts = work.wanted.facts
        sales |= {row["charge_id"]: dict(row) for row in facts.get("sales", ())}
        sold |= {row["reference"]: dict(row) for row in facts.get("sold", ())}
        taken |= {row["charge_id"]: dict(row) for row in facts.get("cancellations", ())}
    return dict(sorted(sales.items())), sold, dict(sorted(taken.items()))


def _bundle(row: Row, quote: Quote, known: Mapping[str, _Work]) -> _Work | None:
    """The bundle that a charge is: one of its plan before one for everybody. None: a plain item."""
    if not quote.billable:
        return None
    day = row["service_date"]
    fits = [
        work
        for work in known.values()
        if work.terms.item == row["item"] and work.terms.holds(day, quote.plan)
    ]
    best = [w for w in fits if w.terms.plan is not None] or fits
    if len(best) > 1:
        names = " and ".join(sorted(w.terms.reference for w in best))
        best[0].troubles.append(f"charge {row['reference']} of {day} fits {names}")
        return None
    return best[0] if best else None


class _Listed:
    """The list prices of components, as weights where a bundle states no shares."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.quotes: dict[tuple[int, int], Quote] = {}

    def ask(self, chosen: Sequence[tuple[Row, _Work]]) -> None:
        """Look up what the components of these charges cost by the list."""
        rows: list[Row] = []
        keys: list[tuple[int, int]] = []
        for row, work in chosen:
            for place, one in enumerate(work.terms.parts if work.terms.by_list else ()):
                try:
                    quantity = times(abs(row["quantity_e6"]), one.quantity_e6)
                except FAULTS:
                    continue  # Told where the charge is shared.
                own = {"item": one.item, "quantity_e6": quantity, "charge_id": len(rows)}
                bare = dict.fromkeys(("unit_price_e8", "amount_minor", "discount_percent_e6"))
                rows.append({**row, **bare, **own})
                keys.append((row["charge_id"], place))
        quotes = quoted(rows, self.context, by_list=True)
        self.quotes = {key: quotes[place] for place, key in enumerate(keys)}

    def weights(self, row: Row, terms: BundleTerms, quote: Quote) -> list[int]:
        """Return the weights of a bundle's components. Raises ValueError where one has no price."""
        if not terms.by_list:
            return [one.share_e6 or 0 for one in terms.parts]
        weights = []
        for place, one in enumerate(terms.parts):
            told = self.quotes[row["charge_id"], place]
            if told.gross_minor is None or told.level is None:
                raise ValueError(
                    f"component {one.item} has no list price in {row['currency']} on "
                    f"{row['service_date']}; add it, or state shares"
                )
            if told.includes_tax != quote.includes_tax:
                raise ValueError(
                    f"the list price of {one.item} and the price of the bundle are not both with "
                    "tax or both without; state shares"
                )
            weights.append(told.gross_minor)
        return weights


def _parts(row: Row, terms: BundleTerms, quote: Quote, listed: _Listed) -> list[Row]:
    """Return the charges of a bundle's components, which add up to its price."""
    if quote.net_minor is None or quote.decimals is None:
        raise ValueError(f"no price of {terms.item} in {row['currency']} on {row['service_date']}")
    if quote.tied:
        raise ValueError(f"several prices of {terms.item} fit it equally well")
    weights = listed.weights(row, terms, quote)
    shares = bundle_shares(quote.net_minor, weights)
    quantities = [times(row["quantity_e6"], one.quantity_e6) for one in terms.parts]
    named = zip(terms.parts, quantities, weights, shares, strict=True)
    table: list[tuple[str, int, int, int]] = [(p.item, q, w, share) for p, q, w, share in named]
    basis = {
        "kind": "bundle",
        "of": _origin(row, quote.description),
        "level": quote.level,
        "price_id": quote.price_id,
        "price_version": quote.price_version,
        "gross_minor": quote.gross_minor,
        "discount_percent_e6": quote.discount_percent_e6,
        "net_minor": quote.net_minor,
        "by": "list" if terms.by_list else "stated",
        "parts": table,
        "shown": terms.shown.value,
    }
    return [
        {
            **_kept(row),
            "reference": part_name(row["source"], row["reference"], place),
            "item": item,
            "kind": "sale",
            "quantity_e6": quantity,
            "unit_price_e8": unit_price(share, quantity, quote.decimals),
            "amount_minor": share,
            "includes_tax": quote.includes_tax,
            "basis": {**basis, "part": place},
        }
        for place, (item, quantity, _, share) in enumerate(table, 1)
    ]


def _origin(row: Row, description: str | None) -> dict[str, Any]:
    said = {c: row[c] for c in ("source", "reference", "occurrence", "item", "quantity_e6")}
    return {**said, "description": description or row["item"]}


def _kept(row: Row) -> Row:
    kept = {c: row[c] for c in KEPT if row[c] is not None}
    return {**kept, "source": BUNDLES, "replaces": row["charge_id"]}


def _cancelled(row: Row, sold: Mapping[str, Row], known: Mapping[str, _Work]) -> None:
    """Turn a cancellation of a bundle, or of one of its components, into those of components."""
    parts = []
    for place in range(1, 1 + max((len(s["basis"]["parts"]) for s in sold.values()), default=0)):
        part = sold.get(part_name(row["source"], row["cancels"], place))
        if part is not None:
            parts.append((place, part))
    if not parts:
        return  # It names no bundle that was shared: an ordinary cancellation.
    origin = parts[0][1]["basis"]["of"]
    work = known.get(parts[0][1]["terms"])
    if work is None:
        return  # Its bundle cannot be read, and says so itself.
    whole = row["item"] == origin["item"]
    wanted = [(n, p) for n, p in parts if whole or p["item"] == row["item"]]
    try:
        rows = [_reversal(row, n, part, whole=whole) for n, part in wanted]
    except FAULTS as error:
        work.troubles.append(f"charge {row['reference']}: {error}")
        return
    work.rows += rows


def _reversal(row: Row, place: int, part: Row, *, whole: bool) -> Row:
    quantity = row["quantity_e6"]
    origin = part["basis"]["of"]
    if whole:
        each, rest = divmod(quantity * part["quantity_e6"], origin["quantity_e6"])
        if rest:
            raise ValueError(f"{part['item']} cannot be divided so; cancel its components")
        quantity = each
    return {
        **_kept(row),
        "reference": part_name(row["source"], row["reference"], place),
        "item": part["item"],
        "kind": "cancellation",
        "quantity_e6": quantity,
        "cancels": part["reference"],
        "basis": {
            "kind": "taken_back",
            "of": {**_origin(row, origin["description"]), "item": origin["item"]},
            "cancels": part["reference"],
            "parts": part["basis"]["parts"],
            "part": place,
            "shown": part["basis"]["shown"] if whole else "components",
        },
    }


def _found(work: _Work, context: Context) -> Found:
    one = work.wanted
    waiting = []
    if work.troubles:
        more = len(work.troubles) - 1
        text = work.troubles[0] + (f" (and {more} more)" if more else "")
        waiting.append(Refused(one, BUNDLE_CANNOT_BE_SHARED, {"error": text}))
    through = max(context.through, one.through or context.through)
    return Found(one, through, work.rows, ALWAYS, None, waiting)
