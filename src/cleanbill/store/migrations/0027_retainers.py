"""Retainers are coupons of what was billed in advance; what is drawn says of which billed line."""

from __future__ import annotations

from django.db import migrations, models

_WHOLE = models.BigIntegerField


class Migration(migrations.Migration):
    dependencies = [("store", "0026_tax_answers")]

    operations = [
        migrations.AddField("coupon", "funded_by", models.CharField(max_length=100, null=True)),
        migrations.AddField("coupon", "unused", models.CharField(max_length=20, null=True)),
        migrations.AddField("coupon", "top_up_below_minor", _WHOLE(null=True)),
        migrations.AddField("coupon", "top_up_to_minor", _WHOLE(null=True)),
        migrations.AddField("billcoupon", "funding_id", _WHOLE(null=True)),
        migrations.AddField("billcoupon", "left_minor", _WHOLE(null=True)),
    ]
