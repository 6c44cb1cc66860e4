"""Django settings from the environment; the defaults serve a single user on SQLite.

``CLEANBILL_DATABASE_URL`` is ``sqlite:///path`` or ``postgresql://user:password@host:port/name``;
``CLEANBILL_HOME`` is the folder of the embedded database (default ``data``).
"""

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

HOME = Path(os.environ.get("CLEANBILL_HOME", "data"))
SECRET_KEY = os.environ.get("CLEANBILL_SECRET_KEY", "")


def database(url: str) -> dict[str, object]:
    """Return Django's settings of a database URL; raises ValueError for any other scheme."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path[1:]),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                    "PRAGMA recursive_triggers=ON; PRAGMA cache_size=-65536;"
                ),
            },
        }
    if parts.scheme in ("postgresql", "postgres"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path[1:]),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": parts.port or "",
            "OPTIONS": dict(parse_qsl(parts.query)),
        }
    raise ValueError(
        f"CLEANBILL_DATABASE_URL begins with {parts.scheme!r}; expected sqlite:/// or postgresql://"
    )


DATABASES = {
    "default": database(
        os.environ.get("CLEANBILL_DATABASE_URL", f"sqlite:///{HOME / 'cleanbill.sqlite3'}")
    )
}
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "cleanbill.store"]
AUTH_USER_MODEL = "store.User"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
