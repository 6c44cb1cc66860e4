"""Totals that are kept beside what they count: bills by day, open findings by check and run."""

import django.db.models.deletion
from django.db import migrations, models

FILL = (
    "INSERT INTO bill_total (organisation_id, seller_id, issue_date, kind, currency, bills, "
    "payable_minor) SELECT organisation_id, seller_id, issue_date, kind, currency, COUNT(*), "
    "SUM(payable_minor) FROM bill "
    "GROUP BY organisation_id, seller_id, issue_date, kind, currency",
    "INSERT INTO bill_total (organisation_id, seller_id, issue_date, kind, currency, bills, "
    "payable_minor) SELECT o.organisation_id, o.seller_id, o.issue_date, 'credited', o.currency, "
    "COUNT(*), 0 FROM bill o JOIN (SELECT DISTINCT n.credits_bill_id FROM bill_line n "
    "JOIN bill b ON b.id = n.bill_id WHERE n.credits_bill_id IS NOT NULL "
    "AND b.kind = 'credit_note') c ON c.credits_bill_id = o.id "
    "GROUP BY o.organisation_id, o.seller_id, o.issue_date, o.currency",
    "INSERT INTO finding_total (organisation_id, code, severity, currency, opened_run_id, "
    "findings, at_stake_minor) SELECT organisation_id, code, severity, COALESCE(currency, ''), "
    "COALESCE(opened_run_id, 0), COUNT(*), SUM(at_stake_minor) FROM finding "
    "WHERE closed_run_id IS NULL GROUP BY organisation_id, code, severity, "
    "COALESCE(currency, ''), COALESCE(opened_run_id, 0)",
)


def fill(apps, schema_editor):
    """Add up what is there already."""
    with schema_editor.connection.cursor() as cursor:
        for statement in FILL:
            cursor.execute(statement)


def table(name, *columns):
    return migrations.CreateModel(
        name=name,
        fields=[
            (
                "id",
                models.BigAutoField(
                    auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                ),
            ),
            *columns,
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
        options={"db_table": {"BillTotal": "bill_total", "FindingTotal": "finding_total"}[name]},
    )


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0029_search"),
    ]

    operations = [
        table(
            "BillTotal",
            ("seller_id", models.BigIntegerField()),
            ("issue_date", models.DateField()),
            ("kind", models.CharField(max_length=20)),
            ("currency", models.CharField(max_length=3)),
            ("bills", models.BigIntegerField()),
            ("payable_minor", models.BigIntegerField()),
        ),
        table(
            "FindingTotal",
            ("code", models.CharField(max_length=20)),
            ("severity", models.CharField(max_length=10)),
            ("currency", models.CharField(default="", max_length=3)),
            ("opened_run_id", models.BigIntegerField(default=0)),
            ("findings", models.BigIntegerField()),
            ("at_stake_minor", models.BigIntegerField()),
        ),
        migrations.AddConstraint(
            model_name="billtotal",
            constraint=models.UniqueConstraint(
                fields=("organisation", "issue_date", "kind", "currency", "seller_id"),
                name="bill_total_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="findingtotal",
            constraint=models.UniqueConstraint(
                fields=("organisation", "code", "severity", "currency", "opened_run_id"),
                name="finding_total_once",
            ),
        ),
        migrations.AddIndex(
            model_name="bill",
            index=models.Index(
                fields=["organisation", "issue_date", "id"],
                name="bill_credit_notes",
                condition=models.Q(kind="credit_note"),
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
