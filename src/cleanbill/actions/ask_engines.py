"""Ask the tax engines that a seller has chosen, before a run numbers anything or a preview shows.

Everything is drafted first, to know what to ask. What was answered before is not asked again; a
good answer is kept before any bill rests on it, so that a run that goes on gets the same. No
transaction is open while an engine is asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
from django.db import transaction

from cleanbill.actions.access import Actor
from cleanbill.actions.open_books import Books, Progress
from cleanbill.cycle import tax
from cleanbill.engine.answer_tables import ANSWERS
from cleanbill.engine.tables import empty
from cleanbill.formats.tax_engine_json import answer_hash, answer_text, read_answer, read_request
from cleanbill.gateways.known_engines import engine_of
from cleanbill.gateways.patience import Patience, Said, asked
from cleanbill.nouns.tax_engine import NoAnswer, TaxAnswer, TaxRequest, Trouble
from cleanbill.store import faults, tax_answers
from cleanbill.store.retries import persistently

PATIENCE = Patience()
ROUNDS = 10
"""So often drafts are made again because answers changed them, as where coupons move on."""
wait: Callable[[int], None] = time.sleep


def with_answers(actor: Actor, books: Books, progress: Progress) -> Books:
    """Return the books with all that engines answer to their drafts; the same where none is chosen.

    Raises nothing that an engine causes: what is not answered is held with a finding.
    """
    if not books.seller.tax_engines:
        return books
    for _ in range(ROUNDS):
        open_ones = [batch.questions for batch in books.batches() if batch.questions.height]
        if not open_ones:
            break
        questions = pl.concat(open_ones).unique("question_hash", maintain_order=True)
        progress("Asking tax engines", 0, questions.height)
        found = _answered(actor, questions, progress)
        books = replace(books, answers=pl.concat([books.answers, found]))
    return books


def _answered(actor: Actor, questions: pl.DataFrame, progress: Progress) -> pl.DataFrame:
    """Return ANSWERS to all these questions: those that are kept, then those of the engines."""
    own = actor.organisation_id
    known = tax_answers.answered(own, questions["question_hash"])
    left = questions.join(known, on="question_hash", how="anti", maintain_order="left")
    troubles = [
        _asked(own, str(engine), part)
        for (engine,), part in left.group_by("engine", maintain_order=True)
    ]
    progress("Asking tax engines", questions.height, questions.height)
    # Read back: another run may have been answered first, and both must say the same.
    kept = tax_answers.answered(own, questions["question_hash"])
    without = pl.concat([empty(ANSWERS), *troubles]).join(kept, on="question_hash", how="anti")
    return pl.concat([empty(ANSWERS), kept, without], how="diagonal_relaxed")


def _asked(organisation_id: int, engine: str, questions: pl.DataFrame) -> pl.DataFrame:
    """Ask one engine; keep its good answers, return the troubles of the others as ANSWERS."""
    requests = [read_request(text) for text in questions["question"]]
    said = _said(engine, requests)
    good, bad = [], []
    for own, request, answer in zip(questions["question_hash"], requests, said, strict=True):
        checked = _checked(request, answer)
        if isinstance(checked, NoAnswer):
            bad.append((own, None, None, str(checked.trouble), checked.told))
        else:
            good.append((own, answer_hash(checked), checked))
    if good:
        at = datetime.now(UTC)

        def keep() -> None:
            with transaction.atomic(), faults.write("engine.answers"):
                tax_answers.keep_answers(organisation_id, engine, good, at)

        persistently(keep)
        faults.committed("engine")
    return pl.DataFrame(bad, schema=dict(ANSWERS), orient="row")


def _said(engine: str, requests: list[TaxRequest]) -> list[Said]:
    try:
        known = engine_of(engine)
    except (LookupError, ImportError, AttributeError) as error:
        return [NoAnswer(Trouble.UNANSWERED, str(error.args[0]))] * len(requests)
    return asked(known, requests, PATIENCE, wait)


def _checked(request: TaxRequest, said: Said) -> NoAnswer | str:
    """Return an answer as it is kept, once it can be read again and our own sums agree."""
    if isinstance(said, NoAnswer):
        return said
    if not isinstance(said, TaxAnswer):
        return NoAnswer(Trouble.UNFIT, "the adapter gave no answer of the kind that it should")
    try:
        text = answer_text(said)
        answer = read_answer(text)
    except (ValueError, TypeError) as error:
        return NoAnswer(Trouble.UNFIT, str(error))
    dues = {line.reference: tax.Due(line.amount_minor, line.inclusive) for line in request.lines}
    return tax.judged(request.currency, dues, answer) or text
