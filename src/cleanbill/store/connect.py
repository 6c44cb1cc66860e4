"""Open the store: set Django up once per process, and bring the schema up to date."""

from __future__ import annotations

import os
from pathlib import Path


def open_store(*, migrate: bool = False) -> None:
    """Make models usable in this process; with ``migrate`` also create or upgrade the schema.

    Safe to call again. The embedded database's folder is created when it is missing.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cleanbill.store.settings")
    import django
    from django.conf import settings

    django.setup()
    chosen = settings.DATABASES["default"]
    if chosen["ENGINE"].endswith("sqlite3") and migrate:
        Path(chosen["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    if migrate:
        from django.core.management import call_command

        call_command("migrate", verbosity=0, interactive=False)


def exists() -> bool:
    """Tell whether the database has been set up."""
    from django.db import connection

    chosen = connection.settings_dict
    if chosen["ENGINE"].endswith("sqlite3") and not Path(chosen["NAME"]).exists():
        return False
    return "organisation" in connection.introspection.table_names()
