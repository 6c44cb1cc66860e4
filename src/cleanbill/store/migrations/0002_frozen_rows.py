from django.db import migrations

from cleanbill.store.immutability import install


def _install(apps, schema_editor):
    install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("store", "0001_the_house")]
    operations = [migrations.RunPython(_install, migrations.RunPython.noop)]
