"""The entrance: to the visitor's organisation, or a choice of several; and the pages of errors."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from cleanbill.shells.web.rooms import organisations_of


@login_required
def entrance(request: HttpRequest) -> HttpResponse:
    """Show the one organisation of the visitor, or let choose."""
    own = organisations_of(request.user)
    if len(own) == 1:
        return redirect("home", slug=own[0].slug)
    return render(request, "web/entrance.html", {"organisations": own})


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keep the language that somebody chose, with the person and on the device; go back."""
    chosen = request.POST.get("language", "")
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        back = "/"
    answer = redirect(back)
    if chosen in dict(settings.LANGUAGES):
        if request.user.is_authenticated:
            request.user.language = chosen
            request.user.save(update_fields=["language"])
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
            samesite=settings.LANGUAGE_COOKIE_SAMESITE,
            secure=settings.LANGUAGE_COOKIE_SECURE,
        )
    return answer


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Answer a request that makes no sense."""
    return render(request, "web/refused.html", status=400)


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Answer a request that is not allowed."""
    return render(request, "web/refused.html", status=403)


def missing(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Answer for an address that leads nowhere."""
    return render(request, "web/missing.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """Answer when something failed that nobody foresaw."""
    return render(request, "web/broken.html", status=500)
