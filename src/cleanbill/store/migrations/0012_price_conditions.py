"""Prices with conditions, increments of quantity, and discounts by tier; what is there stays."""

import django.db.models.functions.comparison
from django.db import migrations, models

_ONCE = "price_version_once"
_KEY = (
    *(models.F("organisation"), models.F("item")),
    *(
        django.db.models.functions.comparison.Coalesce(column, models.Value(""))
        for column in ("customer", "plan")
    ),
    *(models.F(c) for c in ("currency", "valid_from", "model", "version")),
)


class Migration(migrations.Migration):
    dependencies = [("store", "0011_recurring_terms")]
    operations = [
        migrations.RemoveConstraint(model_name="price", name=_ONCE),
        migrations.AddField("price", "conditions", models.TextField(null=True)),
        migrations.AddField("price", "increment_e6", models.BigIntegerField(null=True)),
        migrations.AddField(
            "price", "increment_rounding", models.CharField(max_length=10, null=True)
        ),
        migrations.AddField(
            "pricetier", "volume_discount_percent_e6", models.BigIntegerField(null=True)
        ),
        migrations.AddConstraint(
            model_name="price",
            constraint=models.UniqueConstraint(
                *_KEY,
                django.db.models.functions.comparison.Coalesce("conditions", models.Value("")),
                name=_ONCE,
            ),
        ),
    ]
