"""The GOBL examples: what somebody wrote, without what GOBL calculated, and what GOBL calculated.

Source: https://github.com/invopop/gobl (Apache-2.0). Numbers are read by their text. Documents are
found under ``examples/<country>/``, golden results under ``examples/<country>/out/``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

SUFFIXES = (".json", ".yaml", ".yml")
BYPASS = "bypass"
CALCULATED = ("sum", "total", "i")
"""What GOBL writes into lines; ``amount`` of a percentage goes too."""


@dataclass(frozen=True, slots=True)
class Example:
    """One document: where it is, what was written, what GOBL made of it."""

    name: str
    written: dict[str, Any]
    golden: dict[str, Any]

    @property
    def country(self) -> str:
        """The folder that the document lies in, a country."""
        return self.name.split("/")[0].upper()


def plain(path: Path) -> dict[str, Any]:
    """Return a document without its envelope, every number as its text."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        read = json.loads(text, parse_float=str, parse_int=str)
    else:
        # The base loader makes no floats and no dates: only text, lists and mappings.
        read = yaml.load(text, Loader=yaml.BaseLoader)
    if not isinstance(read, dict):
        raise ValueError(f"{path}: expected a document, found {type(read).__name__}")
    inner: dict[str, Any] = read.get("doc", read)
    return inner


def stripped(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document without calculated figures; a rounding amount is the author's own."""
    kept = {k: v for k, v in document.items() if k != "totals"}
    given = (document.get("totals") or {}).get("rounding")
    if given:
        kept["rounding"] = given
    for part in ("lines", "discounts", "charges"):
        kept[part] = [_uncalculated(row) for row in document.get(part) or []]
    return kept


def _uncalculated(row: dict[str, Any]) -> dict[str, Any]:
    plain_row = {k: v for k, v in row.items() if k not in CALCULATED}
    if _percent(row) and "amount" in row:
        del plain_row["amount"]
    for part in ("discounts", "charges", "breakdown"):
        if row.get(part):
            plain_row[part] = [_uncalculated(inner) for inner in row[part]]
    return plain_row


def _percent(row: dict[str, Any]) -> bool:
    return bool(str(row.get("percent") or "").strip("0.% "))


def folder(data: Path) -> Path:
    """Return where the countries are: in ``examples``, or in the folder itself."""
    inner = data / "examples"
    return inner if inner.is_dir() else data


def examples(data: Path) -> tuple[list[Example], dict[str, list[str]]]:
    """Return the documents that GOBL calculates, and those left out by reason."""
    found: list[Example] = []
    left_out: dict[str, list[str]] = {}
    for path, golden in _pairs(folder(data)):
        name = f"{path.parent.name}/{path.stem}"
        if golden is None:
            left_out.setdefault("no golden result", []).append(name)
            continue
        result, written = plain(golden), plain(path)
        if "totals" not in result:
            kind = str(result.get("$schema", "")).rsplit("/", 1)[-1]
            left_out.setdefault(f"no totals ({kind})", []).append(name)
        elif BYPASS in (result.get("$tags") or []):
            reason = "tagged `bypass`: carries figures that GOBL does not calculate"
            left_out.setdefault(reason, []).append(name)
        else:
            found.append(Example(name, _dated(stripped(written), result), result))
    return found, left_out


def _pairs(countries: Path) -> Iterator[tuple[Path, Path | None]]:
    for path in sorted(countries.glob("*/*")):
        if path.suffix in SUFFIXES:
            golden = path.parent / "out" / f"{path.stem}.json"
            yield path, golden if golden.exists() else None


def _dated(written: dict[str, Any], golden: dict[str, Any]) -> dict[str, Any]:
    """A document without a date was dated on the day on which GOBL wrote the result."""
    if written.get("issue_date"):
        return written
    return {**written, "issue_date": golden["issue_date"]}
