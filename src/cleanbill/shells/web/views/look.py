"""The look of a seller's documents: changed in a form, with a document in it beside."""

from __future__ import annotations

import base64
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from cleanbill.actions import keep_look
from cleanbill.actions.access import Actor
from cleanbill.actions.keep_master import Overwritten
from cleanbill.formats import pdf
from cleanbill.nouns.look import MOST, MOST_LINES, Look, Problem
from cleanbill.shells.web.rooms import room
from cleanbill.shells.web.wording import LOOK_PROBLEMS

LABELS = {
    "accent": (gettext_lazy("Colour of the mark"), ""),
    "initials": (gettext_lazy("Letters in the mark"), gettext_lazy("Empty: those of the name.")),
    "tagline": (gettext_lazy("Line under the name"), ""),
    "website": (
        gettext_lazy("Website"),
        gettext_lazy("It stands at the foot; without it, the e-mail address does."),
    ),
    "contact_name": (gettext_lazy("Whom customers may ask"), ""),
    "contact_phone": (gettext_lazy("Telephone"), ""),
    "contact_email": (
        gettext_lazy("E-mail address"),
        gettext_lazy("Replies to bills that are sent by e-mail go there, too."),
    ),
    "legal": (
        gettext_lazy("Lines at the foot"),
        gettext_lazy("Such as register court and number, or directors; a line each."),
    ),
}
"""Of each field of a look its label, and what to know of it."""
KINDS = {"invoice": gettext_lazy("Invoice"), "credit_note": gettext_lazy("Credit note")}
_TYPED = 4_000
"""More letters than a field may have, and as many as are looked at."""


@room
def look(request: HttpRequest, actor: Actor, key: str) -> HttpResponse:
    """Show the look of a seller's documents, or keep another."""
    seen = keep_look.look(actor, key)
    if request.method != "POST":
        return _page(request, actor, seen, seen.look)
    typed = _typed(request)
    try:
        changed = keep_look.keep_look(
            actor,
            key,
            typed,
            reason=request.POST.get("reason", "").replace("\x00", ""),
            seen=request.POST.get("seen", "")[:100],
        )
    except keep_look.Unfit as error:
        return _page(request, actor, seen, typed, problems=error.problems, status=409)
    except Overwritten:
        return _page(request, actor, keep_look.look(actor, key), typed, overtaken=True, status=409)
    except ValueError:
        return _page(request, actor, seen, typed, unreasoned=True, status=409)
    if changed:
        messages.success(request, _("Kept. It holds for documents that are issued from now on."))
    else:
        messages.info(request, _("Nothing was changed."))
    return redirect("sellers-look", slug=request.organisation.slug, key=key)


@room
@require_POST
def shown(request: HttpRequest, actor: Actor, key: str) -> HttpResponse:
    """Show a document in the look that is typed, and keep nothing."""
    typed = _typed(request)
    seen = keep_look.look(actor, key)
    if not request.htmx:
        mark = request.POST.get("seen", "")[:100]
        return _page(request, actor, seen, typed, mark=mark)
    return render(request, "web/_look_shown.html", _preview(request, actor, seen, typed, {}))


def _typed(request: HttpRequest) -> Look:
    return {name: request.POST.get(name, "")[:_TYPED] for name in MOST}


def _page(
    request: HttpRequest,
    actor: Actor,
    seen: keep_look.Seen,
    typed: Look,
    *,
    problems: dict[str, Problem] | None = None,
    mark: str | None = None,
    status: int = 200,
    **told: bool,
) -> HttpResponse:
    """Answer with the whole page: the form as typed, the picture beside it."""
    said = {
        **_preview(request, actor, seen, typed, problems or {}),
        "seller": seen,
        "mark": seen.mark if mark is None else mark,
        "reason": request.POST.get("reason", "")[:300],
        **told,
    }
    return render(request, "web/look.html", said, status=status)


def _preview(
    request: HttpRequest,
    actor: Actor,
    seen: keep_look.Seen,
    typed: Look,
    problems: dict[str, Problem],
) -> dict[str, Any]:
    kind, language = (request.POST.get(name, "") for name in ("kind", "language"))
    kind = kind if kind in KINDS else "invoice"
    usual = seen.language if seen.language in pdf.LANGUAGES else pdf.LANGUAGES[0]
    language = language if language in pdf.LANGUAGES else usual
    preview = keep_look.preview_look(actor, seen.key, typed, kind=kind, language=language)
    named = dict(settings.LANGUAGES)
    return {
        "fields": _fields(seen, typed, preview.problems | problems),
        "picture": "data:image/png;base64," + base64.b64encode(preview.picture).decode(),
        "number": preview.number,
        "kind": kind,
        "language": language,
        "kinds": KINDS.items(),
        "languages": [(one, named.get(one, one)) for one in pdf.LANGUAGES],
    }


def _fields(seen: keep_look.Seen, typed: Look, wrong: dict[str, Problem]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "label": label,
            "help": about,
            "value": typed[name],
            "most": MOST[name],
            "rows": MOST_LINES,
            "now": seen.look[name],
            "wrong": _worded(wrong[name]) if name in wrong else "",
        }
        for name, (label, about) in LABELS.items()
    ]


def _worded(problem: Problem) -> str:
    return str(LOOK_PROBLEMS[problem.code]) % {"most": problem.most, "has": problem.has}
