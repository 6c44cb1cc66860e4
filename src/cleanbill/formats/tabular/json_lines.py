"""JSON Lines into text columns: one flat object per line, numbers kept as they are written."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from cleanbill.formats.tabular.content import open_text
from cleanbill.formats.tabular.errors import UnreadableFile
from cleanbill.formats.tabular.frames import DAMAGE, ROW, column_names
from cleanbill.formats.tabular.layout import Layout
from cleanbill.formats.tabular.limits import MAX_COLUMNS, MAX_LINE_BYTES, MAX_ROWS
from cleanbill.formats.tabular.shortest import plain_decimal

_BATCH = 20_000
_EXPECTED = 'one flat JSON object per line, such as {"item": "A1", "quantity": 2}'


def read_json_lines(path: Path, layout: Layout, limit: int | None) -> pl.DataFrame:
    """Return the text table of a JSON Lines file; ``row`` counts records from 1.

    Columns stand in the order in which their keys first appear; a missing key is null. Numbers
    never become floats. Raises UnreadableFile at the first line that is no flat object.
    """
    parts: list[pl.DataFrame] = []
    batch: list[dict[str, str | None]] = []
    names: dict[str, None] = {}
    row = 0
    with open_text(path, layout.encoding) as file:
        number = 0
        while text := file.readline(MAX_LINE_BYTES):
            number += 1
            if not text.strip():
                continue
            record = _record(text, f"{path}, line {number}")
            names.update(dict.fromkeys(record))
            batch.append(record)
            row += 1
            if len(names) > MAX_COLUMNS or row > MAX_ROWS:
                raise _too_large(path)
            if len(batch) == _BATCH:
                parts.append(_table(batch, names, row))
                batch = []
            if row == limit:
                break
    parts.append(_table(batch, names, row))
    frame = pl.concat(parts, how="diagonal")
    written = [name for name in frame.columns if name not in (ROW, DAMAGE)]
    plain = column_names(written, str(path))
    own = [pl.col(old).alias(new) for old, new in zip(written, plain, strict=True)]
    return frame.select(*own, ROW, DAMAGE)


def _record(text: str, where: str) -> dict[str, str | None]:
    if not text.lstrip().startswith("{"):
        kind = "one JSON array" if text.lstrip().startswith("[") else "no JSON object"
        raise UnreadableFile(
            f"The line is {kind}", where, _EXPECTED, "export as JSON Lines (NDJSON)"
        )
    try:
        pairs = json.loads(
            text,
            parse_float=plain_decimal,
            parse_int=str,
            parse_constant=str,
            object_pairs_hook=list,
        )
    except RecursionError:
        raise UnreadableFile(
            "The line nests JSON values very deeply", where, _EXPECTED, "flatten the values"
        ) from None
    except ValueError as error:
        detail = str(error)[:120]
        raise UnreadableFile(
            f"The line is no JSON ({detail})", where, _EXPECTED, "mend or export it again"
        ) from None
    record = {str(key).strip(): _cell(key, value, where) for key, value in pairs}
    if len(record) != len(pairs):
        raise UnreadableFile(
            "The line has a key twice", where, _EXPECTED, "give every value a key of its own"
        )
    return record


def _cell(key: str, value: object, where: str) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    raise UnreadableFile(
        f"The value of {key[:60]!r} is a list or an object", where, _EXPECTED, "flatten the value"
    )


def _table(batch: list[dict[str, str | None]], names: dict[str, None], last: int) -> pl.DataFrame:
    # Reserved names are renamed at the end; until then they must not clash with ours.
    columns = {name: pl.Series([r.get(name) for r in batch], dtype=pl.String) for name in names}
    if ROW in columns or DAMAGE in columns:
        columns = {f" {n}" if n in (ROW, DAMAGE) else n: c for n, c in columns.items()}
    rows = pl.int_range(last - len(batch) + 1, last + 1, dtype=pl.Int64, eager=True)
    frame = pl.DataFrame(columns) if columns else pl.DataFrame()
    return frame.with_columns(rows.alias(ROW), pl.lit(None, pl.String).alias(DAMAGE))


def _too_large(path: Path) -> UnreadableFile:
    return UnreadableFile(
        "The file has too many rows or too many different keys",
        str(path),
        f"at most {MAX_ROWS:,} rows and {MAX_COLUMNS:,} keys",
        "split it into smaller files",
    )
