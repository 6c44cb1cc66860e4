"""Drafted lines whose taxes an engine tells: what to ask, and the taxes of those that are answered.

A draft that is not answered gets no tax: its lines say what the trouble is, and it is held.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from cleanbill.cycle.tax.external.judged import Due, judged
from cleanbill.cycle.tax.external.said import FIRST, columns, said
from cleanbill.engine.answer_tables import ANSWERS, QUESTIONS
from cleanbill.engine.tables import EXEMPTIONS, LINE_TAXES, empty
from cleanbill.formats.tax_engine_json import (
    UnreadableAnswer,
    answer_hash,
    question_hash,
    read_answer,
    request_text,
)
from cleanbill.nouns.seller import Seller
from cleanbill.nouns.tax_engine import AskedLine, Claim, NoAnswer, Place, TaxRequest, Trouble

TREATMENT = "external_engine"
_STATE = {
    "engine_name": pl.String,
    "engine_trouble": pl.String,
    "engine_says": pl.String,
    "question_hash": pl.String,
    "question": pl.String,
}
"""What a line says of its engine."""


@dataclass(frozen=True)
class Answers:
    """What has been answered so far (ANSWERS), and the claims that requests repeat (EXEMPTIONS)."""

    table: pl.DataFrame = field(default_factory=lambda: empty(ANSWERS))
    exemptions: pl.DataFrame = field(default_factory=lambda: empty(EXEMPTIONS))

    def by_question(self) -> dict[str, tuple[Any, ...]]:
        """Return the answers by what was asked."""
        return {row[0]: row[1:] for row in self.table.select(list(ANSWERS)).iter_rows()}


def asks(lines: pl.DataFrame) -> bool:
    """Tell whether an engine is asked about any of the lines."""
    return "engine_facts" in lines.columns and lines["engine_facts"].null_count() < lines.height


def parted(lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the lines that the house's own rules tax, and those that an engine does."""
    theirs = pl.col("engine_facts").is_not_null()
    return lines.filter(~theirs), lines.filter(theirs)


def answered(
    lines: pl.DataFrame, seller: Seller, answers: Answers
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the lines with their first tax (FIRST) and what became of their question, and
    LINE_TAXES.

    In: lines of invoices with ``engine_facts``, their reductions settled.
    """
    known, claims = answers.by_question(), _claims(answers.exemptions)
    first: list[tuple[Any, ...]] = []
    further: list[tuple[Any, ...]] = []
    state: list[tuple[Any, ...]] = []
    ordered = lines.with_columns(pl.col("engine_facts").struct.field("engine").alias("_engine"))
    for (draft, engine), rows in ordered.group_by("draft", "_engine", maintain_order=True):
        bill = rows.to_dicts()
        request = _request(bill, seller, claims)
        text = request_text(request)
        own = question_hash(str(engine), text)
        trouble = _taken(request, bill, str(engine), known.get(own), first, further)
        told = (str(trouble.trouble), trouble.told) if trouble else (None, None)
        asked = text if trouble and trouble.trouble is Trouble.UNASKED else None
        state += [(draft, row["line"], engine, *told, own, asked) for row in bill]
    return _with_taxes(lines, first, further, state)


def unlinked(lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return lines that credit nothing that was billed: engines are not asked about them."""
    state = [
        (draft, line, engine, str(Trouble.UNLINKED), "", None, None)
        for draft, line, engine in lines.select(
            "draft", "line", pl.col("engine_facts").struct.field("engine")
        ).iter_rows()
    ]
    return _with_taxes(lines, [], [], state)


def questions(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the QUESTIONS that have not been asked yet of lines that could not be billed."""
    if "question" not in lines.columns:
        return empty(QUESTIONS)
    open_ones = lines.filter(pl.col("question").is_not_null())
    return open_ones.select(
        pl.col("engine_name").alias("engine"), "question_hash", "question"
    ).unique("question_hash", maintain_order=True)


def _with_taxes(
    lines: pl.DataFrame,
    first: list[tuple[Any, ...]],
    further: list[tuple[Any, ...]],
    state: list[tuple[Any, ...]],
) -> tuple[pl.DataFrame, pl.DataFrame]:
    own, taxes = columns(first, further)
    schema = {"draft": pl.Int64, "line": pl.Int32, **_STATE}
    states = pl.DataFrame(state, schema=schema, orient="row")
    place = [pl.col("draft").cast(pl.Int64), pl.col("line").cast(pl.Int32)]
    kept = lines.drop([c for c in FIRST if c in lines.columns]).with_columns(place)
    joined = kept.join(own, on=["draft", "line"], how="left", maintain_order="left")
    told = joined.join(states, on=["draft", "line"], how="left", maintain_order="left")
    # No tax is none that may go out: the trouble beside it holds the bill.
    settled = told.with_columns(pl.col("tax_minor").fill_null(0))
    alike = settled.with_columns(pl.col(c).cast(lines.schema[c]) for c in ("draft", "line"))
    return alike, taxes.select(*LINE_TAXES)


def _taken(
    request: TaxRequest,
    bill: list[dict[str, Any]],
    engine: str,
    known: tuple[Any, ...] | None,
    first: list[tuple[Any, ...]],
    further: list[tuple[Any, ...]],
) -> NoAnswer | None:
    """Take an answer into the rows; return why it cannot be, None where it could."""
    if known is None:
        return NoAnswer(Trouble.UNASKED, "nobody has asked it yet")
    own, text, trouble, told = known
    if text is None:
        return NoAnswer(Trouble(trouble), told)
    try:
        answer = read_answer(text)
    except UnreadableAnswer as error:
        return NoAnswer(Trouble.UNFIT, str(error))
    if own != answer_hash(text):
        return NoAnswer(Trouble.UNFIT, "its text is not what its hash says")
    dues = {line.reference: Due(line.amount_minor, line.inclusive) for line in request.lines}
    wrong = judged(request.currency, dues, answer)
    if wrong is None:
        numbers = [(row["line"], bool(row.get("inclusive"))) for row in bill]
        one, more = said(bill[0]["draft"], numbers, engine, own, answer)
        first += one
        further += more
    return wrong


def _request(
    bill: list[dict[str, Any]], seller: Seller, claims: Mapping[str, list[tuple[Any, ...]]]
) -> TaxRequest:
    """Return the request about the lines of one draft."""
    head = bill[0]
    own = seller.address
    day: date = head["issue_date"]
    street = own.lines[0] if own.lines else ""
    countries = {row["engine_facts"]["country"] for row in bill}
    return TaxRequest(
        seller=Place(own.country, own.region, own.postcode, street, own.city),
        seller_tax_id=seller.vat_id,
        customer_kind=head["customer_kind"] or "",
        customer_tax_id=head["engine_facts"]["tax_id"] or "",
        claims=tuple(
            claim
            for claim, begun, ended in claims.get(head["customer"], ())
            if claim.country in countries and begun <= day and (ended is None or day < ended)
        ),
        day=day,
        currency=head["currency"],
        lines=tuple(_line(row) for row in bill),
    )


def _line(row: dict[str, Any]) -> AskedLine:
    facts = row["engine_facts"]
    near = (facts[part] or "" for part in ("region", "postcode", "street"))
    return AskedLine(
        reference=str(row["line"]),
        item=row["item"] or "",
        item_kind=facts["item_kind"] or "",
        tax_category=facts["tax_category"] or "",
        quantity_e6=row["quantity_e6"],
        amount_minor=row["net_minor"] - row["share_minor"],
        inclusive=bool(row.get("inclusive")),
        service_date=row["service_date"],
        place=Place(facts["country"], *near),
    )


def _claims(exemptions: pl.DataFrame) -> dict[str, list[tuple[Any, ...]]]:
    """Return the claims of each customer with the days between which they hold."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for row in exemptions.sort("customer", "valid_from", maintain_order=True).iter_rows(named=True):
        claim = Claim(row["kind"], row["country"], row["region"] or "", row["certificate"] or "")
        span = (claim, row["valid_from"] or date.min, row["valid_to"])
        found.setdefault(row["customer"], []).append(span)
    return found
