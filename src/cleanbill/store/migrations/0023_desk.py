"""Imports in the browser, work in the background, approval and second review of runs."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0022_charges_with_tax"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="approved",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="run",
            name="approved_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="run",
            name="approved_by",
            field=models.CharField(max_length=320, null=True),
        ),
        migrations.AddField(
            model_name="run",
            name="expected",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="sourcefile",
            name="undone_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="run",
            name="state",
            field=models.CharField(
                choices=[
                    ("prepared", "Prepared"),
                    ("queued", "Queued"),
                    ("running", "Running"),
                    ("paused", "Paused"),
                    ("done", "Done"),
                    ("failed", "Failed"),
                ],
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token", models.CharField(max_length=32, unique=True)),
                ("name", models.CharField(max_length=300)),
                ("kind", models.CharField(max_length=20)),
                ("size", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("taken", "Taken"), ("dropped", "Dropped")],
                        default="open",
                        max_length=20,
                    ),
                ),
                ("profile", models.TextField(default="")),
                ("mends", models.JSONField(default=dict)),
                ("source_file", models.BigIntegerField(null=True)),
                ("actor", models.CharField(max_length=320)),
                ("at", models.DateTimeField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="store.organisation"
                    ),
                ),
            ],
            options={
                "db_table": "upload",
            },
        ),
        migrations.CreateModel(
            name="Job",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                ("subject", models.BigIntegerField(null=True)),
                ("asked", models.JSONField(default=dict)),
                ("key", models.CharField(max_length=100)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                        ],
                        default="queued",
                        max_length=20,
                    ),
                ),
                ("stage", models.CharField(default="", max_length=100)),
                ("done", models.BigIntegerField(default=0)),
                ("whole", models.BigIntegerField(default=0)),
                ("result", models.JSONField(null=True)),
                ("message", models.CharField(max_length=2000, null=True)),
                ("actor", models.CharField(max_length=320)),
                ("started_at", models.DateTimeField()),
                ("heartbeat_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="store.organisation"
                    ),
                ),
            ],
            options={
                "db_table": "job",
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "key"), name="job_key_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ReviewItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("run_id", models.BigIntegerField()),
                ("place", models.IntegerField()),
                ("draft_key", models.TextField()),
                ("customer", models.CharField(max_length=100, null=True)),
                ("kind", models.CharField(max_length=20)),
                ("currency", models.CharField(max_length=3)),
                ("payable_minor", models.BigIntegerField()),
                ("reasons", models.JSONField(default=list)),
                ("charges", models.JSONField(default=list)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("passed", "Passed"), ("returned", "Returned")],
                        default="open",
                        max_length=20,
                    ),
                ),
                ("note", models.CharField(default="", max_length=1000)),
                ("reviewer", models.CharField(max_length=320, null=True)),
                ("reviewed_at", models.DateTimeField(null=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="store.organisation"
                    ),
                ),
            ],
            options={
                "db_table": "review_item",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "run_id", "place"), name="review_item_once"
                    )
                ],
            },
        ),
    ]
