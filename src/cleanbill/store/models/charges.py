"""Charges as they came in, the files they came from, and what became of each."""

from __future__ import annotations

from django.db import models

from cleanbill.store.models.identity import Organisation


class SourceFile(models.Model):
    """One import: the file's hash, the profile it was read with, and its control totals."""

    organisation = models.ForeignKey(Organisation, models.PROTECT)
    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=300)
    sha256 = models.CharField(max_length=64)
    profile = models.CharField(max_length=100)
    totals = models.JSONField(default=dict)
    imported_at = models.DateTimeField()
    actor = models.CharField(max_length=320)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "source_file"


class Charge(models.Model):
    """A billable fact; never changed. A corrected resend is a new version of the same identity."""

    id = models.BigIntegerField(primary_key=True)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, db_index=False, db_constraint=False
    )
    source_file = models.BigIntegerField()
    row = models.BigIntegerField()
    source = models.CharField(max_length=100)
    reference = models.CharField(max_length=300)
    occurrence = models.IntegerField(default=1)
    version = models.IntegerField(default=1)
    customer = models.CharField(max_length=100, null=True)
    item = models.CharField(max_length=100, null=True)
    description = models.CharField(max_length=1000, null=True)
    kind = models.CharField(max_length=20)
    quantity_e6 = models.BigIntegerField(null=True)
    unit = models.CharField(max_length=20, null=True)
    unit_price_e8 = models.BigIntegerField(null=True)
    amount_minor = models.BigIntegerField(null=True)
    discount_percent_e6 = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    service_date = models.DateField(null=True)
    service_end = models.DateField(null=True)
    order = models.CharField(max_length=100, null=True)
    delivery = models.CharField(max_length=100, null=True)
    ship_to = models.TextField(null=True)
    ship_to_country = models.CharField(max_length=10, null=True)
    ship_to_region = models.CharField(max_length=100, null=True)
    deliver_to = models.CharField(max_length=100, null=True)
    purchase_order = models.CharField(max_length=100, null=True)
    cost_centre = models.CharField(max_length=100, null=True)
    cancels = models.CharField(max_length=300, null=True)
    includes_tax = models.BooleanField(null=True)
    content_hash = models.BigIntegerField()
    repeats = models.IntegerField(default=0)
    attributes = models.TextField(null=True)

    class Meta:
        db_table = "charge"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "source", "reference", "occurrence", "version"],
                name="charge_identity_once",
            )
        ]
        indexes = [
            models.Index(fields=["organisation", "customer"], name="charge_by_customer"),
            models.Index(
                fields=["organisation", "order"],
                opclasses=["", "varchar_pattern_ops"],
                condition=models.Q(order__isnull=False),
                name="charge_by_order",
            ),
            models.Index(
                fields=["organisation", "purchase_order"],
                opclasses=["", "varchar_pattern_ops"],
                condition=models.Q(purchase_order__isnull=False),
                name="charge_by_purchase_order",
            ),
        ]


class ChargeLink(models.Model):
    """What became of a portion of a charge; at most one link of a portion is live.

    ``kind`` is ``billed`` (invoice or credit note), ``superseded`` (a corrected resend took its
    place), ``bundled`` (charges of a bundle's components did), ``proposed`` (a correction of a
    billed charge that waits for a person), ``not_billable`` or ``withdrawn`` (its import was
    undone).
    """

    pk = models.CompositePrimaryKey("charge_id", "portion", "turn")
    charge_id = models.BigIntegerField()
    portion = models.IntegerField(default=1)
    turn = models.IntegerField(default=1)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, db_index=False, db_constraint=False
    )
    kind = models.CharField(max_length=20)
    bill_id = models.BigIntegerField(null=True)
    line = models.IntegerField(null=True)
    cause = models.CharField(max_length=300, null=True)
    run_id = models.BigIntegerField(null=True)
    live = models.BooleanField(default=True)

    class Meta:
        db_table = "charge_link"
        constraints = [
            models.UniqueConstraint(
                fields=["charge_id", "portion"],
                condition=models.Q(live=True),
                name="charge_link_one_live",
            )
        ]
        indexes = [
            models.Index(
                fields=["charge_id"],
                name="charge_link_released",
                condition=models.Q(live=False),
            )
        ]
