"""Master data: customers, items, prices with tiers, agreements. Columns as in engine.tables."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Coalesce

from cleanbill.store.models.identity import Organisation


class Customer(models.Model):
    """A party that receives bills."""

    organisation = models.ForeignKey(Organisation, models.PROTECT)
    customer = models.CharField(max_length=100)
    name = models.CharField(max_length=300, null=True)
    kind = models.CharField(max_length=20, null=True)
    street = models.CharField(max_length=300, null=True)
    street2 = models.CharField(max_length=300, null=True)
    city = models.CharField(max_length=200, null=True)
    postcode = models.CharField(max_length=40, null=True)
    region = models.CharField(max_length=200, null=True)
    country = models.CharField(max_length=10, null=True)
    vat_id = models.CharField(max_length=40, null=True)
    email = models.CharField(max_length=320, null=True)
    language = models.CharField(max_length=10, null=True)
    buyer_reference = models.CharField(max_length=100, null=True)
    blocked = models.BooleanField(default=False, null=True)
    tax_scheme = models.CharField(max_length=40, null=True)

    class Meta:
        db_table = "customer"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "customer"], name="customer_once")
        ]


class Item(models.Model):
    """A product or service with its tax category."""

    organisation = models.ForeignKey(Organisation, models.PROTECT)
    item = models.CharField(max_length=100)
    description = models.CharField(max_length=1000, null=True)
    kind = models.CharField(max_length=20, null=True)
    unit = models.CharField(max_length=20, null=True)
    tax_category = models.CharField(max_length=20, null=True)
    blocked = models.BooleanField(default=False, null=True)

    class Meta:
        db_table = "item"
        constraints = [models.UniqueConstraint(fields=["organisation", "item"], name="item_once")]


class Price(models.Model):
    """A dated price; a change is a new version, the old one stays with ``current`` false."""

    organisation = models.ForeignKey(Organisation, models.PROTECT)
    version = models.IntegerField(default=1)
    current = models.BooleanField(default=True)
    item = models.CharField(max_length=100)
    customer = models.CharField(max_length=100, null=True)
    plan = models.CharField(max_length=100, null=True)
    currency = models.CharField(max_length=3)
    model = models.CharField(max_length=20)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    discount_percent_e6 = models.BigIntegerField(null=True)
    minimum_minor = models.BigIntegerField(null=True)
    maximum_minor = models.BigIntegerField(null=True)
    conditions = models.TextField(null=True)
    increment_e6 = models.BigIntegerField(null=True)
    increment_rounding = models.CharField(max_length=10, null=True)
    includes_tax = models.BooleanField(null=True)

    class Meta:
        db_table = "price"
        constraints = [
            models.UniqueConstraint(
                models.F("organisation"),
                models.F("item"),
                Coalesce("customer", models.Value("")),
                Coalesce("plan", models.Value("")),
                models.F("currency"),
                models.F("valid_from"),
                models.F("model"),
                models.F("version"),
                Coalesce("conditions", models.Value("")),
                name="price_version_once",
            ),
        ]


class PriceTier(models.Model):
    """A segment of a price."""

    organisation = models.ForeignKey(Organisation, models.PROTECT)
    price = models.ForeignKey(Price, models.CASCADE, related_name="tiers")
    tier = models.IntegerField()
    up_to_e6 = models.BigIntegerField(null=True)
    unit_price_e8 = models.BigIntegerField(null=True)
    flat_minor = models.BigIntegerField(null=True)
    package_size_e6 = models.BigIntegerField(null=True)
    percent_e6 = models.BigIntegerField(null=True)
    volume_discount_percent_e6 = models.BigIntegerField(null=True)

    class Meta:
        db_table = "price_tier"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "price", "tier"], name="tier_once")
        ]


class Agreement(models.Model):
    """Dated terms of a customer; without a customer, the terms of everybody else."""

    organisation = models.ForeignKey(Organisation, models.PROTECT)
    customer = models.CharField(max_length=100, null=True)
    agreement = models.CharField(max_length=100, null=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    currency = models.CharField(max_length=3, null=True)
    grouping = models.CharField(max_length=200, null=True)
    cut_off = models.CharField(max_length=20, null=True)
    required_references = models.CharField(max_length=200, null=True)
    payment_days = models.IntegerField(null=True)
    plan = models.CharField(max_length=100, null=True)
    document_discount_percent_e6 = models.BigIntegerField(null=True)
    document_discount_tiers = models.CharField(max_length=200, null=True)
    early_payment = models.CharField(max_length=200, null=True)
    early_payment_base = models.CharField(max_length=20, null=True)
    purchase_order = models.CharField(max_length=100, null=True)

    class Meta:
        db_table = "agreement"
        constraints = [
            models.UniqueConstraint(
                models.F("organisation"),
                Coalesce("customer", models.Value("")),
                models.F("valid_from"),
                Coalesce("agreement", models.Value("")),
                name="agreement_once",
            )
        ]
