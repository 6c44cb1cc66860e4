"""The schema of the bill document: valid, true to its page, with a place for all of EN 16931."""

from __future__ import annotations

import copy
import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
EINVOICE = ROOT.parent / "shared" / "data" / "einvoice"
SCHEMA: dict[str, Any] = json.loads((DOCS / "schema" / "bill-1.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
PAGE = (DOCS / "bill-document.md").read_text(encoding="utf-8")
# BT-4 was never given out.
ALL_TERMS = {f"BT-{n}" for n in range(1, 166) if n != 4} | {f"BG-{n}" for n in range(1, 33)}

with (DOCS / "schema" / "en16931-terms.csv").open(encoding="utf-8", newline="") as _file:
    TERMS = list(csv.DictReader(_file))


def sample() -> dict[str, Any]:
    block = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert block, "docs/bill-document.md has no sample"
    return json.loads(block.group(1))


def errors(document: Any) -> list[str]:
    return [f"{e.json_path}: {e.message}" for e in VALIDATOR.iter_errors(document)]


def subschemas(node: Any, path: str = "$") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every mapping of the schema with its path, the maps of properties aside."""
    if isinstance(node, dict):
        if not path.endswith((".properties", ".$defs", ".dependentSchemas", ".dependentRequired")):
            yield path, node
        for key, value in node.items():
            yield from subschemas(value, f"{path}.{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from subschemas(value, f"{path}[{index}]")


def test_schema_is_valid():
    Draft202012Validator.check_schema(SCHEMA)


def test_sample_validates():
    assert errors(sample()) == []


def test_unknown_keys_are_refused_on_every_level():
    places = [sample()]
    count = 0
    while places:
        here = places.pop()
        if isinstance(here, dict):
            count += 1
            places.extend(here.values())
        elif isinstance(here, list):
            places.extend(here)
    for index in range(count):
        document = copy.deepcopy(sample())
        seen, stack = -1, [document]
        while stack:
            here = stack.pop()
            if isinstance(here, dict):
                seen += 1
                if seen == index:
                    here["surprise"] = "x"
                    break
                stack.extend(here.values())
            elif isinstance(here, list):
                stack.extend(here)
        assert errors(document), f"object {index} takes unknown keys"


def test_objects_are_closed_and_properties_described():
    for path, node in subschemas(SCHEMA):
        if node.get("type") == "object":
            assert node.get("additionalProperties") is False, path
            for name, value in node["properties"].items():
                described = value.get("description", "")
                assert described.endswith("."), f"{path}.{name} has no sentence"


def test_numbers_are_text():
    numeric = [p for p, n in subschemas(SCHEMA) if n.get("type") in ("number", "integer")]
    assert numeric == ["$.properties.decimals"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("totals", "gross"), 192.42),
        (("totals", "gross"), "192,42"),
        (("totals", "gross"), "1e3"),
        (("totals", "gross"), "+1"),
        (("totals", "gross"), "01.00"),
        (("totals", "gross"), ".5"),
        (("totals", "gross"), ""),
        (("totals", "gross"), None),
        (("issue_date",), "2026-13-01"),
        (("issue_date",), "03.11.2026"),
        (("currency",), "eur"),
        (("kind",), "claim"),
        (("notes",), []),
        (("notes",), [""]),
        (("notes",), [{"subject_code": "AAI"}]),
        (("lines",), []),
        (("lines", 0, "tax", "category"), "X"),
        (("lines", 0, "unit"), "hours"),
        (("seller", "address", "country"), "Germany"),
        (("seller", "address", "lines"), ["1", "2", "3", "4"]),
        (("payment", "iban"), "DE89 3704 0044 0532 0130 00"),
        (("payment", "card"), {"number": "4111111111111111111111"}),
        (("deliver_to",), {"city": "Wien"}),
        (("decimals",), 5),
        (("schema",), "cleanbill.bill/2"),
    ],
)
def test_refuses(path, value):
    document = sample()
    *above, last = path
    here: Any = document
    for key in above:
        here = here[key]
    here[last] = value
    assert errors(document)


REQUIRED = [
    ("number",),
    ("seller",),
    ("series",),
    ("totals", "rounding"),
    ("totals", "tax"),
    ("lines", 0, "keys"),
    ("lines", 0, "source"),
    ("lines", 0, "tax_share"),
    ("lines", 0, "tax", "rule"),
    ("customer", "address", "country"),
    ("taxes", 0, "rule"),
]


@pytest.mark.parametrize("path", REQUIRED)
def test_requires(path):
    document = sample()
    *above, last = path
    here: Any = document
    for key in above:
        here = here[key]
    del here[last]
    assert errors(document)


OPTIONAL = ["allowances", "deliver_to", "period", "preceding", "reason", "notes", "due_date"]
LINE_OPTIONAL = [
    "detail",
    "discount",
    "discount_percent",
    "document_discount_share",
    "service",
    "item",
    "unit",
]


def test_optional_parts_may_be_absent():
    document = sample()
    for key in OPTIONAL:
        del document[key]
    for key in LINE_OPTIONAL:
        del document["lines"][0][key]
    document["references"] = {}
    assert errors(document) == []


def test_a_bill_of_someone_else_needs_only_what_the_standard_needs():
    document = {
        "schema": "cleanbill.bill/1",
        "kind": "invoice",
        "number": "4711",
        "issue_date": "2026-11-03",
        "currency": "EUR",
        "seller": {"name": "A", "address": {"country": "DE"}},
        "customer": {"name": "B", "address": {"country": "AT"}},
        "lines": [
            {
                "line": "1",
                "description": "C",
                "quantity": "-1",
                "unit": "C62",
                "unit_price": "0.12345678",
                "net": "-0.12",
                "tax": {"category": "O"},
            }
        ],
        "taxes": [{"base": "-0.12", "category": "O", "tax": "0.00", "reason": "D"}],
        "totals": {"lines_net": "-0.12", "net": "-0.12", "gross": "-0.12", "payable": "-0.12"},
    }
    assert errors(document) == []


def test_notes_with_and_without_subject():
    document = sample()
    document["notes"] = ["plain", {"text": "alone"}, {"subject_code": "REG", "text": "both"}]
    assert errors(document) == []


def test_terms_are_complete():
    assert list(TERMS[0]) == ["term", "name", "path"]
    terms = [row["term"] for row in TERMS]
    assert len(terms) == len(set(terms))
    assert set(terms) == ALL_TERMS
    assert all(row["name"] for row in TERMS)


def test_no_two_business_terms_share_a_path():
    paths = [row["path"] for row in TERMS if row["term"].startswith("BT")]
    assert len(paths) == len(set(paths))


def resolve(path: str) -> Iterator[dict[str, Any]]:
    """Yield the schemas met at the end of a path such as ``seller.address.lines[0]``."""
    here: dict[str, Any] = SCHEMA
    met: list[dict[str, Any]] = [here]
    for step in re.findall(r"[a-z_0-9]+|\[\d*\]", path):
        here = opened(here, met)
        if step == "[]":
            here = here["items"]
        elif step.startswith("["):
            here = here["prefixItems"][int(step[1:-1])]
        else:
            here = here["properties"][step]
        met = [here]
    opened(here, met)
    yield from met


def opened(node: dict[str, Any], met: list[dict[str, Any]]) -> dict[str, Any]:
    """Follow references, and in a choice take the object."""
    while "$ref" in node or "anyOf" in node:
        if "$ref" in node:
            node = SCHEMA["$defs"][node["$ref"].removeprefix("#/$defs/")]
        else:
            node = next(n for n in node["anyOf"] if n.get("type") == "object")
        met.append(node)
    return node


@pytest.mark.parametrize("row", TERMS, ids=lambda row: row["term"])
def test_each_path_resolves_and_says_its_term(row):
    met = [*resolve(row["path"]), *resolve(row["path"].removesuffix("[]"))]
    said = " ".join(node.get("description", "") for node in met)
    assert re.search(rf"\b{row['term']}\b", said), f"{row['path']} does not name {row['term']}"


def test_descriptions_name_only_terms_that_lie_there():
    named = set(re.findall(r"\b(?:BT|BG)-\d+\b", json.dumps(SCHEMA)))
    assert named == ALL_TERMS


@pytest.mark.skipif(not EINVOICE.exists(), reason="../shared/data/einvoice is not here")
def test_terms_named_by_the_official_files_have_a_place():
    named: set[str] = set()
    for file in EINVOICE.rglob("*.xml"):
        named.update(re.findall(r"\b(?:BT|BG)-\d+\b", file.read_text("utf-8", "replace")))
    assert named <= ALL_TERMS
    assert {term for term in ALL_TERMS if term.startswith("BT")} <= named
