"""What people decided about findings: facts in the order in which they came, repairs, settings."""

from __future__ import annotations

from django.db import models

from cleanbill.store.models.identity import Organisation


class FindingDecision(models.Model):
    """One thing that somebody decided or said about a finding; never changed, only withdrawn.

    ``kind`` is one of ``nouns.decision.Decision``. ``scope`` says whether it holds for the row
    (its charge, or what it calls by ``subject``) or for the check with all rows of ``customer``.
    ``day`` is the last day of a waiver, the day on which a deferral ends. ``of_id`` names the
    decision that a withdrawal takes back, or the repair that was applied or undone.
    """

    id = models.BigIntegerField(primary_key=True)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, db_index=False, db_constraint=False
    )
    kind = models.CharField(max_length=20)
    scope = models.CharField(max_length=10)
    finding_id = models.BigIntegerField(null=True)
    code = models.CharField(max_length=20)
    subject_kind = models.CharField(max_length=20)
    subject = models.TextField()
    charge_id = models.BigIntegerField(null=True)
    customer = models.CharField(max_length=100, null=True)
    item = models.CharField(max_length=100, null=True)
    day = models.DateField(null=True)
    text = models.CharField(max_length=2000, default="")
    assignee = models.CharField(max_length=320, null=True)
    mentions = models.JSONField(default=list)
    of_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=320)
    idempotency_key = models.CharField(max_length=100, null=True)

    class Meta:
        db_table = "finding_decision"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "idempotency_key", "finding_id", "kind"],
                condition=models.Q(idempotency_key__isnull=False),
                name="finding_decision_key_once",
            )
        ]
        indexes = [
            models.Index(fields=["organisation", "kind"], name="finding_decision_by_kind"),
            models.Index(fields=["organisation", "code"], name="finding_decision_by_code"),
            models.Index(fields=["organisation", "finding_id"], name="finding_decision_of_finding"),
        ]


class Repair(models.Model):
    """A proposal that was carried out: what it changed from what to what, and whether it stands.

    ``changes`` is JSON, with private data of customers sealed under their keys. ``marks`` are the
    next numbers of the series at that moment: what was billed since lies at or behind them.
    """

    id = models.BigIntegerField(primary_key=True)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, db_index=False, db_constraint=False
    )
    finding_id = models.BigIntegerField()
    code = models.CharField(max_length=20)
    subject = models.TextField()
    kind = models.CharField(max_length=30)
    changes = models.TextField()
    marks = models.JSONField(default=dict)
    at = models.DateTimeField()
    actor = models.CharField(max_length=320)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=320, null=True)
    idempotency_key = models.CharField(max_length=100, null=True)

    class Meta:
        db_table = "repair"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "idempotency_key", "finding_id"],
                condition=models.Q(idempotency_key__isnull=False),
                name="repair_key_once",
            )
        ]
        indexes = [models.Index(fields=["organisation", "finding_id"], name="repair_of_finding")]


class CheckSetting(models.Model):
    """How gravely a check speaks, or where a limit lies, for whom and from when; never changed.

    Without ``seller`` and ``customer`` it holds for the organisation. ``name`` is a check's code
    (``value`` a severity) or the name of a limit. Where several hold, the most specific wins, then
    the latest.
    """

    id = models.BigIntegerField(primary_key=True)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, db_index=False, db_constraint=False
    )
    seller = models.CharField(max_length=100, null=True)
    customer = models.CharField(max_length=100, null=True)
    name = models.CharField(max_length=60)
    value = models.CharField(max_length=100)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    reason = models.CharField(max_length=600)
    at = models.DateTimeField()
    actor = models.CharField(max_length=320)

    class Meta:
        db_table = "check_setting"
        indexes = [models.Index(fields=["organisation"], name="check_setting_of")]
