"""What happened under terms: milestones that were reached, claims, retainage that was released."""

from __future__ import annotations

from django.db import models

from cleanbill.store.models.identity import Organisation


class TermsFact(models.Model):
    """A version of something that happened under terms; never changed, the highest one counts.

    ``event`` is ``release`` (of the milestone or the retainage ``name``) or ``claim`` (number
    ``name``, of the schedule's ``line``). Who made it known, and when, stands with its file.
    """

    id = models.BigIntegerField(primary_key=True)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, db_index=False, db_constraint=False
    )
    kind = models.CharField(max_length=20)
    terms = models.CharField(max_length=100)
    event = models.CharField(max_length=10)
    name = models.CharField(max_length=100)
    line = models.CharField(max_length=100, default="")
    version = models.IntegerField()
    day = models.DateField()
    percent_e6 = models.BigIntegerField(null=True)
    amount_minor = models.BigIntegerField(null=True)
    source_file = models.BigIntegerField()
    row = models.BigIntegerField()

    class Meta:
        db_table = "terms_fact"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind", "terms", "event", "name", "line", "version"],
                name="terms_fact_version_once",
            )
        ]
