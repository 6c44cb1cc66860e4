"""Requests to tax engines and their answers as canonical JSON: equal content, one hash.

Rates are written in millionths of a percent and amounts in minor units, both as whole numbers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date
from enum import StrEnum
from hashlib import sha256
from typing import Any, TypeVar

from cleanbill.nouns.scales import AMOUNT_MAX_MINOR, RATE_MAX_E6
from cleanbill.nouns.tax_engine import (
    HASH_LENGTH,
    AnsweredLine,
    AskedLine,
    Claim,
    EngineRounding,
    EngineTax,
    Place,
    TaxAnswer,
    TaxRequest,
    Ties,
    Untaxed,
)

NAME_LENGTH = 60
"""Bills have no room for longer names of taxes."""
T = TypeVar("T", bound=StrEnum)


class UnreadableAnswer(ValueError):
    """The text is no answer; the message says where."""


def request_text(request: TaxRequest) -> str:
    """Return a request as canonical JSON."""
    return _canonical(asdict(request))


def answer_text(answer: TaxAnswer) -> str:
    """Return an answer as canonical JSON."""
    return _canonical(asdict(answer))


def _canonical(value: Mapping[str, Any]) -> str:
    return json.dumps(
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=date.isoformat
    )


def question_hash(engine: str, text: str) -> str:
    """Return the name of a question: what was asked, and whom."""
    return sha256(f"{engine}\n{text}".encode()).hexdigest()


def answer_hash(text: str) -> str:
    """Return the name by which bills refer to an answer."""
    return sha256(text.encode()).hexdigest()[:HASH_LENGTH]


def read_request(text: str) -> TaxRequest:
    """Return the request that ``request_text`` wrote."""
    data = json.loads(text)
    lines = tuple(
        AskedLine(
            **{
                **line,
                "service_date": date.fromisoformat(line["service_date"]),
                "place": Place(**line["place"]),
            }
        )
        for line in data["lines"]
    )
    return TaxRequest(
        **{
            **data,
            "seller": Place(**data["seller"]),
            "claims": tuple(Claim(**claim) for claim in data["claims"]),
            "day": date.fromisoformat(data["day"]),
            "lines": lines,
        }
    )


def read_answer(text: str) -> TaxAnswer:
    """Return the answer of a JSON text; raises UnreadableAnswer."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise UnreadableAnswer(f"it is no JSON: {error}") from error
    told = _members(data, "the answer")
    lines = told("lines", list)
    return TaxAnswer(
        engine=told("engine", str),
        version=told("version", str),
        reference=told("reference", str),
        currency=told("currency", str),
        rounding=_one_of(EngineRounding, told("rounding", str), "rounding"),
        ties=_one_of(Ties, told("ties", str), "ties"),
        tax_minor=_amount(told("tax_minor", int), "tax_minor"),
        lines=tuple(_line(line, f"line {n}") for n, line in enumerate(lines, 1)),
    )


def _line(data: Any, where: str) -> AnsweredLine:
    told = _members(data, where)
    untaxed = data.get("untaxed")
    return AnsweredLine(
        reference=told("reference", str),
        tax_minor=_amount(told("tax_minor", int), where),
        taxes=tuple(_tax(tax, f"{where} tax {n}") for n, tax in enumerate(told("taxes", list), 1)),
        untaxed=None if untaxed is None else _one_of(Untaxed, untaxed, f"{where} untaxed"),
    )


def _tax(data: Any, where: str) -> EngineTax:
    told = _members(data, where)
    name, rate = told("name", str), told("rate_percent_e6", int)
    if not 0 < len(name.strip()) <= NAME_LENGTH:
        raise UnreadableAnswer(f"{where} needs a name of up to {NAME_LENGTH} letters")
    if not 0 <= rate <= RATE_MAX_E6:
        raise UnreadableAnswer(f"{where} has a rate out of bounds")
    return EngineTax(
        jurisdiction=told("jurisdiction", str),
        kind=told("kind", str),
        name=name.strip(),
        rate_percent_e6=rate,
        base_minor=_amount(told("base_minor", int), where),
        tax_minor=_amount(told("tax_minor", int), where),
        compound=told("compound", bool),
    )


def _members(data: Any, where: str) -> Callable[[str, type[Any]], Any]:
    """Return what gives a member of an object, of this kind and no other."""
    if not isinstance(data, dict):
        raise UnreadableAnswer(f"{where} is no object")

    def told(name: str, kind: type[Any]) -> Any:
        value = data.get(name)
        if type(value) is not kind:
            raise UnreadableAnswer(f"{where} lacks {name!r} as {kind.__name__}")
        return value

    return told


def _amount(value: int, where: str) -> int:
    if abs(value) > AMOUNT_MAX_MINOR:
        raise UnreadableAnswer(f"{where} has an amount out of bounds")
    return value


def _one_of(kind: type[T], value: Any, where: str) -> T:
    try:
        return kind(value)
    except ValueError as error:
        known = ", ".join(kind)
        raise UnreadableAnswer(f"{where} {value!r} is none of {known}") from error
