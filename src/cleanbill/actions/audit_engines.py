"""Replay the taxes that engines told from the answers that were kept; no engine is asked."""

from __future__ import annotations

from typing import Any

import polars as pl

from cleanbill.actions.audit_found import Found
from cleanbill.actions.audit_taxes import GROUP, keyed, unlike
from cleanbill.cycle import tax
from cleanbill.formats.tax_engine_json import UnreadableAnswer, answer_hash, read_answer
from cleanbill.nouns.tax_engine import RULE, TaxAnswer, named_by
from cleanbill.store.tax_answers import answers_named

_SAYS = "What an engine told is kept, is sound, and is what the bill bears."
_OF_LINE = ("tax", "tax_category", "rate_percent_e6", "tax_rule", "tax_minor", "included_minor")
_OF_FURTHER = ("tax_no", "tax", "tax_category", "rate_percent_e6", "tax_rule", "compound")
Tables = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]


def check_answers(
    found: Found,
    organisation_id: int,
    bills: pl.DataFrame,
    lines: pl.DataFrame,
    taxes: pl.DataFrame,
    line_taxes: pl.DataFrame,
) -> Tables:
    """Compare what lines of a stretch bear with the answers that they name.

    Tables are as ``store.archive`` reads them. Returns the lines, tax rows and further taxes that
    are left: those which the house's own rules told.
    """
    told = pl.col("tax_rule").str.starts_with(RULE).fill_null(False)
    theirs = lines.filter(told)
    if theirs.is_empty() and taxes.filter(told).is_empty() and line_taxes.filter(told).is_empty():
        return lines, taxes, line_taxes
    heads = bills.select(pl.col("id").alias("bill_id"), "number", "currency", pl.col("kind"))
    rules = theirs["tax_rule"].unique().to_list()
    names = {rule: _named(rule) for rule in rules}
    wanted = pl.Series("answer", [n[1] for n in names.values() if n], dtype=pl.String)
    kept = answers_named(organisation_id, wanted)
    wrong: list[str] = []
    for bill_id, number, currency, kind in heads.iter_rows():
        own = theirs.filter(pl.col("bill_id") == bill_id)
        if own.is_empty():
            continue
        more = line_taxes.filter(told & (pl.col("bill_id") == bill_id))
        why = _bill(own, more, currency, names, kept, issued=kind == "invoice")
        wrong += [f"bill {number} {reason}" for reason in why]
    wrong += _rows(heads, theirs, taxes.filter(told), line_taxes.filter(told))
    found.add("TAX-ANSWER", _SAYS, wrong)
    return lines.filter(~told), taxes.filter(~told), line_taxes.filter(~told)


def _named(rule: str) -> tuple[str, str] | None:
    """Return engine and hash of the answer that a rule names; None where it names none."""
    try:
        return named_by(rule)[:2]
    except ValueError:
        return None


def _bill(
    lines: pl.DataFrame,
    further: pl.DataFrame,
    currency: str,
    names: dict[str, tuple[str, str] | None],
    kept: dict[str, tuple[str, str]],
    *,
    issued: bool,
) -> list[str]:
    """Say what of a bill's lines is not what the answers say; credits only name them."""
    reasons: list[str] = []
    by_answer: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in lines.sort("line").to_dicts():
        named = names[row["tax_rule"]]
        if named is None:
            reasons.append(f"line {row['line']}: {row['tax_rule']} names no answer")
        else:
            by_answer.setdefault(named, []).append(row)
    for (engine, own), rows in by_answer.items():
        answer = _sound(engine, own, kept.get(own))
        if isinstance(answer, str):
            reasons.append(f"answer {own}: {answer}")
        elif issued:
            reasons += _unlike_answer(rows, further, currency, engine, own, answer)
    return reasons


def _sound(engine: str, own: str, kept: tuple[str, str] | None) -> TaxAnswer | str:
    """Return a kept answer, or what is wrong with it."""
    if kept is None:
        return "it is not kept"
    by, text = kept
    if answer_hash(text) != own:
        return "its text is not what it was"
    if by != engine:
        return f"it is one of {by} and not of {engine}"
    try:
        return read_answer(text)
    except UnreadableAnswer as error:
        return str(error)


def _unlike_answer(
    rows: list[dict[str, Any]],
    further: pl.DataFrame,
    currency: str,
    engine: str,
    own: str,
    answer: TaxAnswer,
) -> list[str]:
    """Judge an answer again, against the amounts that were issued, and compare line by line."""
    dues = {
        str(row["line"]): tax.Due(
            row["net_minor"] - row["share_minor"], row["included_minor"] is not None
        )
        for row in rows
    }
    wrong = tax.judged(currency, dues, answer)
    if wrong is not None:
        return [f"answer {own}: {wrong.told}"]
    numbers = [(row["line"], dues[str(row["line"])].inclusive) for row in rows]
    first, more = tax.said(rows[0]["bill_id"], numbers, engine, own, answer)
    reasons = [
        f"line {row['line']}: its tax is not what answer {own} says"
        for row, said in zip(rows, first, strict=True)
        if tuple(row[c] for c in _OF_LINE) != said[2:]
    ]
    again = {(m[1], m[2]): (*m[2:4], *m[5:]) for m in more}
    columns = ("line", *_OF_FURTHER, "base_minor", "tax_minor")
    mine = further.filter(pl.col("line").is_in([row["line"] for row in rows]))
    issued = {(row[0], row[1]): row[1:] for row in mine.select(columns).iter_rows()}
    differing = {key[0] for key in again.keys() | issued if again.get(key) != issued.get(key)}
    return [*reasons, *(f"line {n}: its further taxes are others" for n in sorted(differing))]


def _rows(
    heads: pl.DataFrame, lines: pl.DataFrame, taxes: pl.DataFrame, further: pl.DataFrame
) -> list[str]:
    """Say which bills have tax rows that are not the sums of their lines'."""
    named = heads.select("bill_id", "number")
    drafted = lines.rename({"bill_id": "draft"})
    again = tax.summed(drafted, further.rename({"bill_id": "draft"}))
    differing = unlike(keyed(again.rename({"draft": "bill_id"})), keyed(taxes), GROUP)
    numbers = differing.join(named, on="bill_id", how="inner")["number"].unique(maintain_order=True)
    return [f"bill {number} tax rows" for number in numbers.to_list()]
