"""Django settings of the web: those of the store, and what pages, sign-in and safety need.

``CLEANBILL_HOSTS`` names the hosts that may be asked for, by comma; ``CLEANBILL_HTTPS=1`` says that
a proxy in front speaks HTTPS, so that cookies travel on it only.
"""

from __future__ import annotations

import os
from pathlib import Path

from cleanbill.shells.web.secret import web_secret
from cleanbill.store.settings import (  # noqa: F401
    AUTH_USER_MODEL,
    HOME,
    LANGUAGE_CODE,
    TIME_ZONE,
    USE_TZ,
)
from cleanbill.store.settings import DATABASES as STORE_DATABASES
from cleanbill.store.settings import INSTALLED_APPS as STORE_APPS

_FOLDER = Path(__file__).parent
_SECURE = os.environ.get("CLEANBILL_HTTPS") == "1"

_SERVER = {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
"""A thread keeps its connection to a database server: making one takes as long as a small page."""
DATABASES = {
    name: {**known, **({} if str(known["ENGINE"]).endswith("sqlite3") else _SERVER)}
    for name, known in STORE_DATABASES.items()
}

DEBUG = False
SECRET_KEY = web_secret(DATABASES["default"], HOME)
ALLOWED_HOSTS = os.environ.get("CLEANBILL_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
ROOT_URLCONF = "cleanbill.shells.web.urls"
WSGI_APPLICATION = "cleanbill.shells.web.wsgi.application"

INSTALLED_APPS = [
    *STORE_APPS,
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "cleanbill.shells.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "cleanbill.shells.web.languages.ReadersLanguage",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "cleanbill.shells.web.garbage.RefuseGarbage",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_FOLDER / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "cleanbill.shells.web.surroundings.surroundings",
            ],
        },
    }
]
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 31_536_000
"""A page names its files with the hash of their content, so that they may be kept for long."""

# Signing in.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "cleanbill.shells.web.sign_in.Invited"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Cleanbill"

# Safety.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _SECURE else None
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
UPLOAD_MOST = int(os.environ.get("CLEANBILL_UPLOAD_MB", "200")) << 20
"""Bytes of the largest file that may be handed in through a page."""
FILE_UPLOAD_PERMISSIONS = 0o600

# Languages of the screen.
USE_I18N = True
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("ar", "العربية")]
LOCALE_PATHS = [_FOLDER / "words" / "pages", _FOLDER / "words" / "checks"]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 31_536_000
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = _SECURE
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
