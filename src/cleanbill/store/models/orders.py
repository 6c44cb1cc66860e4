"""Purchase orders of customers: the order, what each version of it says, and its lines."""

from __future__ import annotations

from django.db import models

from cleanbill.store.models.identity import Organisation


class PurchaseOrder(models.Model):
    """An order by the customer's own number; ``calls_off`` names its blanket order."""

    organisation = models.ForeignKey(Organisation, models.PROTECT)
    customer = models.CharField(max_length=100)
    purchase_order = models.CharField(max_length=100)
    currency = models.CharField(max_length=3)
    calls_off = models.CharField(max_length=100, null=True)

    class Meta:
        db_table = "purchase_order"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "customer", "purchase_order"], name="purchase_order_once"
            )
        ]


class PurchaseOrderVersion(models.Model):
    """What an order says from ``amended_on`` on; null is the order as it was first given.

    ``source_file`` is the file that brought it.
    """

    pk = models.CompositePrimaryKey("order_id", "version")
    order_id = models.BigIntegerField()
    version = models.IntegerField()
    organisation = models.ForeignKey(Organisation, models.PROTECT)
    amended_on = models.DateField(null=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    value_minor = models.BigIntegerField(null=True)
    source_file = models.BigIntegerField()

    class Meta:
        db_table = "purchase_order_version"


class PurchaseOrderLine(models.Model):
    """A line of a version: an item, and how much of it, for how much, at which price, if said."""

    pk = models.CompositePrimaryKey("order_id", "version", "line")
    order_id = models.BigIntegerField()
    version = models.IntegerField()
    line = models.CharField(max_length=100)
    organisation = models.ForeignKey(Organisation, models.PROTECT)
    item = models.CharField(max_length=100)
    quantity_e6 = models.BigIntegerField(null=True)
    value_minor = models.BigIntegerField(null=True)
    unit_price_e8 = models.BigIntegerField(null=True)

    class Meta:
        db_table = "purchase_order_line"
