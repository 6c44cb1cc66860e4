"""What nobody means: characters that no database text may hold, refused before any page."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

NUL = "\x00"


class RefuseGarbage:
    """Answer 400 to a request whose address or form holds a NUL character."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass a clean request on."""
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
