"""What has been usual, prepared from issued bills; rebuilt from them at any time."""

from __future__ import annotations

from django.db import models

from cleanbill.store.models.identity import Organisation


class Usual(models.Model):
    """Figures of a customer and item, of a customer (no item), or of an item (no customer)."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, db_index=False, db_constraint=False
    )
    customer = models.CharField(max_length=100, null=True)
    item = models.CharField(max_length=100, null=True)
    currency = models.CharField(max_length=3)
    unit = models.CharField(max_length=20, null=True)
    bills = models.BigIntegerField()
    price_e8 = models.BigIntegerField(null=True)
    price_spread_e8 = models.BigIntegerField(null=True)
    price_low_e8 = models.BigIntegerField(null=True)
    price_high_e8 = models.BigIntegerField(null=True)
    quantity_e6 = models.BigIntegerField(null=True)
    quantity_spread_e6 = models.BigIntegerField(null=True)
    quantity_low_e6 = models.BigIntegerField(null=True)
    quantity_high_e6 = models.BigIntegerField(null=True)
    net_minor = models.BigIntegerField(null=True)
    net_spread_minor = models.BigIntegerField(null=True)
    net_low_minor = models.BigIntegerField(null=True)
    net_high_minor = models.BigIntegerField(null=True)
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    gap_days = models.BigIntegerField(null=True)
    gap_most = models.BigIntegerField(null=True)
    companion = models.CharField(max_length=100, null=True)
    companion_bills = models.BigIntegerField(null=True)
    prices = models.TextField(null=True)

    class Meta:
        db_table = "usual"
        indexes = [
            models.Index(fields=["organisation", "customer"], name="usual_by_customer"),
            models.Index(fields=["organisation", "item"], name="usual_by_item"),
        ]


class HistoryState(models.Model):
    """How far an organisation's bills have been looked back upon; none before the first time."""

    organisation = models.OneToOneField(Organisation, models.PROTECT, primary_key=True)
    through_bill_id = models.BigIntegerField()
    version = models.IntegerField()

    class Meta:
        db_table = "history_state"
