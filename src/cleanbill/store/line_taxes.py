"""The further taxes of billed lines, as credits read them beside the line that they reverse."""

from __future__ import annotations

from django.db import connection

from cleanbill.engine.tables import LINE_TAXES


def taxes_of_line() -> str:
    """Return SQL for the further taxes of a line ``n`` as a JSON array, null for none.

    The order of its elements is left to the database; each says its number.
    """
    columns = [c for c in LINE_TAXES if c not in ("draft", "line")]
    named = ", ".join(f"'{c}', t.\"{c}\"" for c in columns)
    listed = f"json_agg(json_build_object({named}))::text"
    if connection.vendor == "sqlite":
        true = "json(CASE WHEN t.compound THEN 'true' ELSE 'false' END)"
        said = named.replace('t."compound"', true)
        listed = f"CASE WHEN COUNT(*) > 0 THEN json_group_array(json_object({said})) END"
    return f"(SELECT {listed} FROM bill_line_tax t WHERE t.bill_id = n.bill_id AND t.line = n.line)"
