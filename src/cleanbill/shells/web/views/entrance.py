"""The entrance: to the visitor's organisation, or a choice of several; and the pages of errors."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from cleanbill.shells.web.rooms import organisations_of


@login_required
def entrance(request: HttpRequest) -> HttpResponse:
    """Show the one organisation of the visitor, or let choose."""
    own = organisations_of(request.user)
    if len(own) == 1:
        return redirect("home", slug=own[0].slug)
    return render(request, "web/entrance.html", {"organisations": own})


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
