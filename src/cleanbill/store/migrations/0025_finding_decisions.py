"""Decisions about findings, repairs that were carried out, settings of checks."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0024_history"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="last_decision_id",
            field=models.BigIntegerField(null=True),
        ),
        migrations.CreateModel(
            name="CheckSetting",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("seller", models.CharField(max_length=100, null=True)),
                ("customer", models.CharField(max_length=100, null=True)),
                ("name", models.CharField(max_length=60)),
                ("value", models.CharField(max_length=100)),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(null=True)),
                ("reason", models.CharField(max_length=600)),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=320)),
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
                "db_table": "check_setting",
                "indexes": [models.Index(fields=["organisation"], name="check_setting_of")],
            },
        ),
        migrations.CreateModel(
            name="FindingDecision",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=20)),
                ("scope", models.CharField(max_length=10)),
                ("finding_id", models.BigIntegerField(null=True)),
                ("code", models.CharField(max_length=20)),
                ("subject_kind", models.CharField(max_length=20)),
                ("subject", models.TextField()),
                ("charge_id", models.BigIntegerField(null=True)),
                ("customer", models.CharField(max_length=100, null=True)),
                ("item", models.CharField(max_length=100, null=True)),
                ("day", models.DateField(null=True)),
                ("text", models.CharField(default="", max_length=2000)),
                ("assignee", models.CharField(max_length=320, null=True)),
                ("mentions", models.JSONField(default=list)),
                ("of_id", models.BigIntegerField(null=True)),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=320)),
                ("idempotency_key", models.CharField(max_length=100, null=True)),
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
                "db_table": "finding_decision",
                "indexes": [
                    models.Index(fields=["organisation", "kind"], name="finding_decision_by_kind"),
                    models.Index(fields=["organisation", "code"], name="finding_decision_by_code"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("idempotency_key__isnull", False)),
                        fields=("organisation", "idempotency_key", "finding_id", "kind"),
                        name="finding_decision_key_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Repair",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("finding_id", models.BigIntegerField()),
                ("code", models.CharField(max_length=20)),
                ("subject", models.TextField()),
                ("kind", models.CharField(max_length=30)),
                ("changes", models.TextField()),
                ("marks", models.JSONField(default=dict)),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=320)),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_by", models.CharField(max_length=320, null=True)),
                ("idempotency_key", models.CharField(max_length=100, null=True)),
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
                "db_table": "repair",
                "indexes": [
                    models.Index(fields=["organisation", "finding_id"], name="repair_of_finding")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("idempotency_key__isnull", False)),
                        fields=("organisation", "idempotency_key", "finding_id"),
                        name="repair_key_once",
                    )
                ],
            },
        ),
    ]
