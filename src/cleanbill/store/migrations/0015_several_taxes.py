"""Several taxes per line, withheld taxes, prices that include tax.

New columns are null in rows that are there, which says of them what has always been so: one tax
per line, VAT, added to the price. So SQLite adds the columns without building a table anew.
"""

import django.db.models.deletion
from django.db import migrations, models

ORGANISATION = models.ForeignKey(
    db_constraint=False,
    db_index=False,
    on_delete=django.db.models.deletion.PROTECT,
    to="store.organisation",
)


class Migration(migrations.Migration):
    dependencies = [("store", "0012_price_conditions")]
    operations = [
        migrations.AddField("customer", "tax_scheme", models.CharField(max_length=40, null=True)),
        migrations.AddField("price", "includes_tax", models.BooleanField(null=True)),
        migrations.AddField("bill", "included_minor", models.BigIntegerField(null=True)),
        migrations.AddField("bill", "withheld_minor", models.BigIntegerField(null=True)),
        migrations.AddField("billline", "tax", models.CharField(max_length=60, null=True)),
        migrations.AddField("billline", "included_minor", models.BigIntegerField(null=True)),
        migrations.AddField("billtax", "tax", models.CharField(max_length=60, null=True)),
        migrations.AddField("billtax", "kind", models.CharField(max_length=20, null=True)),
        migrations.AddField("billtax", "compound", models.BooleanField(null=True)),
        migrations.CreateModel(
            name="BillLineTax",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "bill_id",
                        "line",
                        "tax_no",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("bill_id", models.BigIntegerField()),
                ("line", models.IntegerField()),
                ("tax_no", models.IntegerField()),
                ("tax", models.CharField(max_length=60, null=True)),
                ("kind", models.CharField(max_length=20)),
                ("tax_category", models.CharField(max_length=4)),
                ("rate_percent_e6", models.BigIntegerField()),
                ("tax_rule", models.CharField(max_length=80)),
                ("compound", models.BooleanField()),
                ("base_minor", models.BigIntegerField()),
                ("tax_minor", models.BigIntegerField()),
                ("organisation", ORGANISATION),
            ],
            options={"db_table": "bill_line_tax"},
        ),
    ]
