"""Keys of parties, legal holds, requests for erasure; room for sealed text.

The columns are widened on PostgreSQL, which rewrites nothing for it. SQLite never looks at widths,
so its frozen tables are left as they are instead of being rebuilt.
"""

import django.db.models.deletion
from django.db import migrations, models

WIDER = (("bill", "draft_key"), ("charge", "ship_to"), ("finding", "subject"))


def _widen(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table, column in WIDER:
            schema_editor.execute(f'ALTER TABLE "{table}" ALTER COLUMN "{column}" TYPE text')


def _organisation(**more):
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, to="store.organisation", **more
    )


def _id():
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


class Migration(migrations.Migration):
    dependencies = [("store", "0003_lean_rows")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(_widen, migrations.RunPython.noop)],
            state_operations=[
                migrations.AlterField("bill", "draft_key", models.TextField()),
                migrations.AlterField("charge", "ship_to", models.TextField(null=True)),
                migrations.AlterField("finding", "subject", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="PartyKey",
            fields=[
                ("id", _id()),
                ("party", models.CharField(max_length=100)),
                ("salt", models.CharField(max_length=32, null=True)),
                ("key_id", models.CharField(max_length=16)),
                ("block_hash", models.CharField(max_length=32, null=True)),
                ("sealed", models.TextField(null=True)),
                ("destroyed_at", models.DateTimeField(null=True)),
                ("destroyed_by", models.CharField(max_length=320, null=True)),
                ("reason", models.CharField(max_length=600, null=True)),
                ("organisation", _organisation(db_index=False)),
            ],
            options={
                "db_table": "party_key",
                "indexes": [
                    models.Index(
                        condition=models.Q(("salt__isnull", True)),
                        fields=["organisation"],
                        name="party_key_destroyed",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "party"), name="party_key_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="LegalHold",
            fields=[
                ("id", _id()),
                ("party", models.CharField(max_length=100)),
                ("reason", models.CharField(max_length=600)),
                ("set_at", models.DateTimeField()),
                ("set_by", models.CharField(max_length=320)),
                ("released_at", models.DateTimeField(null=True)),
                ("released_by", models.CharField(max_length=320, null=True)),
                ("organisation", _organisation()),
            ],
            options={
                "db_table": "legal_hold",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("released_at__isnull", True)),
                        fields=("organisation", "party"),
                        name="legal_hold_one_in_force",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ErasureRequest",
            fields=[
                ("id", _id()),
                ("party", models.CharField(max_length=100)),
                ("reason", models.CharField(max_length=600)),
                ("asked_at", models.DateTimeField()),
                ("asked_by", models.CharField(max_length=320)),
                ("due_on", models.DateField()),
                ("law", models.CharField(max_length=300, null=True)),
                ("done_at", models.DateTimeField(null=True)),
                ("organisation", _organisation()),
            ],
            options={
                "db_table": "erasure_request",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("done_at__isnull", True)),
                        fields=("organisation", "party"),
                        name="erasure_request_one_open",
                    )
                ],
            },
        ),
    ]
