"""Terms that charges are drawn from, version by version, and what was drawn."""

from __future__ import annotations

from django.db import models

from cleanbill.store.models.identity import Organisation


class Terms(models.Model):
    """A version of a set of terms; never changed. The highest version is what is known now.

    ``kind`` says how it falls due (``nouns.drawn``), ``body`` what it says, as JSON of that kind.
    Who made it known, and when, stands with its file.
    """

    id = models.BigIntegerField(primary_key=True)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, db_index=False, db_constraint=False
    )
    kind = models.CharField(max_length=20)
    reference = models.CharField(max_length=100)
    version = models.IntegerField()
    customer = models.CharField(max_length=100, null=True)
    currency = models.CharField(max_length=3, null=True)
    body = models.TextField()
    source_file = models.BigIntegerField()
    row = models.BigIntegerField()

    class Meta:
        db_table = "terms"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind", "reference", "version"], name="terms_version_once"
            )
        ]
        indexes = [
            models.Index(fields=["organisation", "customer"], name="terms_by_customer"),
            models.Index(fields=["organisation", "kind", "id"], name="terms_in_order"),
        ]


class TermsDrawn(models.Model):
    """How far a set of terms has been drawn: the only row about terms that moves on."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, db_index=False, db_constraint=False
    )
    kind = models.CharField(max_length=20)
    reference = models.CharField(max_length=100)
    version = models.IntegerField(null=True)
    through = models.DateField(null=True)
    next_day = models.DateField(null=True)
    memory = models.TextField(null=True)
    trouble = models.BooleanField(default=False)

    class Meta:
        db_table = "terms_drawn"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind", "reference"], name="terms_drawn_once"
            )
        ]


class ChargeBasis(models.Model):
    """How the amount of a drawn charge came about: the version of the terms, and the figures."""

    charge_id = models.BigIntegerField(primary_key=True)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, db_index=False, db_constraint=False
    )
    kind = models.CharField(max_length=20)
    terms = models.CharField(max_length=100)
    terms_version = models.IntegerField()
    basis = models.TextField()

    class Meta:
        db_table = "charge_basis"
        indexes = [
            models.Index(fields=["organisation", "kind", "terms"], name="charge_basis_by_terms")
        ]
