"""What has been usual, prepared from issued bills, and how far."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0023_desk"),
    ]

    operations = [
        migrations.CreateModel(
            name="HistoryState",
            fields=[
                (
                    "organisation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="store.organisation",
                    ),
                ),
                ("through_bill_id", models.BigIntegerField()),
                ("version", models.IntegerField()),
            ],
            options={
                "db_table": "history_state",
            },
        ),
        migrations.CreateModel(
            name="Usual",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("customer", models.CharField(max_length=100, null=True)),
                ("item", models.CharField(max_length=100, null=True)),
                ("currency", models.CharField(max_length=3)),
                ("unit", models.CharField(max_length=20, null=True)),
                ("bills", models.BigIntegerField()),
                ("price_e8", models.BigIntegerField(null=True)),
                ("price_spread_e8", models.BigIntegerField(null=True)),
                ("price_low_e8", models.BigIntegerField(null=True)),
                ("price_high_e8", models.BigIntegerField(null=True)),
                ("quantity_e6", models.BigIntegerField(null=True)),
                ("quantity_spread_e6", models.BigIntegerField(null=True)),
                ("quantity_low_e6", models.BigIntegerField(null=True)),
                ("quantity_high_e6", models.BigIntegerField(null=True)),
                ("net_minor", models.BigIntegerField(null=True)),
                ("net_spread_minor", models.BigIntegerField(null=True)),
                ("net_low_minor", models.BigIntegerField(null=True)),
                ("net_high_minor", models.BigIntegerField(null=True)),
                ("first_day", models.DateField(null=True)),
                ("last_day", models.DateField(null=True)),
                ("gap_days", models.BigIntegerField(null=True)),
                ("gap_most", models.BigIntegerField(null=True)),
                ("companion", models.CharField(max_length=100, null=True)),
                ("companion_bills", models.BigIntegerField(null=True)),
                ("prices", models.TextField(null=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="store.organisation",
                    ),
                ),
            ],
            options={
                "db_table": "usual",
                "indexes": [
                    models.Index(fields=["organisation", "customer"], name="usual_by_customer"),
                    models.Index(fields=["organisation", "item"], name="usual_by_item"),
                ],
            },
        ),
    ]
