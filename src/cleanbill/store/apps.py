"""The one Django app of the house."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig


class StoreConfig(AppConfig):
    """Models under the label ``store``."""

    name = "cleanbill.store"
    label = "store"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Guard issued rows again after every change of the schema.

        SQLite changes a table by making it anew, and its triggers go with the old one.
        """
        from django.db.models.signals import post_migrate

        post_migrate.connect(_guarded, sender=self)


def _guarded(plan: list[Any], using: str, **_: Any) -> None:
    """Create the triggers anew, if a migration has just run: a look at the schema mends nothing.

    So a trigger that somebody has taken away is not put back unseen, but found by the audit.
    """
    if plan:
        from django.db import connections

        from cleanbill.store.immutability import install

        install(connections[using])
