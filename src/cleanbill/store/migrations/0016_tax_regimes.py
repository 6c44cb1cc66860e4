"""Where charges go, by region and site; exemptions of customers; American rates and boundaries.

Columns of charges are added empty, which rewrites no row on either database.
"""

import django.db.models.deletion
import django.db.models.functions.comparison
from django.db import migrations, models


def _organisation(**more):
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, to="store.organisation", **more
    )


def _id():
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


def _text(length):
    return models.CharField(max_length=length, null=True)


DATES = [("valid_from", models.DateField()), ("valid_to", models.DateField(null=True))]
VERSION = [
    ("source_file", models.BigIntegerField()),
    ("current", models.BooleanField(default=True)),
]
JURISDICTION = [
    ("state", models.CharField(max_length=2)),
    ("kind", models.CharField(max_length=2)),
    ("code", models.CharField(max_length=10)),
]


class Migration(migrations.Migration):
    dependencies = [("store", "0015_several_taxes")]
    operations = [
        migrations.AddField("charge", "ship_to_region", _text(100)),
        migrations.AddField("charge", "deliver_to", _text(100)),
        migrations.CreateModel(
            name="Exemption",
            fields=[
                ("id", _id()),
                ("customer", models.CharField(max_length=100)),
                ("country", models.CharField(max_length=10)),
                ("region", _text(100)),
                ("kind", models.CharField(max_length=20)),
                ("certificate", _text(100)),
                ("reason", _text(100)),
                *DATES,
                ("organisation", _organisation()),
            ],
            options={
                "db_table": "exemption",
                "constraints": [
                    models.UniqueConstraint(
                        models.F("organisation"),
                        models.F("customer"),
                        models.F("country"),
                        django.db.models.functions.comparison.Coalesce("region", models.Value("")),
                        models.F("kind"),
                        models.F("valid_from"),
                        name="exemption_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="UsTaxRate",
            fields=[
                ("id", _id()),
                *VERSION,
                *JURISDICTION,
                ("general_within_e6", models.BigIntegerField()),
                ("general_into_e6", models.BigIntegerField()),
                ("food_within_e6", models.BigIntegerField()),
                ("food_into_e6", models.BigIntegerField()),
                *DATES,
                ("organisation", _organisation(db_index=False)),
            ],
            options={
                "db_table": "us_tax_rate",
                "constraints": [
                    models.UniqueConstraint(
                        fields=(
                            *("organisation", "state", "kind", "code"),
                            *("valid_from", "source_file"),
                        ),
                        name="us_tax_rate_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="UsTaxName",
            fields=[
                ("id", _id()),
                *JURISDICTION,
                ("name", models.CharField(max_length=50)),
                ("organisation", _organisation(db_index=False)),
            ],
            options={
                "db_table": "us_tax_name",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "state", "kind", "code"), name="us_tax_name_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="UsTaxBoundary",
            fields=[
                ("id", _id()),
                *VERSION,
                ("state", models.CharField(max_length=2)),
                ("record", models.CharField(max_length=1)),
                ("zip", models.CharField(max_length=5)),
                ("plus4_low", _text(4)),
                ("plus4_high", _text(4)),
                ("number_low", models.BigIntegerField(null=True)),
                ("number_high", models.BigIntegerField(null=True)),
                ("parity", _text(1)),
                ("street", _text(100)),
                ("state_taxed", models.BooleanField(default=True)),
                ("county", _text(10)),
                ("place", _text(10)),
                ("districts", _text(300)),
                *DATES,
                ("organisation", _organisation(db_index=False)),
            ],
            options={
                "db_table": "us_tax_boundary",
                "indexes": [
                    models.Index(fields=["organisation", "zip"], name="us_tax_boundary_zip"),
                    models.Index(fields=["organisation", "state"], name="us_tax_boundary_state"),
                ],
            },
        ),
    ]
