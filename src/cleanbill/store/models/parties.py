"""What is kept about parties apart from their data: keys, legal holds, requests for erasure."""

from __future__ import annotations

from django.db import models

from cleanbill.store.models.identity import Organisation


class PartyKey(models.Model):
    """The salt that a party's key is made from; null once it has been destroyed.

    ``sealed`` is the party's block as documents carry it, ``block_hash`` the hash of its plain
    text, so that it is sealed only when it has changed. ``key_id`` names the master key.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    party = models.CharField(max_length=100)
    salt = models.CharField(max_length=32, null=True)
    key_id = models.CharField(max_length=16)
    block_hash = models.CharField(max_length=32, null=True)
    sealed = models.TextField(null=True)
    destroyed_at = models.DateTimeField(null=True)
    destroyed_by = models.CharField(max_length=320, null=True)
    reason = models.CharField(max_length=600, null=True)

    class Meta:
        db_table = "party_key"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "party"], name="party_key_once")
        ]
        indexes = [
            models.Index(
                fields=["organisation"],
                name="party_key_destroyed",
                condition=models.Q(salt__isnull=True),
            )
        ]


class LegalHold(models.Model):
    """A reason to keep a party's data whatever else falls due; in force until it is released."""

    organisation = models.ForeignKey(Organisation, models.PROTECT)
    party = models.CharField(max_length=100)
    reason = models.CharField(max_length=600)
    set_at = models.DateTimeField()
    set_by = models.CharField(max_length=320)
    released_at = models.DateTimeField(null=True)
    released_by = models.CharField(max_length=320, null=True)

    class Meta:
        db_table = "legal_hold"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "party"],
                condition=models.Q(released_at__isnull=True),
                name="legal_hold_one_in_force",
            )
        ]


class ErasureRequest(models.Model):
    """Somebody asked for a party's data to be erased; done on ``due_on`` or later."""

    organisation = models.ForeignKey(Organisation, models.PROTECT)
    party = models.CharField(max_length=100)
    reason = models.CharField(max_length=600)
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=320)
    due_on = models.DateField()
    law = models.CharField(max_length=300, null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "erasure_request"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "party"],
                condition=models.Q(done_at__isnull=True),
                name="erasure_request_one_open",
            )
        ]
