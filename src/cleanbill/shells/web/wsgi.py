"""The web as a WSGI application, for any server: ``cleanbill.shells.web.wsgi:application``."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cleanbill.shells.web.settings")
application = get_wsgi_application()
