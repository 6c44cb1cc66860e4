"""What tax engines outside of the house answered, and to which questions."""

from __future__ import annotations

from django.db import models

from cleanbill.store.models.identity import Organisation


class TaxAnswer(models.Model):
    """An answer as canonical text, named by its hash; bills refer to it, so it never changes."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    answer_hash = models.CharField(max_length=32)
    engine = models.CharField(max_length=20)
    body = models.TextField()
    answered_at = models.DateTimeField()

    class Meta:
        db_table = "tax_answer"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "answer_hash"], name="tax_answer_once"),
        ]


class TaxQuestion(models.Model):
    """Which answer a question got, by the question's hash, so that nothing is asked twice.

    It may be emptied at any time: then what is not billed yet is asked anew.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    question_hash = models.CharField(max_length=64)
    answer_hash = models.CharField(max_length=32)

    class Meta:
        db_table = "tax_question"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "question_hash"], name="tax_question_once"
            ),
        ]
