"""The GOBL examples: what somebody wrote, without what GOBL calculated, and what GOBL calculated.

Source: https://github.com/invopop/gobl (Apache-2.0). Numbers are read by their text. Documents are
found anywhere below a folder: what somebody wrote, and beside it in ``out/`` what GOBL made of it;
or only the result, which is then read without what GOBL calculated.
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
PARTS = ("lines", "discounts", "charges")
NAMES = ("key", "rate", "percent", "tags")
"""Any of these says which rate a tax has."""
RESULTS = "out"
COUNTRY_LETTERS = 2


class NoDocument(ValueError):
    """A file is no document that could be compared; the message says why."""


@dataclass(frozen=True, slots=True)
class Example:
    """One document: where it is, what was written, what GOBL made of it."""

    name: str
    written: dict[str, Any]
    golden: dict[str, Any]

    @property
    def country(self) -> str:
        """The folder that the document lies in where that is a country, else the supplier's."""
        place = self.name.split("/")[0]
        if len(place) == COUNTRY_LETTERS:
            return place.upper()
        identity = (self.golden.get("supplier") or {}).get("tax_id") or {}
        return str(self.golden.get("$regime") or identity.get("country") or place).upper()

    @property
    def decimals(self) -> int:
        """How many decimals GOBL prints amounts with; not always as many as ISO 4217 lists."""
        _, _, behind = str(self.golden["totals"]["payable"]).partition(".")
        return len(behind)

    @property
    def kinds(self) -> dict[str, str]:
        """What the taxes of the document do, as its own totals say, by tax."""
        taxes = (self.golden["totals"].get("taxes") or {}).get("categories") or []
        return {
            tax["code"]: "retained"
            if tax.get("retained")
            else ("informative" if tax.get("informative") else "added")
            for tax in taxes
        }


def plain(path: Path) -> dict[str, Any]:
    """Return a document without its envelope, every number as its text; raises NoDocument."""
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".json":
            read = json.loads(text, parse_float=str, parse_int=str)
        else:
            # The base loader makes no floats and no dates: only text, lists and mappings.
            read = yaml.load(text, Loader=yaml.BaseLoader)
    except (ValueError, yaml.YAMLError) as problem:
        raise NoDocument(f"cannot be read as {path.suffix[1:].upper()}") from problem
    inner = read.get("doc", read) if isinstance(read, dict) else read
    if not isinstance(inner, dict):
        raise NoDocument("no document: a list or a text instead of fields")
    return inner


def stripped(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document without calculated figures; a rounding amount is the author's own."""
    kept = {k: v for k, v in document.items() if k != "totals"}
    given = (document.get("totals") or {}).get("rounding")
    if given:
        kept["rounding"] = given
    for part in PARTS:
        kept[part] = [_uncalculated(row) for row in _rows(document, part)]
    return kept


def _rows(document: dict[str, Any], part: str) -> list[dict[str, Any]]:
    found = document.get(part) or []
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise NoDocument(f"{part} are no rows of fields")
    return found


def _uncalculated(row: dict[str, Any]) -> dict[str, Any]:
    plain_row = {k: v for k, v in row.items() if k not in CALCULATED}
    if _percent(row) and "amount" in row:
        del plain_row["amount"]
    for part in ("discounts", "charges", "breakdown"):
        if row.get(part):
            plain_row[part] = [_uncalculated(inner) for inner in _rows(row, part)]
    return plain_row


def _percent(row: dict[str, Any]) -> bool:
    return bool(str(row.get("percent") or "").strip("0.% "))


def folder(data: Path) -> Path:
    """Return where the documents are: in ``examples``, or in the folder itself."""
    inner = data / "examples"
    return inner if inner.is_dir() else data


def examples(data: Path) -> tuple[list[Example], dict[str, list[str]]]:
    """Return the documents that GOBL calculates, and those left out by reason."""
    found: list[Example] = []
    left_out: dict[str, list[str]] = {}
    place = folder(data)
    for name, written, golden in _pairs(place):
        try:
            found.append(_example(name, written, golden))
        except NoDocument as reason:
            left_out.setdefault(str(reason), []).append(name)
    return found, left_out


def _example(name: str, written: Path, golden: Path) -> Example:
    """Return one document; raises NoDocument where there is nothing to compare."""
    result = plain(golden)
    totals = result.get("totals")
    if not isinstance(totals, dict) or "payable" not in totals:
        kind = str(result.get("$schema", "")).rsplit("/", 1)[-1]
        raise NoDocument(f"no totals ({kind})" if kind else "no document of GOBL with totals")
    if BYPASS in (result.get("$tags") or []):
        raise NoDocument("tagged `bypass`: carries figures that GOBL does not calculate")
    if totals.get("outlays"):
        raise NoDocument("carries outlays, which GOBL has given up")
    own = result if written == golden else plain(written)
    return Example(name, _completed(stripped(own), result), result)


def _pairs(place: Path) -> Iterator[tuple[str, Path, Path]]:
    """Yield name, what was written, and the result: the same file where only that is there."""
    files = sorted(path for path in place.rglob("*") if path.suffix in SUFFIXES)
    results = {path for path in files if path.parent.name == RESULTS}
    for path in files:
        golden = path.parent / RESULTS / f"{path.stem}.json"
        if path not in results:
            yield _name(place, path), path, golden if golden in results else path
    written = {(path.parent / RESULTS, path.stem) for path in files if path not in results}
    for path in sorted(results):
        if (path.parent, path.stem) not in written:
            yield _name(place, path), path, path


def _name(place: Path, path: Path) -> str:
    parts = path.relative_to(place).with_suffix("").parts
    return "/".join(part for part in parts if part != RESULTS)


def _completed(written: dict[str, Any], golden: dict[str, Any]) -> dict[str, Any]:
    """Add what GOBL fills in and does not calculate: day of writing, country, currency, rules.

    An extension for a country may set the rounding rule, and tell a tax's rate from local codes.
    """
    filled = {k: golden[k] for k in ("issue_date", "currency", "$regime") if golden.get(k)}
    tax, known = written.get("tax") or {}, golden.get("tax") or {}
    if not (isinstance(tax, dict) and isinstance(known, dict)):
        raise NoDocument("tax is no table of fields")
    if rule := known.get("rounding"):
        filled["tax"] = {"rounding": rule, **tax}
        written = {k: v for k, v in written.items() if k != "tax"}
    for part in PARTS:
        for row, result in zip(_rows(written, part), _rows(golden, part), strict=False):
            for own, named in zip(_rows(row, "taxes"), _rows(result, "taxes"), strict=False):
                if not any(own.get(word) for word in NAMES):
                    own.update({word: named[word] for word in NAMES if named.get(word)})
    return filled | {k: v for k, v in written.items() if v}
