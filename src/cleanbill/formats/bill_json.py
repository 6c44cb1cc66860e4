"""The record of a bill: canonical JSON as `docs/bill-document.md` describes it.

In: bills with totals and number, their lines, tax groups and allowances as tables. Out: one text
per bill. ``read`` gives the document back as plain values.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from typing import Any

import polars as pl

from cleanbill.engine.plan import collected
from cleanbill.formats.bill_json_lines import Texts, lines_json, maybe
from cleanbill.formats.bill_json_reductions import with_reductions
from cleanbill.formats.bill_json_taxes import groups_json
from cleanbill.formats.json_text import (
    Json,
    constant,
    json_object,
    optional,
    plain,
    quoted,
    quoted_column,
    raw,
)
from cleanbill.nouns.seal import ERASED, Unseal, is_sealed
from cleanbill.nouns.seller import Seller

SCHEMA = "cleanbill.bill/1"
CALCULATION_VERSION = "1"
Document = dict[str, Any]
_REFERENCES = ("agreement", "cost_centre", "delivery", "order", "purchase_order")
_ADDRESS = ("street", "street2", "city", "country", "postcode", "region")


def read(text: str) -> Document:
    """Return a document's values; raises ValueError when the text is no bill of this schema."""
    document = json.loads(text)
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise ValueError(f"expected a document of schema {SCHEMA}")
    return document


def canonical(document: Document) -> str:
    """Return the one text of a document: sorted keys, no white space."""
    return json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def write(
    bills: pl.DataFrame,
    lines: pl.DataFrame,
    groups: pl.DataFrame,
    taxes: pl.DataFrame,
    customers: pl.DataFrame,
    seller: Seller,
    *,
    parts: pl.DataFrame | None = None,
    allowances: pl.DataFrame | None = None,
    early: pl.DataFrame | None = None,
) -> pl.Series:
    """Return one canonical document per bill, in the order of ``bills``.

    ``bills`` have totals, ``number`` and ``language``; ``lines`` and ``groups`` refer to them by
    ``draft`` and stand in printing order; ``taxes`` are LINE_TAXES; ``customers`` are rows of
    CUSTOMERS, with a column ``sealed`` where documents are to be kept: what ``private_block`` says
    of a customer, sealed.
    Where it is null or missing, the customer's data are written in clear. A bill without a
    customer is a cash sale in the name of ``cash_name``. ``parts`` are what coupons took off lines,
    ``allowances`` all that is taken off bills with coupons, ``early`` the discounts for early
    payment.
    """
    whole = (
        bills.lazy()
        .join(lines_json(lines, taxes, parts), on="draft", how="left", maintain_order="left")
        .join(groups_json(groups), on="draft", how="left", maintain_order="left")
        .join(_customers(customers), on="customer", how="left", maintain_order="left")
    )
    if "preceding" not in bills.columns:
        whole = whole.with_columns(pl.lit(None, dtype=pl.String).alias("preceding"))
    whole = with_reductions(whole, allowances, early)
    shape = Texts.of(bills), *(c in bills.columns for c in ("included_minor", "withheld_minor"))
    document = _document(seller, *shape, early is not None).alias("document")
    return whole.select(document).pipe(collected).to_series()


def opened(document: Document, unseal: Unseal) -> Document:
    """Return a document as people read it, everything sealed in it opened.

    ``unseal`` gives the text of what is sealed, or None where the party's key has been destroyed:
    then ``ERASED`` stands for the name, and the rest is left out.
    """
    paper, customer = dict(document), dict(document["customer"])
    if "sealed" in customer:
        block = unseal(customer.pop("sealed"))
        paper["customer"] = customer | ({"name": ERASED} if block is None else json.loads(block))
    place = document.get("deliver_to", {})
    if is_sealed(place.get("name")):
        name = unseal(place["name"])
        paper["deliver_to"] = place | {"name": ERASED if name is None else name}
    return paper


def private_block(customers: pl.DataFrame) -> pl.Series:
    """Return what a document says of each customer and keeps sealed, as canonical JSON.

    That is all but the reference, the kind and the country, which tax and books rest on.
    """
    return customers.lazy().select(_private()).pipe(collected).to_series()


def seller_block(seller: Seller) -> Document:
    """Return what documents say of the seller, empty parts left out."""
    known = asdict(seller)
    block = {
        k: known[k]
        for k in (
            "key",
            "name",
            "tagline",
            "initials",
            "accent",
            "website",
            "vat_id",
            "tax_number",
            "address",
            "contact",
            "legal",
        )
    }
    block["legal"] = list(seller.legal)
    block["address"]["lines"] = list(seller.address.lines)
    block["contact"] = {k: v for k, v in block["contact"].items() if v}
    block["address"] = {k: v for k, v in block["address"].items() if v}
    return {k: v for k, v in block.items() if v}


def _address() -> Json:
    """A customer's postal address, empty parts left out."""
    rows = pl.concat_list([quoted_column(c).text() for c in ("street", "street2")])
    lines = pl.concat_str(pl.lit("["), rows.list.drop_nulls().list.join(","), pl.lit("]"))
    known = pl.any_horizontal(pl.col("street", "street2").is_not_null())
    parts = {c: maybe(c) for c in ("city", "country", "postcode", "region")}
    address = json_object({**parts, "lines": optional(raw(lines), known)})
    return optional(address, pl.any_horizontal(pl.col(*_ADDRESS).is_not_null()))


def _private_members() -> dict[str, Json]:
    return {
        "address": _address(),
        "buyer_reference": maybe("buyer_reference"),
        "email": maybe("email"),
        "name": quoted(pl.coalesce("name", "customer")),
        "vat_id": maybe("vat_id"),
    }


def _public_members() -> dict[str, Json]:
    return {"kind": optional(plain(pl.col("kind"))), "reference": quoted_column("customer")}


@cache
def _private() -> pl.Expr:
    return json_object(_private_members()).text()


@cache
def _customer() -> pl.Expr:
    return json_object({**_private_members(), **_public_members()}).text()


@cache
def _sealed_customer() -> pl.Expr:
    country = optional(json_object({"country": quoted_column("country")}))
    sealed = plain(pl.col("sealed"))
    return json_object({**_public_members(), "address": country, "sealed": sealed}).text()


def _customers(customers: pl.DataFrame) -> pl.LazyFrame:
    if "sealed" not in customers.columns:
        said = _customer()
    elif customers["sealed"].null_count() == 0:
        said = _sealed_customer()
    else:
        said = pl.coalesce(_sealed_customer(), _customer())
    return customers.lazy().select("customer", said.alias("_customer"))


def _cash_customer() -> Json:
    country = json_object({"country": quoted_column("tax_place")})
    return json_object(
        {
            "address": optional(country),
            "kind": constant("cash"),
            "name": quoted_column("cash_name"),
        }
    )


def _payment(seller: Seller, offering: bool) -> Json:
    bank = {k: constant(v) for k, v in asdict(seller.bank).items() if v}
    days = plain(pl.col("payment_days").cast(pl.String))
    early = {"early_discounts": optional(raw(pl.col("_early")))} if offering else {}
    return json_object({**bank, **early, "days": days, "reference": quoted_column("number")})


@cache
def _document(
    seller: Seller, texts: Texts, inclusive: bool, withholding: bool, offering: bool
) -> pl.Expr:
    references = json_object({c.replace("agreement", "contract"): maybe(c) for c in _REFERENCES})
    place = json_object({"country": maybe("tax_place"), "name": quoted_column("ship_to")})
    method = {
        "rounding": constant("half_up"),
        "tax_method": constant(seller.tax_method),
        "version": constant(CALCULATION_VERSION),
    }
    sums = ("discount", "gross", "lines_net", "net", "payable", "rounding", "tax")
    named = {"discount": "document_discount"}
    totals = {named.get(s, s): texts.money(f"{s}_minor") for s in sums}
    if inclusive:
        rule, present = constant(seller.inclusive_method), pl.col("included_minor").is_not_null()
        method["inclusive_method"] = optional(rule, present)
        totals["tax_included"] = optional(texts.money("included_minor"))
    if withholding:
        totals["withheld"] = optional(texts.money("withheld_minor"))
    return json_object(
        {
            "allowances": optional(raw(pl.col("_allowances"))),
            "calculation": json_object(method),
            "currency": plain(pl.col("currency")),
            "customer": raw(pl.coalesce("_customer", _cash_customer().text())),
            "decimals": raw(pl.col("decimals").cast(pl.String)),
            "deliver_to": optional(place),
            "due_date": texts.date("due_date"),
            "issue_date": texts.date("issue_date"),
            "kind": plain(pl.col("kind")),
            "language": plain(pl.col("language")),
            "lines": raw(pl.col("_lines")),
            "number": quoted_column("number"),
            "payment": _payment(seller, offering),
            "period": json_object(
                {"end": texts.date("period_end"), "start": texts.date("period_start")}
            ),
            "preceding": optional(raw(pl.col("preceding"))),
            "reason": maybe("reason"),
            "references": optional(
                references, pl.any_horizontal(pl.col(*_REFERENCES).is_not_null())
            ),
            "schema": constant(SCHEMA),
            "seller": constant(seller_block(seller)),
            "series": quoted_column("series"),
            "taxes": raw(pl.col("_taxes")),
            "totals": json_object(totals),
        }
    ).text()
