"""Coupons, who was given one, and what each has taken off a line of a bill."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Coalesce

from cleanbill.store.models.identity import Organisation


class Coupon(models.Model):
    """The terms of a coupon; ``bills`` null is every bill, ``budget_minor`` null no bound."""

    organisation = models.ForeignKey(Organisation, models.PROTECT)
    coupon = models.CharField(max_length=100)
    name = models.CharField(max_length=300, null=True)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField(null=True)
    percent_e6 = models.BigIntegerField(null=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    bills = models.IntegerField(null=True)
    months = models.IntegerField(null=True)
    repeatable = models.BooleanField(default=False)
    budget_minor = models.BigIntegerField(null=True)
    items = models.CharField(max_length=1000, null=True)
    item_kinds = models.CharField(max_length=200, null=True)
    priority = models.IntegerField(default=100)
    stacking = models.CharField(max_length=20)
    rest = models.CharField(max_length=20)
    credited = models.CharField(max_length=20)
    funded_by = models.CharField(max_length=100, null=True)
    """The item that bills a retainer in advance; null of a coupon that is none."""
    unused = models.CharField(max_length=20, null=True)
    top_up_below_minor = models.BigIntegerField(null=True)
    top_up_to_minor = models.BigIntegerField(null=True)

    class Meta:
        db_table = "coupon"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "coupon"], name="coupon_once")
        ]


class Redemption(models.Model):
    """A coupon given to a customer."""

    organisation = models.ForeignKey(Organisation, models.PROTECT)
    coupon = models.CharField(max_length=100)
    customer = models.CharField(max_length=100)
    redemption = models.CharField(max_length=100, null=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        db_table = "redemption"
        constraints = [
            models.UniqueConstraint(
                models.F("organisation"),
                models.F("coupon"),
                models.F("customer"),
                Coalesce("redemption", models.Value("")),
                name="redemption_once",
            )
        ]
        indexes = [models.Index(fields=["organisation", "customer"], name="redemption_customer")]


class BillCoupon(models.Model):
    """What a coupon took off a line of an invoice, or a credit note gave back of it.

    ``amount_minor`` is as printed, ``used_minor`` what it uses up of the coupon: on a credit note
    negative, or nothing where the coupon keeps what it has given. ``invoice_id`` is the invoice
    that it was given on, the own one or the one that is credited. Of a retainer, ``funding_id`` is
    the charge that was billed in advance and is drawn on, ``left_minor`` what the bill leaves.
    """

    pk = models.CompositePrimaryKey("bill_id", "line", "place")
    bill_id = models.BigIntegerField()
    line = models.IntegerField()
    place = models.IntegerField()
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, db_index=False, db_constraint=False
    )
    redemption_id = models.BigIntegerField()
    invoice_id = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    used_minor = models.BigIntegerField()
    funding_id = models.BigIntegerField(null=True)
    left_minor = models.BigIntegerField(null=True)

    class Meta:
        db_table = "bill_coupon"
        indexes = [
            models.Index(
                fields=["organisation", "redemption_id", "invoice_id"], name="bill_coupon_given"
            )
        ]
