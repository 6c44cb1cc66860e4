"""Runs and their steps, findings, the audit trail, and blocks of ids."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Abs

from cleanbill.store.models.identity import Organisation


class Run(models.Model):
    """One execution of the cycle over a selection of charges; resumable."""

    VERIFYING: ClassVar = {"verify": True}
    """The selection of a run that only verified what is open, and issues nothing."""

    class State(models.TextChoices):
        """Life of a run."""

        PREPARED = "prepared"
        QUEUED = "queued"
        RUNNING = "running"
        PAUSED = "paused"
        DONE = "done"
        FAILED = "failed"

    organisation = models.ForeignKey(Organisation, models.PROTECT)
    seller_id = models.BigIntegerField()
    state = models.CharField(max_length=20, choices=State.choices)
    until = models.DateField()
    issue_date = models.DateField()
    last_charge_id = models.BigIntegerField()
    selection = models.JSONField(default=dict)
    idempotency_key = models.CharField(max_length=100)
    totals = models.JSONField(default=dict)
    actor = models.CharField(max_length=320)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    message = models.CharField(max_length=2000, null=True)
    charges_done = models.BigIntegerField(default=0)
    charges_whole = models.BigIntegerField(default=0)
    heartbeat_at = models.DateTimeField(null=True)
    pause_wanted = models.BooleanField(default=False)
    queued = models.BooleanField(default=False)
    expected = models.JSONField(null=True)
    """What it was going to issue when it was prepared: totals, changes, how it was sampled."""
    approved = models.JSONField(null=True)
    """What somebody else has let it issue, by currency, in minor units."""
    approved_by = models.CharField(max_length=320, null=True)
    approved_at = models.DateTimeField(null=True)
    last_decision_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "run"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "idempotency_key"], name="run_key_once")
        ]


class RunStep(models.Model):
    """A chunk of a run, written in the same transaction as its bills."""

    organisation = models.ForeignKey(Organisation, models.PROTECT)
    run_id = models.BigIntegerField(db_index=True)
    kind = models.CharField(max_length=20)
    first_number = models.CharField(max_length=60, null=True)
    last_number = models.CharField(max_length=60, null=True)
    rows = models.IntegerField()
    totals = models.JSONField(default=dict)
    done_at = models.DateTimeField()

    class Meta:
        db_table = "run_step"


class Finding(models.Model):
    """What a check said, until it no longer says so."""

    id = models.BigIntegerField(primary_key=True)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, db_index=False, db_constraint=False
    )
    code = models.CharField(max_length=20)
    severity = models.CharField(max_length=10)
    subject_kind = models.CharField(max_length=20)
    subject = models.TextField()
    charge_id = models.BigIntegerField(null=True)
    parameters = models.TextField()
    currency = models.CharField(max_length=3, null=True)
    at_stake_minor = models.BigIntegerField()
    opened_run_id = models.BigIntegerField(null=True)
    closed_run_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "finding"
        indexes = [
            models.Index(fields=["organisation", "code"], name="finding_by_code"),
            models.Index(fields=["charge_id"], name="finding_by_charge"),
            # The work queue is sorted and counted from this alone, whatever else is in the rows.
            models.Index(
                *("organisation", "code", "severity", "currency"),
                Abs("at_stake_minor").desc(),
                *("id", "at_stake_minor", "opened_run_id", "charge_id"),
                condition=models.Q(closed_run_id__isnull=True),
                name="finding_open_by_money",
            ),
            models.Index(
                fields=["organisation", "code", "subject"],
                condition=models.Q(closed_run_id__isnull=True),
                name="finding_open_by_subject",
            ),
        ]


class Event(models.Model):
    """The audit trail: who did what to which thing, when, why; never changed."""

    organisation = models.ForeignKey(Organisation, models.PROTECT)
    at = models.DateTimeField()
    actor = models.CharField(max_length=320)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=600)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    cause = models.CharField(max_length=600, blank=True)

    class Meta:
        db_table = "event"
        indexes = [
            models.Index(
                fields=["organisation", "subject"],
                opclasses=["", "varchar_pattern_ops"],
                name="event_of_subject",
            )
        ]


class IdBlock(models.Model):
    """The next free id of a table; blocks are taken late in a transaction, like numbers."""

    name = models.CharField(max_length=40, primary_key=True)
    next_id = models.BigIntegerField(default=1)

    class Meta:
        db_table = "id_block"
