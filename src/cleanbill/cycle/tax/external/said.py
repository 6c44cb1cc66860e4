"""What a judged answer says of each line, as columns; and the words of bills about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from cleanbill.cycle.tax.rules import Rules, Treatment
from cleanbill.engine.tables import LINE_TAXES
from cleanbill.formats.tax_engine_json import read_answer
from cleanbill.nouns.tax import Kind
from cleanbill.nouns.tax_engine import AnsweredLine, TaxAnswer, Untaxed, named_by, rule_of

FIRST: Mapping[str, Any] = {
    "tax": pl.String,
    "tax_category": pl.String,
    "rate_percent_e6": pl.Int64,
    "tax_rule": pl.String,
    "tax_minor": pl.Int64,
    "included_minor": pl.Int64,
}
"""What an answer says of a line in its own columns."""
UNTAXED_NAME = "Tax"
_UNTAXED = {
    Untaxed.EXEMPT: ("E", "Exempt from tax", "Von der Steuer befreit"),
    Untaxed.ZERO_RATED: ("Z", "Taxed at zero", "Steuersatz null"),
    Untaxed.NOT_TAXED: ("O", "Not subject to tax", "Nicht steuerbar"),
    Untaxed.REVERSE_CHARGE: (
        "AE",
        "Reverse charge: the customer owes the tax",
        "Steuerschuldnerschaft des Leistungsempfängers",
    ),
}


def said(
    draft: int,
    numbers: Iterable[tuple[int, bool]],
    engine: str,
    answer_hash: str,
    answer: TaxAnswer,
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Return rows of FIRST behind draft and line, and rows of LINE_TAXES.

    ``numbers`` are the draft's lines in their order, each with whether tax is in its price.
    """
    by_reference = {line.reference: line for line in answer.lines}
    first, further = [], []
    for number, inclusive in numbers:
        line = by_reference[str(number)]
        rule = rule_of(engine, answer_hash, line.untaxed)
        own = _first(line, rule)
        first.append((draft, number, *own, line.tax_minor if inclusive else None))
        for place, tax in enumerate(line.taxes[1:], 2):
            letter = "S" if tax.rate_percent_e6 else "Z"
            named = (tax.name, str(Kind.ADDED), letter, tax.rate_percent_e6, rule, tax.compound)
            further.append((draft, number, place, *named, tax.base_minor, tax.tax_minor))
    return first, further


def _first(line: AnsweredLine, rule: str) -> tuple[Any, ...]:
    """The first tax of a line; one that bears none has a row of zero with its reason."""
    if line.untaxed is not None:
        return UNTAXED_NAME, _UNTAXED[line.untaxed][0], 0, rule, 0
    tax = line.taxes[0]
    letter = "S" if tax.rate_percent_e6 else "Z"
    return tax.name, letter, tax.rate_percent_e6, rule, tax.tax_minor


def columns(
    first: list[tuple[Any, ...]], further: list[tuple[Any, ...]]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows of ``said`` as tables."""
    schema = {"draft": pl.Int64, "line": pl.Int32, **FIRST}
    return (
        pl.DataFrame(first, schema=schema, orient="row"),
        pl.DataFrame(further, schema=dict(LINE_TAXES), orient="row"),
    )


def treatment_of(rule: str) -> Treatment | None:
    """Return what a bill says of a line that an engine found untaxed; None for any other rule."""
    try:
        _, _, untaxed = named_by(rule)
    except ValueError:
        return None
    if untaxed is None:
        return None
    letter, english, german = _UNTAXED[untaxed]
    return Treatment(letter, "", "", {"en": english, "de": german})


def with_answers(rules: Rules, answers: pl.DataFrame) -> Rules:
    """Return the rules with what bills print of each answer: who gave it, under which reference."""
    told = answers.select("answer_hash", "answer").drop_nulls()
    if told.is_empty():
        return rules
    laws = dict(rules.laws)
    for answer_hash, text in told.iter_rows():
        answer = read_answer(text)
        said_by = f"{answer.engine} {answer.version}".strip()
        laws[answer_hash] = f"{said_by}, reference {answer.reference}, answer {answer_hash}"
    return replace(rules, laws=laws)
