"""Totals that are kept as rows come and go, so that no page has to count what may be a million."""

from __future__ import annotations

from django.db import models

from cleanbill.store.models.identity import Organisation


class BillTotal(models.Model):
    """What a seller's bills of a day come to, by kind and currency; written with the bills.

    Of the kind ``credited`` are the invoices of the day that some credit note has touched: they
    count, without an amount. Only who holds the series of a seller's kind of bills writes its
    rows, and credit notes also write those of ``credited``: nobody waits for anybody here.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, db_index=False, db_constraint=False
    )
    seller_id = models.BigIntegerField()
    issue_date = models.DateField()
    kind = models.CharField(max_length=20)
    currency = models.CharField(max_length=3)
    bills = models.BigIntegerField()
    payable_minor = models.BigIntegerField()
    waited_days = models.BigIntegerField(default=0, db_default=0)
    """Of invoices: the days from each one's last service to the bill, added up."""

    class Meta:
        db_table = "bill_total"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "issue_date", "kind", "currency", "seller_id"],
                name="bill_total_once",
            )
        ]


class FindingTotal(models.Model):
    """Open findings by check, severity and currency, and by the run that has opened them.

    ``currency`` is empty where findings have none, ``opened_run_id`` is 0 where no run has opened
    them: what is null is equal to nothing, and would not be told apart by a key. A row of nothing
    is removed.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, db_index=False, db_constraint=False
    )
    code = models.CharField(max_length=20)
    severity = models.CharField(max_length=10)
    currency = models.CharField(max_length=3, default="")
    opened_run_id = models.BigIntegerField(default=0)
    findings = models.BigIntegerField()
    at_stake_minor = models.BigIntegerField()

    class Meta:
        db_table = "finding_total"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "code", "severity", "currency", "opened_run_id"],
                name="finding_total_once",
            )
        ]
