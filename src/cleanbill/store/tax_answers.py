"""Answers of tax engines in the database: kept once, given back by question or by their hash."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

import polars as pl

from cleanbill.store.bulk import read, texts_in
from cleanbill.store.models import TaxAnswer, TaxQuestion

KEPT = {
    "question_hash": pl.String,
    "answer_hash": pl.String,
    "answer": pl.String,
}


def answered(organisation_id: int, question_hashes: pl.Series) -> pl.DataFrame:
    """Return ``question_hash``, ``answer_hash`` and ``answer`` of questions answered before."""
    asked = json.dumps(question_hashes.unique().sort().to_list())
    return read(
        "SELECT q.question_hash, a.answer_hash, a.body FROM tax_question q JOIN tax_answer a "
        "ON a.organisation_id = q.organisation_id AND a.answer_hash = q.answer_hash "
        f"WHERE q.organisation_id = %s AND {texts_in('q.question_hash')} ORDER BY q.id",
        [organisation_id, asked],
        KEPT,
    )


def keep_answers(
    organisation_id: int, engine: str, rows: Iterable[tuple[str, str, str]], at: datetime
) -> None:
    """Keep what an engine answered: question's hash, answer's hash, text. The first word counts.

    Must run in the caller's transaction.
    """
    kept = list(rows)
    TaxAnswer.objects.bulk_create(
        [
            TaxAnswer(
                organisation_id=organisation_id,
                answer_hash=answer,
                engine=engine,
                body=body,
                answered_at=at,
            )
            for _, answer, body in kept
        ],
        ignore_conflicts=True,
    )
    TaxQuestion.objects.bulk_create(
        [
            TaxQuestion(organisation_id=organisation_id, question_hash=question, answer_hash=answer)
            for question, answer, _ in kept
        ],
        ignore_conflicts=True,
    )


def answers_named(organisation_id: int, answer_hashes: pl.Series) -> dict[str, tuple[str, str]]:
    """Return engine and text of the answers that bills name, by their hash."""
    wanted = json.dumps(answer_hashes.unique().sort().to_list())
    rows = read(
        "SELECT answer_hash, engine, body FROM tax_answer "
        f"WHERE organisation_id = %s AND {texts_in('answer_hash')} ORDER BY id",
        [organisation_id, wanted],
        {"answer_hash": pl.String, "engine": pl.String, "body": pl.String},
    )
    return {answer: (engine, body) for answer, engine, body in rows.iter_rows()}


def forget_questions(organisation_id: int) -> None:
    """Forget which question got which answer: hashes of addresses must not outlive a person's data.

    Must run in the caller's transaction.
    """
    TaxQuestion.objects.filter(organisation_id=organisation_id).delete()
