"""Many bill documents as tables: what a proof of the books compares, read in columns.

Reading a million documents one by one takes minutes; read together by a JSON parser for lines,
seconds. Members that nobody here asks for are not looked at, and may be sealed.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
import pyarrow as pa
from pyarrow import json as arrow_json

from cleanbill.formats.bill_json import SCHEMA

_BLOCK = 1 << 22


def _texts(*names: str) -> list[tuple[str, pa.DataType]]:
    return [(name, pa.string()) for name in names]


TAX_ROW = ("base", "category", "compound", "kind", "name", "rate_percent", "rule", "tax")
"""What documents say of a tax."""
_LINE = pa.struct(
    [
        *_texts("line", "item", "quantity", "gross", "discount", "net"),
        *_texts("document_discount_share", "tax_included", "tax_share"),
        ("tax", pa.struct(_texts("category", "name", "rate_percent", "rule"))),
        ("further_taxes", pa.list_(pa.struct(_texts(*TAX_ROW)))),
        ("keys", pa.struct(_texts("model", "price", "price_version", "tier"))),
        ("credits", pa.struct(_texts("line", "number"))),
        ("coupon_shares", pa.list_(pa.struct(_texts("amount", "coupon", "redemption")))),
    ]
)
_SUMS = (
    *("document_discount", "gross", "lines_net", "net", "payable", "rounding", "tax"),
    *("tax_included", "withheld"),
)
_DOCUMENT = pa.schema(
    [
        *_texts("schema", "number", "series", "kind", "currency", "issue_date", "due_date"),
        ("decimals", pa.int64()),
        ("customer", pa.struct(_texts("reference"))),
        ("lines", pa.list_(_LINE)),
        ("taxes", pa.list_(pa.struct(_texts(*TAX_ROW)))),
        ("totals", pa.struct(_texts(*_SUMS))),
    ]
)


@dataclass(frozen=True, slots=True)
class Parsed:
    """Documents in columns; every table names its document by ``place``, as they were given."""

    heads: pl.DataFrame
    """One row per document: its plain members, ``reference`` of the customer, and the totals."""
    lines: pl.DataFrame
    taxes: pl.DataFrame
    line_taxes: pl.DataFrame
    """The further taxes of lines; ``line`` says whose."""
    unread: list[int]
    """Places of the texts that are no bill of this schema."""


def parsed(bodies: pl.Series) -> Parsed:
    """Return what the documents say; texts that are no documents are told apart, not raised."""
    places, tables = _readable(bodies.to_list(), 0)
    frame = pl.DataFrame(pl.from_arrow(pa.concat_tables([_DOCUMENT.empty_table(), *tables])))
    frame = frame.with_columns(pl.Series("place", places, dtype=pl.Int64))
    known = frame.filter(
        (pl.col("schema") == SCHEMA)
        & pl.all_horizontal(pl.col("lines", "taxes", "totals").is_not_null())
    )
    heads = known.with_columns(
        pl.col("customer").struct.field("reference"),
        pl.col("lines").list.len().alias("line_count"),
    )
    return Parsed(
        heads.drop("customer", "lines", "taxes").unnest("totals"),
        _rows(known, "lines").with_columns(
            *(pl.col("tax").struct.field(f).alias(f"tax_{f}") for f in _fields("tax")),
            *(pl.col("keys").struct.field(f).alias(f"key_{f}") for f in _fields("keys")),
            *(pl.col("credits").struct.field(f).alias(f"credits_{f}") for f in _fields("credits")),
            _coupons(),
        ),
        _rows(known, "taxes"),
        _line_taxes(known),
        sorted(set(range(bodies.len())) - set(known["place"].to_list())),
    )


def calculations(bodies: pl.Series) -> pl.DataFrame:
    """Return ``version``, ``tax_method`` and ``inclusive_method`` of each document's calculation,
    null where it has none.

    A quotation mark inside a text stands behind a backslash, so no text can look like the member.
    """
    member = bodies.str.extract(r'[{,]"calculation":(\{[^{}]*\})', 1)
    return pl.DataFrame(
        {
            name: member.str.extract(rf'"{name}":"([^"\\]*)"', 1)
            for name in ("version", "tax_method", "inclusive_method")
        }
    )


def _fields(member: str) -> list[str]:
    kind = _LINE.field(member).type
    return [kind.field(n).name for n in range(kind.num_fields)]


def _coupons() -> pl.Expr:
    """What coupons took off a line, as one text; null where there are none."""
    part = pl.element().struct
    fields = [part.field(f) for f in ("amount", "coupon", "redemption")]
    texts = pl.col("coupon_shares").list.eval(
        pl.concat_str(fields, separator=" ", ignore_nulls=True)
    )
    return texts.list.join("|").alias("coupons")


def _rows(known: pl.DataFrame, member: str) -> pl.DataFrame:
    """The elements of an array, one row each."""
    filled = known.select("place", member).filter(pl.col(member).list.len() > 0)
    return filled.explode(member).unnest(member)


def _line_taxes(known: pl.DataFrame) -> pl.DataFrame:
    """The further taxes of all lines, one row each."""
    lines = known.select("place", "lines").filter(pl.col("lines").list.len() > 0).explode("lines")
    whole = lines.select(
        "place",
        pl.col("lines").struct.field("line"),
        pl.col("lines").struct.field("further_taxes"),
    )
    listed = whole.filter(pl.col("further_taxes").list.len() > 0)
    return listed.explode("further_taxes").unnest("further_taxes")


def _readable(texts: list[str | None], first: int) -> tuple[list[int], list[pa.Table]]:
    """Parse the texts at once; where that fails, each half, until what cannot be read is alone."""
    if not texts:
        return [], []
    table = _parsed_together(texts)
    if table is not None:
        return list(range(first, first + len(texts))), [table]
    if len(texts) == 1:
        return [], []
    middle = len(texts) >> 1
    places, tables = _readable(texts[:middle], first)
    more_places, more = _readable(texts[middle:], first + middle)
    return places + more_places, tables + more


def _parsed_together(texts: list[str | None]) -> pa.Table | None:
    """Return one row per text, or nothing when a text is no object of these members."""
    if any(t is None or "\n" in t or not t.startswith("{") for t in texts):
        return None
    raw = "\n".join(t or "" for t in texts).encode()
    longest = max(len(t or "") for t in texts) << 2
    try:
        table = arrow_json.read_json(
            pa.BufferReader(raw),
            read_options=arrow_json.ReadOptions(block_size=max(_BLOCK, longest)),
            parse_options=arrow_json.ParseOptions(
                explicit_schema=_DOCUMENT, unexpected_field_behavior="ignore"
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None
    return table.select(_DOCUMENT.names) if table.num_rows == len(texts) else None
