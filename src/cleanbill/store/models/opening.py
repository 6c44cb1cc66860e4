"""What was open in the system before this one, on the day the books began. Rows never change."""

from __future__ import annotations

from django.db import models

from cleanbill.store.models.charges import SourceFile
from cleanbill.store.models.identity import Organisation


class OpeningItem(models.Model):
    """A bill of the old system that a customer still owes; negative where the customer is owed."""

    organisation = models.ForeignKey(Organisation, models.PROTECT)
    source_file = models.ForeignKey(SourceFile, models.PROTECT)
    number = models.CharField(max_length=100)
    customer = models.CharField(max_length=100)
    date = models.DateField()
    due = models.DateField(null=True)
    currency = models.CharField(max_length=3)
    open_minor = models.BigIntegerField()

    class Meta:
        db_table = "opening_item"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="opening_item_once")
        ]
