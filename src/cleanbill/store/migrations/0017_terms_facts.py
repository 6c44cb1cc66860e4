"""What happened under terms: releases and claims, version by version, written once."""

import django.db.models.deletion
from django.db import migrations, models

from cleanbill.store import immutability


def _freeze(apps, schema_editor):
    immutability.install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("store", "0016_tax_regimes")]
    operations = [
        migrations.CreateModel(
            name="TermsFact",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=20)),
                ("terms", models.CharField(max_length=100)),
                ("event", models.CharField(max_length=10)),
                ("name", models.CharField(max_length=100)),
                ("line", models.CharField(default="", max_length=100)),
                ("version", models.IntegerField()),
                ("day", models.DateField()),
                ("percent_e6", models.BigIntegerField(null=True)),
                ("amount_minor", models.BigIntegerField(null=True)),
                ("source_file", models.BigIntegerField()),
                ("row", models.BigIntegerField()),
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
                "db_table": "terms_fact",
                "constraints": [
                    models.UniqueConstraint(
                        fields=(
                            *("organisation", "kind", "terms", "event", "name", "line"),
                            "version",
                        ),
                        name="terms_fact_version_once",
                    )
                ],
            },
        ),
        migrations.RunPython(_freeze, migrations.RunPython.noop),
    ]
