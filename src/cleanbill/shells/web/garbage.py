"""What nobody means: characters that no database text may hold, and bodies beyond all bounds."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

NUL = "\x00"


class RefuseGarbage:
    """Answer 400 to a request whose address or form holds a NUL character, 413 to one too large."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass a clean request on. What is too large is refused before a byte of it is read."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isascii() and length.isdigit() and int(length) > settings.UPLOAD_MOST:
            most = settings.UPLOAD_MOST >> 20
            why = _(
                "The file is larger than %(most)s MB. Split it, or import it at the command line."
            )
            return render(request, "web/refused.html", {"why": why % {"most": most}}, status=413)
        told = [request.path, *_texts(request.GET)]
        if request.method == "POST" and request.content_type != "multipart/form-data":
            told += _texts(request.POST)
        if any(NUL in text for text in told):
            return render(request, "web/refused.html", status=400)
        return self.answer(request)


def _texts(fields: object) -> list[str]:
    return [
        text for name, values in fields.lists() for text in (name, *values) if isinstance(text, str)
    ]
