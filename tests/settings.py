"""Settings of the tests: those of the web, which take in those of the store."""

from __future__ import annotations

import os

os.environ.setdefault(
    "CLEANBILL_SECRET_KEY", "a secret that signs the sessions of tests and nothing else"
)

from cleanbill.shells.web.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
"""Quick, because nobody attacks a test."""
