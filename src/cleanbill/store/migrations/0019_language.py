"""The language in which a person reads the screens."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0018_coupons"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="language",
            field=models.CharField(max_length=10, null=True),
        ),
    ]
