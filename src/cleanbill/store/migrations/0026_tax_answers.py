"""What tax engines outside of the house answered, and to which questions."""

import django.db.models.deletion
from django.db import migrations, models

from cleanbill.store.immutability import install


def _install(apps, schema_editor):
    install(schema_editor.connection)


def _owner():
    return models.ForeignKey(
        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="store.organisation"
    )


def _key():
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


class Migration(migrations.Migration):
    dependencies = [("store", "0025_finding_decisions")]

    operations = [
        migrations.CreateModel(
            name="TaxAnswer",
            fields=[
                ("id", _key()),
                ("answer_hash", models.CharField(max_length=32)),
                ("engine", models.CharField(max_length=20)),
                ("body", models.TextField()),
                ("answered_at", models.DateTimeField()),
                ("organisation", _owner()),
            ],
            options={
                "db_table": "tax_answer",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "answer_hash"), name="tax_answer_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TaxQuestion",
            fields=[
                ("id", _key()),
                ("question_hash", models.CharField(max_length=64)),
                ("answer_hash", models.CharField(max_length=32)),
                ("organisation", _owner()),
            ],
            options={
                "db_table": "tax_question",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "question_hash"), name="tax_question_once"
                    )
                ],
            },
        ),
        migrations.RunPython(_install, migrations.RunPython.noop),
    ]
