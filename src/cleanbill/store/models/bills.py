"""Issued bills: head, document, lines, tax rows and postings. Rows here never change."""

from __future__ import annotations

from django.db import models

from cleanbill.store.models.identity import Organisation


class Bill(models.Model):
    """The head of an issued bill and its place in the series' hash chain."""

    id = models.BigIntegerField(primary_key=True)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, db_index=False, db_constraint=False
    )
    seller_id = models.BigIntegerField()
    series_id = models.BigIntegerField()
    sequence = models.BigIntegerField()
    number = models.CharField(max_length=60)
    kind = models.CharField(max_length=20)
    customer = models.CharField(max_length=100, null=True)
    currency = models.CharField(max_length=3)
    decimals = models.SmallIntegerField()
    issue_date = models.DateField()
    due_date = models.DateField()
    lines_net_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField()
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    gross_minor = models.BigIntegerField()
    rounding_minor = models.BigIntegerField()
    payable_minor = models.BigIntegerField()
    included_minor = models.BigIntegerField(null=True)
    withheld_minor = models.BigIntegerField(null=True)
    line_count = models.IntegerField()
    run_id = models.BigIntegerField(null=True)
    draft_key = models.TextField()
    document_hash = models.CharField(max_length=64)
    chain_hash = models.CharField(max_length=64)

    class Meta:
        db_table = "bill"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "series_id", "sequence"], name="bill_sequence_once"
            ),
            models.UniqueConstraint(
                fields=["organisation", "seller_id", "number"], name="bill_number_once"
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "customer"], name="bill_by_customer"),
            models.Index(fields=["organisation", "issue_date", "id"], name="bill_by_date"),
            # They are few among many invoices, and asked for by themselves.
            models.Index(
                fields=["organisation", "issue_date", "id"],
                name="bill_credit_notes",
                condition=models.Q(kind="credit_note"),
            ),
        ]


class Document(models.Model):
    """The canonical JSON of a bill: the record itself."""

    bill_id = models.BigIntegerField(primary_key=True)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, db_index=False, db_constraint=False
    )
    body = models.TextField()

    class Meta:
        db_table = "document"


class BillLine(models.Model):
    """A narrow projection of a document's line, with the keys that replay it."""

    pk = models.CompositePrimaryKey("bill_id", "line")
    bill_id = models.BigIntegerField()
    line = models.IntegerField()
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, db_index=False, db_constraint=False
    )
    charge_id = models.BigIntegerField(null=True)
    item = models.CharField(max_length=100, null=True)
    quantity_e6 = models.BigIntegerField()
    line_price_e8 = models.BigIntegerField(null=True)
    gross_minor = models.BigIntegerField()
    discount_percent_e6 = models.BigIntegerField()
    discount_minor = models.BigIntegerField()
    net_minor = models.BigIntegerField()
    share_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    tax_category = models.CharField(max_length=4)
    rate_percent_e6 = models.BigIntegerField()
    tax_rule = models.CharField(max_length=80)
    treatment = models.CharField(max_length=40)
    price_level = models.CharField(max_length=20)
    price_id = models.BigIntegerField(null=True)
    price_version = models.IntegerField(null=True)
    model = models.CharField(max_length=20)
    tier = models.IntegerField(null=True)
    credits_bill_id = models.BigIntegerField(null=True)
    credits_line = models.IntegerField(null=True)
    tax = models.CharField(max_length=60, null=True)
    included_minor = models.BigIntegerField(null=True)
    purchase_order_id = models.BigIntegerField(null=True)
    """The purchase order that the line draws on, or a credit gives back to."""
    order_by = models.CharField(max_length=20, null=True)
    """How the order was found where the charge names none: ``agreement`` or ``only_open``."""

    class Meta:
        db_table = "bill_line"
        indexes = [
            models.Index(
                fields=["organisation", "purchase_order_id"],
                name="bill_line_drawn",
                condition=models.Q(purchase_order_id__isnull=False),
            ),
            models.Index(
                fields=["credits_bill_id", "credits_line"],
                name="bill_line_credits",
                condition=models.Q(credits_bill_id__isnull=False),
            ),
        ]


class BillLineTax(models.Model):
    """A tax that a line bears beside its first, which stands in the line itself."""

    pk = models.CompositePrimaryKey("bill_id", "line", "tax_no")
    bill_id = models.BigIntegerField()
    line = models.IntegerField()
    tax_no = models.IntegerField()
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, db_index=False, db_constraint=False
    )
    tax = models.CharField(max_length=60, null=True)
    kind = models.CharField(max_length=20)
    tax_category = models.CharField(max_length=4)
    rate_percent_e6 = models.BigIntegerField()
    tax_rule = models.CharField(max_length=80)
    compound = models.BooleanField()
    base_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()

    class Meta:
        db_table = "bill_line_tax"


class BillTax(models.Model):
    """A tax row of a bill; ``kind`` is null where it gathers the first taxes of lines."""

    pk = models.CompositePrimaryKey("bill_id", "row")
    bill_id = models.BigIntegerField()
    row = models.IntegerField()
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, db_index=False, db_constraint=False
    )
    tax_category = models.CharField(max_length=4)
    rate_percent_e6 = models.BigIntegerField()
    tax_rule = models.CharField(max_length=80)
    base_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    tax = models.CharField(max_length=60, null=True)
    kind = models.CharField(max_length=20, null=True)
    compound = models.BooleanField(null=True)

    class Meta:
        db_table = "bill_tax"


class Posting(models.Model):
    """One side of a double entry; the entries of a bill sum to zero. Debit is positive."""

    pk = models.CompositePrimaryKey("bill_id", "entry_line")
    bill_id = models.BigIntegerField()
    entry_line = models.IntegerField()
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, db_index=False, db_constraint=False
    )
    account = models.CharField(max_length=40)
    tax_rule = models.CharField(max_length=80, null=True)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    posted_on = models.DateField()

    class Meta:
        db_table = "posting"
