"""Indexes by which charges are searched, and by which what happened to one thing is found."""

from django.db import migrations, models

_BEGINS = ["", "varchar_pattern_ops"]


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0028_saved_views"),
    ]

    operations = [
        migrations.AddIndex(
            "charge",
            models.Index(
                fields=["organisation", "order"],
                opclasses=_BEGINS,
                condition=models.Q(order__isnull=False),
                name="charge_by_order",
            ),
        ),
        migrations.AddIndex(
            "charge",
            models.Index(
                fields=["organisation", "purchase_order"],
                opclasses=_BEGINS,
                condition=models.Q(purchase_order__isnull=False),
                name="charge_by_purchase_order",
            ),
        ),
        migrations.AddIndex(
            "event",
            models.Index(
                fields=["organisation", "subject"], opclasses=_BEGINS, name="event_of_subject"
            ),
        ),
    ]
