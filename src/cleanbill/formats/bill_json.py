"""The record of a bill: canonical JSON as `docs/bill-document.md` describes it.

In: bills with totals and number, their lines, tax groups and allowances as tables. Out: one text
per bill. ``read`` gives the document back as plain values.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import polars as pl

from cleanbill.engine.text import money_text, trimmed_text
from cleanbill.formats.json_text import json_array, json_object, plain, quoted
from cleanbill.nouns.scales import PRICE_DECIMALS, QUANTITY_DECIMALS, RATE_DECIMALS
from cleanbill.nouns.seller import Seller

SCHEMA = "cleanbill.bill/1"
CALCULATION_VERSION = "1"
Document = dict[str, Any]


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
    customers: pl.DataFrame,
    seller: Seller,
) -> pl.Series:
    """Return one canonical document per bill, in the order of ``bills``.

    ``bills`` have totals, ``number`` and ``language``; ``lines`` and ``groups`` refer to them by
    ``draft`` and stand in printing order; ``customers`` are rows of CUSTOMERS. A bill without a
    customer is a cash sale in the name of ``cash_name``.
    """
    parts = (
        bills.join(_lines(lines), on="draft", how="left", maintain_order="left")
        .join(_groups(groups), on="draft", how="left", maintain_order="left")
        .join(_customers(customers), on="customer", how="left", maintain_order="left")
    )
    if "preceding" not in parts.columns:
        parts = parts.with_columns(pl.lit(None, dtype=pl.String).alias("preceding"))
    return parts.select(_document(seller).alias("document")).to_series()


def _date(column: str) -> pl.Expr:
    return plain(pl.col(column).cast(pl.String))


def _money(column: str) -> pl.Expr:
    return plain(money_text(pl.col(column), pl.col("decimals")))


def _rate(column: str) -> pl.Expr:
    return plain(trimmed_text(pl.col(column), RATE_DECIMALS))


def _unless_zero(value: pl.Expr, column: str) -> pl.Expr:
    return pl.when(pl.col(column) != 0).then(value)


def _constant(value: object) -> pl.Expr:
    return pl.lit(json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")))


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


def _lines(lines: pl.DataFrame) -> pl.DataFrame:
    """All lines of a bill as one JSON array."""
    priced = pl.col("line_price_e8").is_not_null()
    size = (
        pl.when(pl.col("kind") == "credit_note")
        .then(pl.col("quantity_e6").abs())
        .otherwise(pl.col("quantity_e6"))
    )
    quantity = trimmed_text(size, QUANTITY_DECIMALS)
    base = pl.when(priced).then(pl.lit("1")).otherwise(quantity)
    price = trimmed_text(pl.col("line_price_e8"), PRICE_DECIMALS)
    shown_price = (
        pl.when(priced).then(price).otherwise(money_text(pl.col("gross_minor"), pl.col("decimals")))
    )
    end = pl.coalesce("service_end", "service_date")
    reverses = None
    if "credits_number" in lines.columns:
        reverses = json_object(
            {
                "line": plain(pl.col("credits_line").cast(pl.String)),
                "number": quoted(pl.col("credits_number")),
            }
        )
    element = json_object(
        {
            "credits": reverses,
            "description": quoted(pl.coalesce("description", "item")),
            "discount": _unless_zero(_money("discount_minor"), "discount_minor"),
            "discount_percent": _unless_zero(_rate("discount_percent_e6"), "discount_percent_e6"),
            "document_discount_share": _unless_zero(_money("share_minor"), "share_minor"),
            "gross": _money("gross_minor"),
            "item": quoted(pl.col("item")),
            "keys": json_object(
                {
                    "model": plain(pl.col("model")),
                    "price": plain(pl.col("price_level")),
                    "price_version": plain(pl.col("price_version").cast(pl.String)),
                    "tier": plain(pl.col("tier").cast(pl.String)),
                }
            ),
            "line": plain(pl.col("line").cast(pl.String)),
            "net": _money("net_minor"),
            "price_base_quantity": plain(base),
            "quantity": plain(quantity),
            "service": json_object(
                {"end": plain(end.cast(pl.String)), "start": _date("service_date")}
            ),
            "source": json_object(
                {
                    "occurrence": plain(pl.col("occurrence").cast(pl.String)),
                    "reference": quoted(pl.col("reference")),
                    "source": quoted(pl.col("source")),
                }
            ),
            "tax": json_object(
                {
                    "category": plain(pl.col("tax_category")),
                    "rate_percent": _rate("rate_percent_e6"),
                    "rule": plain(pl.col("tax_rule")),
                }
            ),
            "tax_share": _money("tax_minor"),
            "unit": quoted(pl.col("unit")),
            "unit_price": plain(shown_price),
        }
    )
    return (
        lines.select("draft", element.alias("_lines"))
        .group_by("draft", maintain_order=True)
        .agg(json_array(pl.col("_lines")).alias("_lines"))
    )


def _groups(groups: pl.DataFrame) -> pl.DataFrame:
    """The tax rows and the allowances of a bill as JSON arrays."""
    tax = json_object(
        {
            "base": _money("base_minor"),
            "category": plain(pl.col("tax_category")),
            "law": quoted(pl.col("law")),
            "rate_percent": _rate("rate_percent_e6"),
            "reason": quoted(pl.col("reason")),
            "reason_code": plain(pl.col("reason_code")),
            "rule": plain(pl.col("tax_rule")),
            "tax": _money("tax_minor"),
        }
    )
    percent = pl.col("document_discount_percent_e6")
    allowance = json_object(
        {
            "amount": _money("discount_minor"),
            "percent": pl.when(percent > 0).then(_rate("document_discount_percent_e6")),
            "reason": quoted(pl.col("discount_reason")),
            "tax": json_object(
                {
                    "category": plain(pl.col("tax_category")),
                    "rate_percent": _rate("rate_percent_e6"),
                }
            ),
        }
    )
    arrays = (
        groups.select(
            "draft",
            tax.alias("_taxes"),
            _unless_zero(allowance, "discount_minor").alias("_allowances"),
        )
        .group_by("draft", maintain_order=True)
        .agg(
            json_array(pl.col("_taxes")).alias("_taxes"),
            json_array(pl.col("_allowances")).alias("_allowances"),
        )
    )
    empty = pl.col("_allowances") == "[]"
    return arrays.with_columns(
        pl.when(empty).then(None).otherwise(pl.col("_allowances")).alias("_allowances")
    )


def address_json() -> pl.Expr:
    """A customer's postal address, empty parts left out."""
    rows = [quoted(pl.col(c)) for c in ("street", "street2")]
    lines = pl.concat_list(rows).list.drop_nulls()
    return json_object(
        {
            "city": quoted(pl.col("city")),
            "country": quoted(pl.col("country")),
            "lines": pl.when(lines.list.len() > 0).then(
                pl.concat_str(pl.lit("["), lines.list.join(","), pl.lit("]"))
            ),
            "postcode": quoted(pl.col("postcode")),
            "region": quoted(pl.col("region")),
        }
    )


def _customers(customers: pl.DataFrame) -> pl.DataFrame:
    return customers.select(
        "customer",
        json_object(
            {
                "address": address_json(),
                "buyer_reference": quoted(pl.col("buyer_reference")),
                "email": quoted(pl.col("email")),
                "kind": plain(pl.col("kind")),
                "name": quoted(pl.coalesce("name", "customer")),
                "reference": quoted(pl.col("customer")),
                "vat_id": quoted(pl.col("vat_id")),
            }
        ).alias("_customer"),
    )


def _document(seller: Seller) -> pl.Expr:
    cash = json_object(
        {
            "address": json_object({"country": quoted(pl.col("tax_place"))}),
            "kind": pl.lit('"cash"'),
            "name": quoted(pl.col("cash_name")),
        }
    )
    away = pl.col("ship_to").is_not_null()
    return json_object(
        {
            "allowances": pl.col("_allowances"),
            "calculation": _constant(
                {
                    "rounding": "half_up",
                    "tax_method": seller.tax_method,
                    "version": CALCULATION_VERSION,
                }
            ),
            "currency": plain(pl.col("currency")),
            "customer": pl.coalesce("_customer", cash),
            "decimals": pl.col("decimals").cast(pl.String),
            "deliver_to": pl.when(away).then(
                json_object(
                    {
                        "country": quoted(pl.col("tax_place")),
                        "name": quoted(pl.col("ship_to")),
                    }
                )
            ),
            "due_date": _date("due_date"),
            "issue_date": _date("issue_date"),
            "kind": plain(pl.col("kind")),
            "language": plain(pl.col("language")),
            "lines": pl.col("_lines"),
            "number": quoted(pl.col("number")),
            "payment": json_object(
                {
                    "bank": quoted(pl.lit(seller.bank.bank or None, dtype=pl.String)),
                    "bic": quoted(pl.lit(seller.bank.bic or None, dtype=pl.String)),
                    "days": plain(pl.col("payment_days").cast(pl.String)),
                    "holder": quoted(pl.lit(seller.bank.holder or None, dtype=pl.String)),
                    "iban": quoted(pl.lit(seller.bank.iban or None, dtype=pl.String)),
                    "reference": quoted(pl.col("number")),
                }
            ),
            "period": json_object({"end": _date("period_end"), "start": _date("period_start")}),
            "preceding": pl.col("preceding"),
            "reason": quoted(pl.col("reason")),
            "references": json_object(
                {
                    "contract": quoted(pl.col("agreement")),
                    **{
                        c: quoted(pl.col(c))
                        for c in ("cost_centre", "delivery", "order", "purchase_order")
                    },
                }
            ),
            "schema": _constant(SCHEMA),
            "seller": _constant(seller_block(seller)),
            "series": quoted(pl.col("series")),
            "taxes": pl.col("_taxes"),
            "totals": json_object(
                {
                    "document_discount": _money("discount_minor"),
                    "gross": _money("gross_minor"),
                    "lines_net": _money("lines_net_minor"),
                    "net": _money("net_minor"),
                    "payable": _money("payable_minor"),
                    "rounding": _money("rounding_minor"),
                    "tax": _money("tax_minor"),
                }
            ),
        }
    )
