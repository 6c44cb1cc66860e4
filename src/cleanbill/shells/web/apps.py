"""The web as a Django application: templates, tags and files, no models."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Pages under the label ``web``."""

    name = "cleanbill.shells.web"
    label = "web"
