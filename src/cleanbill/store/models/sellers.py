"""Sellers and their number series."""

from __future__ import annotations

from django.db import models

from cleanbill.store.models.identity import Organisation


class SellerRecord(models.Model):
    """A legal entity that bills; ``profile`` holds the fields of ``nouns.seller.Seller``."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="sellers")
    key = models.SlugField()
    profile = models.JSONField()

    class Meta:
        db_table = "seller"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "key"], name="seller_key_once")
        ]


class Series(models.Model):
    """One row of numbers: first and next sequence, head of the hash chain, last issue date."""

    organisation = models.ForeignKey(Organisation, models.PROTECT)
    seller = models.ForeignKey(SellerRecord, models.PROTECT, related_name="series")
    kind = models.CharField(max_length=20)
    prefix = models.CharField(max_length=40)
    first_sequence = models.BigIntegerField(default=1)
    """Where the series begins: 1, or behind the last number of the system before this one."""
    next_sequence = models.BigIntegerField(default=1)
    chain_head = models.CharField(max_length=64, default="0" * 64)
    last_issue_date = models.DateField(null=True)

    class Meta:
        db_table = "series"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "seller", "kind"], name="series_kind_once"
            ),
            models.UniqueConstraint(
                fields=["organisation", "seller", "prefix"], name="series_prefix_once"
            ),
            models.CheckConstraint(
                condition=models.Q(next_sequence__gte=1), name="series_counts_up"
            ),
        ]
