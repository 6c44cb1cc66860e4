"""On PostgreSQL, indexes by which customers are found by words of their names, and by reference."""

from django.db import migrations

INDEXES = {
    "customer_by_words": "CREATE INDEX customer_by_words ON customer USING gin "
    "((to_tsvector('simple', translate(name, './@:-_&+', '        '))))",
    "customer_by_upper": "CREATE INDEX customer_by_upper ON customer "
    "(organisation_id, UPPER(customer) text_pattern_ops)",
}


def index(apps, schema_editor):
    """Make them; SQLite reads through the names."""
    if schema_editor.connection.vendor == "postgresql":
        for statement in INDEXES.values():
            schema_editor.execute(statement)


def unindex(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name in INDEXES:
            schema_editor.execute(f"DROP INDEX {name}")


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0031_maintained_totals"),
    ]

    operations = [migrations.RunPython(index, unindex)]
