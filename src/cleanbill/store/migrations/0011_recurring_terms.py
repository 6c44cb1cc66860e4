"""Terms that charges are drawn from, how far they have been, and the basis of each charge."""

import django.db.models.deletion
from django.db import migrations, models

from cleanbill.store.immutability import install


def _install(apps, schema_editor):
    install(schema_editor.connection)


def _organisation():
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        to="store.organisation",
    )


class Migration(migrations.Migration):
    dependencies = [("store", "0010_party_keys")]
    operations = [
        migrations.CreateModel(
            name="Terms",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=20)),
                ("reference", models.CharField(max_length=100)),
                ("version", models.IntegerField()),
                ("customer", models.CharField(max_length=100, null=True)),
                ("currency", models.CharField(max_length=3, null=True)),
                ("body", models.TextField()),
                ("source_file", models.BigIntegerField()),
                ("row", models.BigIntegerField()),
                ("organisation", _organisation()),
            ],
            options={
                "db_table": "terms",
                "indexes": [
                    models.Index(fields=["organisation", "customer"], name="terms_by_customer"),
                    models.Index(fields=["organisation", "kind", "id"], name="terms_in_order"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "kind", "reference", "version"),
                        name="terms_version_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TermsDrawn",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                ("reference", models.CharField(max_length=100)),
                ("version", models.IntegerField(null=True)),
                ("through", models.DateField(null=True)),
                ("next_day", models.DateField(null=True)),
                ("memory", models.TextField(null=True)),
                ("trouble", models.BooleanField(default=False)),
                ("organisation", _organisation()),
            ],
            options={
                "db_table": "terms_drawn",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "kind", "reference"), name="terms_drawn_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ChargeBasis",
            fields=[
                ("charge_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=20)),
                ("terms", models.CharField(max_length=100)),
                ("terms_version", models.IntegerField()),
                ("basis", models.TextField()),
                ("organisation", _organisation()),
            ],
            options={
                "db_table": "charge_basis",
                "indexes": [
                    models.Index(
                        fields=["organisation", "kind", "terms"], name="charge_basis_by_terms"
                    )
                ],
            },
        ),
        migrations.RunPython(_install, migrations.RunPython.noop),
    ]
