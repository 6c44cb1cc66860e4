"""Importing: hand a file in, see how its columns are read, check, put right, take in, undo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from cleanbill.actions import hand_in_file, mend_import, take_job
from cleanbill.actions.access import Actor
from cleanbill.actions.undo_import import NotUndone, undo_import
from cleanbill.shells.web.rooms import room

DECIMALS = (".", ",")
DATES = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y%m%d")
LONGEST = 200
OUR_OWN = "occurrence"
"""Stands in reject files only and is nothing to choose."""


@room
def imports(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show what was imported and what waits; take a file in."""
    wrong, kind = "", request.POST.get("kind", request.GET.get("kind", ""))[:20]
    if request.method == "POST":
        file = request.FILES.get("file")
        try:
            if file is None:
                raise ValueError(_("Choose a file first."))
            number = hand_in_file.hand_in(actor, kind, file.name or "", file.chunks())
            return redirect("imports-one", slug=request.organisation.slug, upload=number)
        except ValueError as error:
            wrong = str(error)
    shown = {
        **hand_in_file.imports(actor),
        "kinds": hand_in_file.importable(actor),
        "kind": kind,
        "most": settings.UPLOAD_MOST >> 20,
        "wrong": wrong,
    }
    return render(request, "web/imports.html", shown, status=400 if wrong else 200)


@room
def upload(request: HttpRequest, actor: Actor, upload: int) -> HttpResponse:
    """Show one file on its way in: its mapping, what the check found, what can be put right."""
    return _shown(request, actor, upload)


def _shown(
    request: HttpRequest, actor: Actor, number: int, wrong: str = "", status: int = 200
) -> HttpResponse:
    found = mend_import.look_at_upload(actor, number)
    job = found["job"]
    going = bool(job) and job["state"] in ("queued", "running")
    result = (job or {}).get("result")
    shown = {
        "file": found,
        "job": {**job, "going": going} if job else None,
        "going": going,
        "report": result if not going and (job or {}).get("state") == "done" else None,
        "failed": job["message"] if job and job["state"] == "failed" else "",
        "wrong": wrong,
        "step": _step(found, job, going),
        "dates": DATES,
        "decimals": DECIMALS,
    }
    if found["state"] == "open":
        shown |= _mapping(found)
    return render(request, "web/import.html", shown, status=status)


def _step(found: dict[str, Any], job: dict[str, Any] | None, going: bool) -> int:
    """Where in the four steps the file is: columns, check, import, done."""
    if found["state"] != "open":
        return 4
    if job is None or (job["state"] == "failed" and job["kind"] == "check"):
        return 1
    return 2 if going or (job["result"] or {}).get("rejected") else 3


def _mapping(found: dict[str, Any]) -> dict[str, Any]:
    """Our fields with the column that each is read from, those that matter first."""
    profile = found["profile"]
    examples = {column.name: column.examples for column in found["columns"]}
    fields = []
    for field in found["fields"]:
        if field.name == OUR_OWN:
            continue
        names = profile.columns.get(field.name, ())
        fields.append(
            {
                "name": field.name,
                "needed": field.needed,
                "chosen": " + ".join(names),
                "joined": len(names) > 1,
                "constant": profile.constants.get(field.name, ""),
                "examples": [e for name in names for e in examples.get(name, ())][:3],
            }
        )
    used = {name for names in profile.columns.values() for name in names}
    return {
        "fields": [f for f in fields if f["needed"] or f["chosen"] or f["constant"]],
        "more": [f for f in fields if not (f["needed"] or f["chosen"] or f["constant"])],
        "names": list(examples),
        "unused": [name for name in examples if name not in used],
        "formats": profile.formats,
    }


@room
@require_POST
def map_columns(request: HttpRequest, actor: Actor, upload: int) -> HttpResponse:
    """Take the mapping that was chosen, and check the file."""
    sent = {name: text[:LONGEST].strip() for name, text in request.POST.items()}
    columns = _part(sent, "column.")
    constants = {k: v for k, v in _part(sent, "constant.").items() if k != OUR_OWN}
    formats = {
        "decimal": sent.get("decimal", "") if sent.get("decimal") in DECIMALS else "",
        "date": sent.get("date", "") if sent.get("date") in DATES else "",
    }

    def mapped() -> int:
        return mend_import.map_upload(
            actor, upload, columns=columns, constants=constants, formats=formats
        )

    return _worked(request, actor, upload, mapped)


def _part(sent: dict[str, str], start: str) -> dict[str, str]:
    return {k.removeprefix(start): v for k, v in sent.items() if k.startswith(start)}


@room
@require_POST
def mend(request: HttpRequest, actor: Actor, upload: int) -> HttpResponse:
    """Take the cells that were put right, and check the file again."""
    known = mend_import.look_at_upload(actor, upload).get("rejected", [])
    before = {f"cell.{r['row']}.{c['name']}": c["text"] for r in known for c in r["wrong"]}
    mends: dict[str, dict[str, str]] = {}
    for name, text in request.POST.items():
        if name in before and text != before[name]:
            _cell, row, column = name.split(".", 2)
            mends.setdefault(row, {})[column] = text
    return _worked(request, actor, upload, lambda: mend_import.mend_upload(actor, upload, mends))


@room
@require_POST
def take(request: HttpRequest, actor: Actor, upload: int) -> HttpResponse:
    """Import the file as it was checked."""
    return _worked(request, actor, upload, lambda: mend_import.queue_take(actor, upload))


def _worked(
    request: HttpRequest, actor: Actor, number: int, queue: Callable[[], int]
) -> HttpResponse:
    """Queue what was asked; a small file is worked on at once. What cannot be is told."""
    try:
        job = queue()
    except ValueError as error:
        return _shown(request, actor, number, str(error), 400)
    if mend_import.is_small(actor, number):
        take_job.work_now(job)
    return redirect("imports-one", slug=request.organisation.slug, upload=number)


@room
@require_POST
def drop(request: HttpRequest, actor: Actor, upload: int) -> HttpResponse:
    """Remove a file that was handed in."""
    hand_in_file.drop_upload(actor, upload)
    return redirect("imports", slug=request.organisation.slug)


@room
def rejects(request: HttpRequest, actor: Actor, upload: int) -> HttpResponseBase:
    """Answer with the rejected rows as a file that is harmless in a spreadsheet."""
    place = mend_import.rejects_of(actor, upload)
    return FileResponse(
        place.open("rb"),
        as_attachment=True,
        filename=f"rejected-{upload}.csv",
        content_type="text/csv; charset=utf-8",
    )


@room
@require_POST
def undo(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """Undo an import; where that cannot be, say why."""
    try:
        count = undo_import(actor, number)
    except NotUndone as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request,
            ngettext("%(count)s charge withdrawn.", "%(count)s charges withdrawn.", count)
            % {"count": count},
        )
    return redirect("imports", slug=request.organisation.slug)
