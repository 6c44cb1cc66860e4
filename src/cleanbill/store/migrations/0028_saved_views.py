"""Saved views of the work queue, and the indexes by which it stays quick."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Abs


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0027_retainers"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(
                models.F("organisation"),
                models.F("code"),
                models.F("severity"),
                models.F("currency"),
                models.OrderBy(Abs("at_stake_minor"), descending=True),
                models.F("id"),
                models.F("at_stake_minor"),
                models.F("opened_run_id"),
                models.F("charge_id"),
                condition=models.Q(("closed_run_id__isnull", True)),
                name="finding_open_by_money",
            ),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(
                fields=["organisation", "code", "subject"],
                condition=models.Q(("closed_run_id__isnull", True)),
                name="finding_open_by_subject",
            ),
        ),
        migrations.AddIndex(
            model_name="findingdecision",
            index=models.Index(
                fields=["organisation", "finding_id"], name="finding_decision_of_finding"
            ),
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("actor", models.CharField(max_length=320)),
                ("name", models.CharField(max_length=60)),
                ("query", models.CharField(max_length=1000)),
                ("at", models.DateTimeField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="store.organisation"
                    ),
                ),
            ],
            options={
                "db_table": "saved_view",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "actor", "name"), name="saved_view_name_once"
                    )
                ],
            },
        ),
    ]
