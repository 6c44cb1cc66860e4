"""The lines of bills as JSON, and the figures of a document as text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import polars as pl

from cleanbill.engine.text import money_text, trimmed_text
from cleanbill.formats.json_text import (
    SPECIAL_SIGNS,
    Json,
    json_array,
    json_object,
    optional,
    plain,
    quoted,
    quoted_column,
    raw,
)
from cleanbill.nouns.scales import PRICE_DECIMALS, QUANTITY_DECIMALS, RATE_DECIMALS


@dataclass(frozen=True, slots=True)
class Texts:
    """How the columns of a table become JSON strings; knows which currency decimals occur."""

    among: tuple[int, ...]

    @classmethod
    def of(cls, table: pl.DataFrame) -> Texts:
        """Return the texts for a table with a column ``decimals``."""
        return cls(tuple(table["decimals"].unique().to_list()))

    def bare(self, column: str) -> pl.Expr:
        """An amount as text, without quotes."""
        return money_text(pl.col(column), pl.col("decimals"), self.among)

    def money(self, column: str) -> Json:
        """An amount with the decimals of its currency."""
        return plain(self.bare(column))

    @staticmethod
    def rate(column: str) -> Json:
        """A percentage without superfluous zeros."""
        return plain(trimmed_text(pl.col(column), RATE_DECIMALS))

    @staticmethod
    def date(column: str) -> Json:
        """A day in ISO form."""
        return plain(pl.col(column).cast(pl.String))

    @staticmethod
    def unless_zero(value: Json, column: str) -> Json:
        """Nothing where the column is zero."""
        return optional(value, pl.col(column) != 0)


@cache
def maybe(column: str) -> Json:
    """Free text that may be missing."""
    return optional(quoted_column(column))


def number(column: str) -> Json:
    """A whole number that may be missing."""
    return optional(plain(pl.col(column).cast(pl.String)))


def tax_names(*, named: bool, several: bool) -> dict[str, Json]:
    """Members of a tax that say more than its rate: its name if it is not VAT, and what it does."""
    names = {"name": maybe("tax")} if named else {}
    if several:
        on_tax = pl.when(pl.col("compound").fill_null(False)).then(pl.lit("yes"))
        names |= {"compound": optional(plain(on_tax)), "kind": optional(plain(pl.col("kind")))}
    return names


def further_json(lines: pl.DataFrame, taxes: pl.DataFrame) -> pl.DataFrame:
    """Return ``draft``, ``line`` and ``_further``: the further taxes of a line as a JSON array."""
    decimals = lines.select("draft", "decimals").unique("draft")
    placed = taxes.join(decimals, on="draft", how="left", maintain_order="left")
    texts = Texts.of(placed)
    row = json_object(
        {
            **tax_names(named=True, several=True),
            "base": texts.money("base_minor"),
            "category": plain(pl.col("tax_category")),
            "rate_percent": texts.rate("rate_percent_e6"),
            "rule": plain(pl.col("tax_rule")),
            "tax": texts.money("tax_minor"),
        }
    ).text()
    listed = placed.select("draft", pl.col("line").cast(pl.Int32), row.alias("_tax"))
    return listed.group_by("draft", "line", maintain_order=True).agg(
        json_array(pl.col("_tax")).alias("_further")
    )


def lines_json(
    lines: pl.DataFrame, taxes: pl.DataFrame, parts: pl.DataFrame | None = None
) -> pl.LazyFrame:
    """Return ``draft`` and ``_lines``: all lines of a bill as one JSON array, in their order.

    ``taxes`` are LINE_TAXES: the further taxes of the lines; ``parts`` say what coupons took off.
    """
    coupons = parts is not None and not parts.is_empty()
    if taxes.height:
        lines = lines.join(
            further_json(lines, taxes), on=["draft", "line"], how="left", maintain_order="left"
        )
    shape = _Shape(
        texts=Texts.of(lines),
        reversing="credits_number" in lines.columns,
        unpriced=lines["line_price_e8"].null_count() > 0,
        discounted=bool(
            (lines["discount_percent_e6"] != 0).any() or (lines["discount_minor"] != 0).any()
        ),
        sharing=bool((lines["share_minor"] != 0).any()),
        escaping=bool(lines.select(_SPECIAL_ANYWHERE).item()),
        stepped=_any_known(lines, "billed_quantity_e6"),
        bundled=_any_known(lines, "bundle"),
        named="tax" in lines.columns and lines["tax"].null_count() < lines.height,
        further=taxes.height > 0,
        inclusive="included_minor" in lines.columns
        and lines["included_minor"].null_count() < lines.height,
        redeeming=coupons,
    )
    whole = lines.lazy()
    if parts is not None and coupons:
        shares = coupon_shares(parts, lines)
        whole = whole.join(shares, on=["draft", "line"], how="left", maintain_order="left")
    return (
        whole.select("draft", _element(shape).alias("_lines"))
        .group_by("draft", maintain_order=True)
        .agg(json_array(pl.col("_lines")).alias("_lines"))
    )


def _any_known(lines: pl.DataFrame, column: str) -> bool:
    return column in lines.columns and lines[column].null_count() < lines.height


@dataclass(frozen=True, slots=True)
class _Shape:
    """Which parts occur in a table of lines: what cannot occur costs nothing."""

    texts: Texts
    reversing: bool
    unpriced: bool
    discounted: bool
    sharing: bool
    escaping: bool
    stepped: bool
    bundled: bool
    named: bool
    further: bool
    inclusive: bool
    redeeming: bool


def coupon_shares(parts: pl.DataFrame, lines: pl.DataFrame) -> pl.LazyFrame:
    """Return ``_coupon_shares`` of each line: what each coupon took off it, as a JSON array."""
    decimals = lines.select("draft", "line", "decimals")
    placed = parts.join(decimals, on=["draft", "line"], maintain_order="left")
    share = json_object(
        {
            "amount": Texts.of(placed).money("amount_minor"),
            "coupon": quoted_column("coupon"),
            "redemption": maybe("redemption"),
        }
    )
    return (
        placed.lazy()
        .sort("draft", "line", "place", maintain_order=True)
        .select("draft", "line", share.text().alias("_coupon_shares"))
        .group_by("draft", "line", maintain_order=True)
        .agg(json_array(pl.col("_coupon_shares")).alias("_coupon_shares"))
    )


@cache
def _element(shape: _Shape) -> pl.Expr:
    free = quoted if shape.escaping else plain
    members = {**_identity(free, named=shape.named), **_figures(shape)}
    if shape.bundled:
        members["bundle"] = optional(raw(pl.col("bundle")))
    if shape.further:
        members["further_taxes"] = optional(raw(pl.col("_further")))
    if shape.reversing:
        reverses = json_object(
            {
                "line": plain(pl.col("credits_line").cast(pl.String)),
                "number": quoted_column("credits_number"),
            }
        )
        members["credits"] = optional(reverses)
    if shape.redeeming:
        members["coupon_shares"] = optional(raw(pl.col("_coupon_shares")))
    return json_object(members).text()


_FREE_TEXT = ("description", "item", "reference", "source", "unit")
_SPECIAL_ANYWHERE = pl.any_horizontal(
    pl.col(c).str.contains(SPECIAL_SIGNS).any() for c in _FREE_TEXT
)
"""Most lines have no sign that JSON escapes; a look is quicker than escaping."""


def _identity(free: Callable[[pl.Expr], Json], *, named: bool) -> dict[str, Json]:
    """What a line is, where it came from, and the keys that replay it.

    ``free`` makes JSON of free text: escaped, or plain where nothing needs it.
    """
    end = pl.coalesce("service_end", "service_date").cast(pl.String)
    return {
        "description": free(pl.coalesce("description", "item")),
        "item": optional(free(pl.col("item"))),
        "keys": json_object(
            {
                "model": plain(pl.col("model")),
                "price": plain(pl.col("price_level")),
                "price_version": number("price_version"),
                "tier": number("tier"),
            }
        ),
        "line": plain(pl.col("line").cast(pl.String)),
        "service": json_object({"end": plain(end), "start": Texts.date("service_date")}),
        "source": json_object(
            {
                "occurrence": plain(pl.col("occurrence").cast(pl.String)),
                "reference": free(pl.col("reference")),
                "source": free(pl.col("source")),
            }
        ),
        "tax": json_object(
            {
                **tax_names(named=named, several=False),
                "category": plain(pl.col("tax_category")),
                "rate_percent": Texts.rate("rate_percent_e6"),
                "rule": plain(pl.col("tax_rule")),
            }
        ),
        "unit": optional(free(pl.col("unit"))),
    }


def _figures(shape: _Shape) -> dict[str, Json]:
    """The numbers of a line. Where no single unit price exists, gross stands for all of them."""
    texts = shape.texts
    quantity = trimmed_text(pl.col("quantity_e6"), QUANTITY_DECIMALS)
    price = trimmed_text(pl.col("line_price_e8"), PRICE_DECIMALS)
    base = pl.lit("1")
    if shape.unpriced:
        priced = pl.col("line_price_e8").is_not_null()
        base = pl.when(priced).then(base).otherwise(quantity)
        price = pl.when(priced).then(price).otherwise(texts.bare("gross_minor"))
    figures = {
        "gross": texts.money("gross_minor"),
        "net": texts.money("net_minor"),
        "price_base_quantity": plain(base),
        "quantity": plain(quantity),
        "tax_share": texts.money("tax_minor"),
        "unit_price": plain(price),
    }
    if shape.discounted:
        percent = texts.rate("discount_percent_e6")
        figures["discount"] = texts.unless_zero(texts.money("discount_minor"), "discount_minor")
        figures["discount_percent"] = texts.unless_zero(percent, "discount_percent_e6")
    if shape.stepped:
        billed = trimmed_text(pl.col("billed_quantity_e6"), QUANTITY_DECIMALS)
        figures["billed_quantity"] = optional(plain(billed))
    if shape.sharing:
        share = texts.money("share_minor")
        figures["document_discount_share"] = texts.unless_zero(share, "share_minor")
    if shape.inclusive:
        figures["tax_included"] = optional(texts.money("included_minor"))
    return figures
