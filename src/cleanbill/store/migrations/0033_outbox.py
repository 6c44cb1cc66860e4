"""Messages on their way out, and the files that were delivered with them."""

import django.db.models.deletion
from django.db import migrations, models


def _key():
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


def _owner():
    return models.ForeignKey(
        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="store.organisation"
    )


class Migration(migrations.Migration):
    dependencies = [("store", "0032_names_by_their_words")]

    operations = [
        migrations.CreateModel(
            name="DeliveredFile",
            fields=[
                ("id", _key()),
                ("bill_id", models.BigIntegerField()),
                ("party", models.CharField(max_length=100)),
                ("name", models.CharField(max_length=200)),
                ("kind", models.CharField(max_length=100)),
                ("size", models.BigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("content", models.BinaryField()),
                ("at", models.DateTimeField()),
                ("organisation", _owner()),
            ],
            options={
                "db_table": "delivered_file",
                "indexes": [
                    models.Index(fields=["organisation", "party"], name="delivered_file_of_party")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "bill_id", "sha256"), name="delivered_file_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", _key()),
                ("bill_id", models.BigIntegerField()),
                ("party", models.CharField(max_length=100)),
                ("purpose", models.CharField(max_length=20)),
                ("turn", models.IntegerField()),
                ("recipient", models.CharField(max_length=320)),
                ("message_id", models.CharField(max_length=320)),
                ("state", models.CharField(max_length=20)),
                ("attempts", models.IntegerField(default=0)),
                ("doubts", models.IntegerField(default=0)),
                ("next_try_at", models.DateTimeField(null=True)),
                ("answer", models.CharField(default="", max_length=1000)),
                ("file_id", models.BigIntegerField(null=True)),
                ("actor", models.CharField(max_length=320)),
                ("reason", models.CharField(max_length=600)),
                ("asked_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("organisation", _owner()),
            ],
            options={
                "db_table": "outbox",
                "indexes": [
                    models.Index(fields=["organisation", "bill_id"], name="outbox_of_bill"),
                    models.Index(fields=["organisation", "party"], name="outbox_of_party"),
                    models.Index(
                        fields=["next_try_at", "id"],
                        name="outbox_waiting",
                        condition=models.Q(next_try_at__isnull=False),
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "bill_id", "purpose", "recipient", "turn"),
                        condition=~models.Q(recipient="[erased]"),
                        name="outbox_once",
                    ),
                    models.UniqueConstraint(
                        fields=("organisation", "message_id"), name="outbox_message_id_once"
                    ),
                ],
            },
        ),
    ]
