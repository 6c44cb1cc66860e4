"""What leaves the house: messages that wait or were sent, and the files delivered with them."""

from __future__ import annotations

from django.db import models

from cleanbill.nouns.seal import ERASED
from cleanbill.store.models.identity import Organisation


class Message(models.Model):
    """A message about a bill to one recipient; written before it is sent, never sent without.

    ``turn`` is 0 for the first sending of a bill and counts those that were asked for again.
    ``message_id`` is fixed when the row is written, so that every copy bears the same. ``state`` is
    a ``nouns.delivery.Standing``. From ``next_try_at`` on a worker may take the row; while one has
    it, that is when the worker is taken to be dead. Without it nothing is sent any more.
    ``doubts`` counts how often it was handed over whole without an answer.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    bill_id = models.BigIntegerField()
    party = models.CharField(max_length=100)
    purpose = models.CharField(max_length=20)
    turn = models.IntegerField()
    recipient = models.CharField(max_length=320)
    message_id = models.CharField(max_length=320)
    state = models.CharField(max_length=20)
    attempts = models.IntegerField(default=0)
    doubts = models.IntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=1000, default="")
    file_id = models.BigIntegerField(null=True)
    """The archived file that goes with it."""
    actor = models.CharField(max_length=320)
    reason = models.CharField(max_length=600)
    asked_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "outbox"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "bill_id", "purpose", "recipient", "turn"],
                condition=~models.Q(recipient=ERASED),
                name="outbox_once",
            ),
            models.UniqueConstraint(
                fields=["organisation", "message_id"], name="outbox_message_id_once"
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "bill_id"], name="outbox_of_bill"),
            models.Index(fields=["organisation", "party"], name="outbox_of_party"),
            models.Index(fields=["organisation", "state", "id"], name="outbox_by_state"),
            models.Index(
                fields=["next_try_at", "id"],
                name="outbox_waiting",
                condition=models.Q(next_try_at__isnull=False),
            ),
        ]


class DeliveredFile(models.Model):
    """A file as it was delivered with a bill, by the hash of its bytes.

    ``content`` is sealed under the party's key; ``sha256`` is of the plain bytes. Rows never
    change; erasing the party removes them.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    bill_id = models.BigIntegerField()
    party = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=100)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        db_table = "delivered_file"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "bill_id", "sha256"], name="delivered_file_once"
            )
        ]
        indexes = [models.Index(fields=["organisation", "party"], name="delivered_file_of_party")]
