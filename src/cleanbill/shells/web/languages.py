"""In which language a page speaks: as its reader has set, else as his browser asks, else English.

A choice is kept with the person, and in a cookie for the door, where nobody is known yet. What
customers receive is another matter: documents speak the language of their customer.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

LOCALES = {"en": "en_GB", "de": "de_DE", "ar": "ar_EG"}
"""Language of the screen -> whose manner numbers, amounts and days follow."""


def locale() -> str:
    """Return the locale of the language that the page speaks."""
    return LOCALES.get(translation.get_language() or "en", "en_GB")


class ReadersLanguage:
    """Let the page speak the language of its reader."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the reader's language, and say which it is."""
        language = _chosen(request)
        with translation.override(language):
            answer = self.answer(request)
        answer.headers.setdefault("Content-Language", language)
        patch_vary_headers(answer, ("Accept-Language", "Cookie"))
        return answer


def _chosen(request: HttpRequest) -> str:
    user = request.user
    own = user.language if user.is_authenticated else None
    if own in dict(settings.LANGUAGES):
        return own
    return translation.get_language_from_request(request)
