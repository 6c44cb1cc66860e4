"""The fields of these files as columns of text, and what is said where they are wrong."""

from __future__ import annotations

from pathlib import Path

import polars as pl

MAX_BYTES = 1 << 30
SHOWN = 5
"""As many wrong rows are named; the rest is counted."""


class RefusedFile(ValueError):
    """The file cannot be used; the message says which rows are wrong, and what was expected."""


def rows_of(path: Path, names: list[str], least: int) -> pl.DataFrame:
    """Return the rows under these names, as text, with ``row`` counted from 1; blanks are null.

    Rows may be shorter than the names, down to ``least`` fields. Raises RefusedFile.
    """
    if not path.is_file():
        raise RefusedFile(f"{path} is no file; name the file as the state publishes it")
    if path.stat().st_size > MAX_BYTES:
        raise RefusedFile(f"{path.name} has more than {MAX_BYTES:,} bytes; no state's file has")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RefusedFile(f"{path.name} is no text: {error}; unpack it first") from error
    lines = pl.Series("line", text.splitlines(), dtype=pl.String)
    table = pl.DataFrame({"line": lines}).with_row_index("row", 1)
    table = table.filter(pl.col("line").str.strip_chars() != "")
    if table.is_empty():
        raise RefusedFile(f"{path.name} is empty; export it again")
    parts = pl.col("line").str.replace_all('"', "").str.split(",")
    table = table.with_columns(parts.alias("parts"))
    count = pl.col("parts").list.len()
    refuse(
        path,
        table.filter((count < least) | (count > len(names))),
        f"{least} to {len(names)} fields",
    )
    return table.select(
        pl.col("row").cast(pl.Int64),
        *(
            pl.col("parts").list.get(place, null_on_oob=True).str.strip_chars().alias(name)
            for place, name in enumerate(names)
        ),
    ).with_columns(pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in names)


def refuse(path: Path, wrong: pl.DataFrame, expected: str) -> None:
    """Raise RefusedFile where there are wrong rows, naming the first of them."""
    if wrong.is_empty():
        return
    named = ", ".join(str(row) for row in wrong["row"].head(SHOWN))
    more = f" and {wrong.height - SHOWN:,} more" if wrong.height > SHOWN else ""
    raise RefusedFile(
        f"{path.name}, row {named}{more}: expected {expected}. Nothing was taken from the file; "
        "get it again from the state, or mend these rows."
    )


def days(path: Path, table: pl.DataFrame, begin: str, end: str) -> pl.DataFrame:
    """Return the table with ``valid_from`` and ``valid_to``, the first day on which it is over.

    Days are written 20241001 (or 2024-10-01); the file's own end is the last day. From 2999 on, and
    for no day at all, it stands for until further notice.
    """

    def day(name: str) -> pl.Expr:
        return pl.col(name).str.replace_all("-", "").str.to_date("%Y%m%d", strict=False)

    dated = table.with_columns(day(begin).alias("valid_from"), day(end).alias("_last"))
    unread = pl.col("valid_from").is_null() | (
        pl.col(end).is_not_null() & pl.col("_last").is_null()
    )
    refuse(path, dated.filter(unread), f"days as 20241001 in {begin} and {end}")
    refuse(path, dated.filter(pl.col("_last") < pl.col("valid_from")), f"{begin} before {end}")
    over = pl.when(pl.col("_last").dt.year() < 2999).then(pl.col("_last").dt.offset_by("1d"))
    return dated.with_columns(over.alias("valid_to")).drop("_last")


def code(name: str) -> pl.Expr:
    """Return a code without leading zeros; none at all, and nothing but zeros, are null."""
    bare = pl.col(name).str.strip_chars_start("0")
    return pl.when(bare != "").then(bare).alias(name)
