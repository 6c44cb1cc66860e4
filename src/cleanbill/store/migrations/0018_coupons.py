"""Coupons and redemptions, what they took off; discounts by volume and for early payment."""

import django.db.models.deletion
import django.db.models.functions.comparison
from django.db import migrations, models

from cleanbill.store.immutability import install


def _install(apps, schema_editor):
    install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0017_terms_facts"),
    ]

    operations = [
        migrations.AddField(
            model_name="agreement",
            name="document_discount_tiers",
            field=models.CharField(max_length=200, null=True),
        ),
        migrations.AddField(
            model_name="agreement",
            name="early_payment",
            field=models.CharField(max_length=200, null=True),
        ),
        migrations.AddField(
            model_name="agreement",
            name="early_payment_base",
            field=models.CharField(max_length=20, null=True),
        ),
        migrations.CreateModel(
            name="BillCoupon",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "bill_id",
                        "line",
                        "place",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("bill_id", models.BigIntegerField()),
                ("line", models.IntegerField()),
                ("place", models.IntegerField()),
                ("redemption_id", models.BigIntegerField()),
                ("invoice_id", models.BigIntegerField()),
                ("amount_minor", models.BigIntegerField()),
                ("used_minor", models.BigIntegerField()),
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
                "db_table": "bill_coupon",
                "indexes": [
                    models.Index(
                        fields=["organisation", "redemption_id", "invoice_id"],
                        name="bill_coupon_given",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Coupon",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("coupon", models.CharField(max_length=100)),
                ("name", models.CharField(max_length=300, null=True)),
                ("currency", models.CharField(max_length=3)),
                ("amount_minor", models.BigIntegerField(null=True)),
                ("percent_e6", models.BigIntegerField(null=True)),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(null=True)),
                ("bills", models.IntegerField(null=True)),
                ("months", models.IntegerField(null=True)),
                ("repeatable", models.BooleanField(default=False)),
                ("budget_minor", models.BigIntegerField(null=True)),
                ("items", models.CharField(max_length=1000, null=True)),
                ("item_kinds", models.CharField(max_length=200, null=True)),
                ("priority", models.IntegerField(default=100)),
                ("stacking", models.CharField(max_length=20)),
                ("rest", models.CharField(max_length=20)),
                ("credited", models.CharField(max_length=20)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="store.organisation"
                    ),
                ),
            ],
            options={
                "db_table": "coupon",
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "coupon"), name="coupon_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Redemption",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("coupon", models.CharField(max_length=100)),
                ("customer", models.CharField(max_length=100)),
                ("redemption", models.CharField(max_length=100, null=True)),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(null=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="store.organisation"
                    ),
                ),
            ],
            options={
                "db_table": "redemption",
                "indexes": [
                    models.Index(fields=["organisation", "customer"], name="redemption_customer")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("organisation"),
                        models.F("coupon"),
                        models.F("customer"),
                        django.db.models.functions.comparison.Coalesce(
                            "redemption", models.Value("")
                        ),
                        name="redemption_once",
                    )
                ],
            },
        ),
        migrations.RunPython(_install, migrations.RunPython.noop),
    ]
