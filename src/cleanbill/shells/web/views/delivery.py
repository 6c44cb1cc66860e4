"""Mail out in the browser: send bills, see the message before, see what became of it."""

from __future__ import annotations

import os
import re

from csp.decorators import csp_replace, csp_update
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

from cleanbill.actions import look_at_outbox, queue_sending, send_bills
from cleanbill.actions.access import Actor
from cleanbill.actions.mail_sender import NoSender
from cleanbill.shells.web.rooms import room
from cleanbill.shells.web.wording import NOT_AGAIN, UNSENT

_NOTHING = (
    *("default-src", "script-src", "img-src", "font-src", "connect-src"),
    *("form-action", "base-uri"),
)
"""What a message that is shown has no right to."""


@room
def outbox(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show the messages that are not sent yet, or those of a kind that the address asks for."""
    show, after = request.GET.get("show", ""), request.GET.get("after", "")
    show = show if show in look_at_outbox.STATES else ""
    behind = int(after) if re.fullmatch("[0-9]{1,18}", after) else None
    found = look_at_outbox.messages(actor, show=show, after=behind)
    named = bool(os.environ.get("CLEANBILL_SMTP_HOST"))
    return render(request, "web/outbox.html", {"found": found, "show": show, "named": named})


@room
@require_POST
def send(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    """Put a bill into the outbox, once more where the form says so and why."""
    again = request.POST.get("again") == "1"
    reason = request.POST.get("reason", "").replace("\0", " ")
    try:
        asked = send_bills.send_bill(actor, number, again=again, reason=reason)
    except NoSender as error:
        messages.error(request, str(UNSENT[error.code]))
    except send_bills.NotAgain as error:
        messages.error(request, str(NOT_AGAIN[error.code]))
    else:
        for row in asked.unsent:
            messages.error(request, str(UNSENT[row.code]))
        if asked.queued:
            messages.success(request, _("It is in the outbox and goes out in a moment."))
    return redirect("bills-one", slug=request.organisation.slug, number=number)


@room
@require_POST
def sending(request: HttpRequest, actor: Actor, run: int) -> HttpResponse:
    """Have it found in the background what of a run can be sent."""
    number = queue_sending.queue_sending(actor, run=run)
    return redirect("jobs-one", slug=request.organisation.slug, job=number)


@room
@require_POST
def send_run(request: HttpRequest, actor: Actor, run: int) -> HttpResponse:
    """Have the bills of a run put into the outbox in the background."""
    try:
        number = queue_sending.queue_send(actor, run=run)
    except NoSender as error:
        messages.error(request, str(UNSENT[error.code]))
        return redirect("runs-one", slug=request.organisation.slug, run=run)
    return redirect("jobs-one", slug=request.organisation.slug, job=number)


@csp_update({"frame-src": ["'self'"]})
@room
def letter(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    """Show the message that brings a bill as its customer sees it, in a frame without rights."""
    found = look_at_outbox.preview_message(actor, number)
    return render(request, "web/letter.html", {"number": number, "letter": found})


@xframe_options_sameorigin
@csp_replace(
    {
        **{name: ["'none'"] for name in _NOTHING},
        "style-src": ["'unsafe-inline'"],
        "frame-ancestors": ["'self'"],
        "sandbox": True,
    }
)
@room
def shown(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    """Answer with the message's own HTML: styles in place, and nothing else may be done."""
    return HttpResponse(look_at_outbox.preview_message(actor, number).letter.html)


@room
def file(request: HttpRequest, actor: Actor, file: int, number: str) -> HttpResponse:
    """Answer with a file exactly as it was delivered with a bill."""
    name, kind, content = look_at_outbox.delivered_file(actor, number, file)
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    return answer
