"""What was open in the system before this one, and where its numbers ended."""

import django.db.models.deletion
from django.db import migrations, models

from cleanbill.store.immutability import install


def _install(apps, schema_editor):
    install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0019_language"),
    ]

    operations = [
        migrations.AddField(
            model_name="series",
            name="first_sequence",
            field=models.BigIntegerField(default=1),
        ),
        migrations.CreateModel(
            name="OpeningItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=100)),
                ("customer", models.CharField(max_length=100)),
                ("date", models.DateField()),
                ("due", models.DateField(null=True)),
                ("currency", models.CharField(max_length=3)),
                ("open_minor", models.BigIntegerField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="store.organisation"
                    ),
                ),
                (
                    "source_file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="store.sourcefile"
                    ),
                ),
            ],
            options={
                "db_table": "opening_item",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "number"), name="opening_item_once"
                    )
                ],
            },
        ),
        migrations.RunPython(_install, migrations.RunPython.noop),
    ]
