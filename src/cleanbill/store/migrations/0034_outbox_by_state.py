"""Messages are listed and counted by where they stand, however many there are."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("store", "0033_outbox")]

    operations = [
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["organisation", "state", "id"], name="outbox_by_state"),
        ),
    ]
