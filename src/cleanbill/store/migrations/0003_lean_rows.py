import django.db.models.deletion
from django.db import migrations, models

from cleanbill.store.immutability import install
from cleanbill.store.storage import arrange


def _install(apps, schema_editor):
    # SQLite has rebuilt the tables above, and their triggers went with the old ones.
    install(schema_editor.connection)
    arrange(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0002_frozen_rows"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="charges_done",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="run",
            name="charges_whole",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="run",
            name="heartbeat_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="run",
            name="pause_wanted",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="run",
            name="queued",
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name="bill",
            name="organisation",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="store.organisation",
            ),
        ),
        migrations.AlterField(
            model_name="billline",
            name="organisation",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="store.organisation",
            ),
        ),
        migrations.AlterField(
            model_name="billtax",
            name="organisation",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="store.organisation",
            ),
        ),
        migrations.AlterField(
            model_name="charge",
            name="organisation",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="store.organisation",
            ),
        ),
        migrations.AlterField(
            model_name="chargelink",
            name="organisation",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="store.organisation",
            ),
        ),
        migrations.AlterField(
            model_name="document",
            name="organisation",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="store.organisation",
            ),
        ),
        migrations.AlterField(
            model_name="finding",
            name="organisation",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="store.organisation",
            ),
        ),
        migrations.AlterField(
            model_name="posting",
            name="organisation",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="store.organisation",
            ),
        ),
        migrations.AlterField(
            model_name="run",
            name="state",
            field=models.CharField(
                choices=[
                    ("queued", "Queued"),
                    ("running", "Running"),
                    ("paused", "Paused"),
                    ("done", "Done"),
                    ("failed", "Failed"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddIndex(
            model_name="bill",
            index=models.Index(fields=["organisation", "issue_date", "id"], name="bill_by_date"),
        ),
        migrations.RunPython(_install, migrations.RunPython.noop),
    ]
