"""What waits at a desk: files that are being imported, work in the background, second reviews."""

from __future__ import annotations

from django.db import models

from cleanbill.store.models.identity import Organisation


class Upload(models.Model):
    """A file that somebody has handed in and that is not imported yet.

    Its content lies in a private folder named by ``token``, never in the database.
    """

    class State(models.TextChoices):
        """Life of an upload; its file is there only while it is open."""

        OPEN = "open"
        TAKEN = "taken"
        DROPPED = "dropped"

    organisation = models.ForeignKey(Organisation, models.PROTECT)
    token = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=300)
    kind = models.CharField(max_length=20)
    size = models.BigIntegerField()
    state = models.CharField(max_length=20, choices=State.choices, default=State.OPEN)
    profile = models.TextField(default="")
    mends = models.JSONField(default=dict)
    source_file = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=320)
    at = models.DateTimeField()

    class Meta:
        db_table = "upload"


class Job(models.Model):
    """Work that a page must not wait for; a worker takes it as it takes runs."""

    class State(models.TextChoices):
        """Life of a job."""

        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    organisation = models.ForeignKey(Organisation, models.PROTECT)
    kind = models.CharField(max_length=20)
    subject = models.BigIntegerField(null=True)
    asked = models.JSONField(default=dict)
    key = models.CharField(max_length=100)
    state = models.CharField(max_length=20, choices=State.choices, default=State.QUEUED)
    stage = models.CharField(max_length=100, default="")
    done = models.BigIntegerField(default=0)
    whole = models.BigIntegerField(default=0)
    result = models.JSONField(null=True)
    message = models.CharField(max_length=2000, null=True)
    actor = models.CharField(max_length=320)
    started_at = models.DateTimeField()
    heartbeat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "job"
        constraints = [models.UniqueConstraint(fields=["organisation", "key"], name="job_key_once")]


class ReviewItem(models.Model):
    """A draft of a run that a colleague of its preparer looks at before it may go out."""

    class State(models.TextChoices):
        """What the reviewer has said."""

        OPEN = "open"
        PASSED = "passed"
        RETURNED = "returned"

    organisation = models.ForeignKey(Organisation, models.PROTECT)
    run_id = models.BigIntegerField()
    place = models.IntegerField()
    draft_key = models.TextField()
    customer = models.CharField(max_length=100, null=True)
    kind = models.CharField(max_length=20)
    currency = models.CharField(max_length=3)
    payable_minor = models.BigIntegerField()
    reasons = models.JSONField(default=list)
    charges = models.JSONField(default=list)
    state = models.CharField(max_length=20, choices=State.choices, default=State.OPEN)
    note = models.CharField(max_length=1000, default="")
    reviewer = models.CharField(max_length=320, null=True)
    reviewed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "review_item"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "run_id", "place"], name="review_item_once"
            )
        ]


class SavedView(models.Model):
    """A selection of the work queue that somebody comes back to: its name and its address."""

    organisation = models.ForeignKey(Organisation, models.PROTECT)
    actor = models.CharField(max_length=320)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000)
    at = models.DateTimeField()

    class Meta:
        db_table = "saved_view"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "actor", "name"], name="saved_view_name_once"
            )
        ]
