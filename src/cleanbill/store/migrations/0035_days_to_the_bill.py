"""How long invoices waited since the last day of service, kept by day beside what they come to."""

from django.db import migrations, models

DAYS = {
    "sqlite": "MAX(0, CAST(julianday(b.issue_date) - julianday(s.served) AS INTEGER))",
    "postgresql": "GREATEST(0, b.issue_date - s.served)",
}
FILL = (
    "UPDATE bill_total SET waited_days = t.days FROM ("
    "SELECT b.organisation_id, b.seller_id, b.issue_date, b.currency, SUM({days}) AS days "
    "FROM (SELECT l.bill_id, MAX(COALESCE(c.service_end, c.service_date)) AS served "
    "FROM bill_line l JOIN charge c ON c.id = l.charge_id GROUP BY l.bill_id) s "
    "JOIN bill b ON b.id = s.bill_id WHERE b.kind = 'invoice' AND s.served IS NOT NULL "
    "GROUP BY b.organisation_id, b.seller_id, b.issue_date, b.currency) t "
    "WHERE bill_total.kind = 'invoice' AND bill_total.organisation_id = t.organisation_id "
    "AND bill_total.seller_id = t.seller_id AND bill_total.issue_date = t.issue_date "
    "AND bill_total.currency = t.currency"
)


def fill(apps, schema_editor):
    """Add up what the charges of the invoices that are there say."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(FILL.format(days=DAYS[schema_editor.connection.vendor]))


class Migration(migrations.Migration):
    dependencies = [("store", "0034_outbox_by_state")]

    operations = [
        migrations.AddField(
            model_name="billtotal",
            name="waited_days",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
