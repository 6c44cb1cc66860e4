"""Take back what was done to findings: repairs are undone, decisions withdrawn."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cleanbill.actions import decide_findings, look_at_finding, undo_repairs, work_queue
from cleanbill.actions.access import Actor
from cleanbill.shells.web.rooms import room
from cleanbill.shells.web.views.asked import back_of, ids_of, query_of


@room
@require_POST
def undo(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Take back the repairs and decisions of a form; then show the finding, or the queue."""
    work_queue.chosen(actor, [])
    repairs = ids_of(request.POST.getlist("repair"))
    taken = 0
    if repairs:
        for row in undo_repairs.undo_repairs(actor, repairs).rows:
            taken += row.done
            if not row.done:
                messages.error(request, f"{row.code} {row.subject}: {row.message}".strip(" :"))
    for number in ids_of(request.POST.getlist("decision")):
        try:
            decide_findings.withdraw(actor, number)
        except ValueError as error:
            messages.error(request, str(error))
        else:
            taken += 1
    if taken:
        messages.success(request, _("Taken back."))
    return redirect(_back(request, actor))


def _back(request: HttpRequest, actor: Actor) -> str:
    slug, query = request.organisation.slug, query_of(back_of(request.POST.get("back", "")), actor)
    there = reverse("queue", kwargs={"slug": slug})
    for number in ids_of(request.POST.getlist("finding"))[:1]:
        # What is found again after an undoing is a new finding.
        number = look_at_finding.look_at(actor, number)["again"] or number
        there = reverse("queue-one", kwargs={"slug": slug, "finding": number})
    return f"{there}?{query}" if query else there
