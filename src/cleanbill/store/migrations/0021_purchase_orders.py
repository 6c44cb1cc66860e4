"""Purchase orders with their versions, what bills draw on them, and orders of agreements."""

import django.db.models.deletion
from django.db import migrations, models

from cleanbill.store.immutability import install


def _install(apps, schema_editor):
    install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0020_moving_in"),
    ]

    operations = [
        migrations.CreateModel(
            name="PurchaseOrder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("customer", models.CharField(max_length=100)),
                ("purchase_order", models.CharField(max_length=100)),
                ("currency", models.CharField(max_length=3)),
                ("calls_off", models.CharField(max_length=100, null=True)),
            ],
            options={
                "db_table": "purchase_order",
            },
        ),
        migrations.CreateModel(
            name="PurchaseOrderLine",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "order_id",
                        "version",
                        "line",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("order_id", models.BigIntegerField()),
                ("version", models.IntegerField()),
                ("line", models.CharField(max_length=100)),
                ("item", models.CharField(max_length=100)),
                ("quantity_e6", models.BigIntegerField(null=True)),
                ("value_minor", models.BigIntegerField(null=True)),
                ("unit_price_e8", models.BigIntegerField(null=True)),
            ],
            options={
                "db_table": "purchase_order_line",
            },
        ),
        migrations.CreateModel(
            name="PurchaseOrderVersion",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "order_id",
                        "version",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("order_id", models.BigIntegerField()),
                ("version", models.IntegerField()),
                ("amended_on", models.DateField(null=True)),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(null=True)),
                ("value_minor", models.BigIntegerField(null=True)),
                ("source_file", models.BigIntegerField()),
            ],
            options={
                "db_table": "purchase_order_version",
            },
        ),
        migrations.AddField(
            model_name="agreement",
            name="purchase_order",
            field=models.CharField(max_length=100, null=True),
        ),
        migrations.AddField(
            model_name="billline",
            name="order_by",
            field=models.CharField(max_length=20, null=True),
        ),
        migrations.AddField(
            model_name="billline",
            name="purchase_order_id",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddIndex(
            model_name="billline",
            index=models.Index(
                condition=models.Q(("purchase_order_id__isnull", False)),
                fields=["organisation", "purchase_order_id"],
                name="bill_line_drawn",
            ),
        ),
        migrations.AddField(
            model_name="purchaseorder",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, to="store.organisation"
            ),
        ),
        migrations.AddField(
            model_name="purchaseorderline",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, to="store.organisation"
            ),
        ),
        migrations.AddField(
            model_name="purchaseorderversion",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, to="store.organisation"
            ),
        ),
        migrations.AddConstraint(
            model_name="purchaseorder",
            constraint=models.UniqueConstraint(
                fields=("organisation", "customer", "purchase_order"), name="purchase_order_once"
            ),
        ),
        migrations.RunPython(_install, migrations.RunPython.noop),
    ]
