"""Charges say of the price that they bring whether it includes tax; null is what the policy says."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("store", "0021_purchase_orders")]

    operations = [
        migrations.AddField(
            model_name="charge",
            name="includes_tax",
            field=models.BooleanField(null=True),
        ),
    ]
