"""The one Django app of the house."""

from django.apps import AppConfig


class StoreConfig(AppConfig):
    """Models under the label ``store``."""

    name = "cleanbill.store"
    label = "store"
    default_auto_field = "django.db.models.BigAutoField"
