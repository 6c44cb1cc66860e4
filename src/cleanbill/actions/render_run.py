"""Render the bills of a run as PDFs into one archive, for whoever prints or files them."""

from __future__ import annotations

import re
import secrets
import zipfile
from typing import Any

from cleanbill.actions import look_up
from cleanbill.actions.access import Actor
from cleanbill.actions.open_books import Progress
from cleanbill.formats import pdf
from cleanbill.store import uploads
from cleanbill.store.models import Bill

MOST = 5_000
"""More than so many are written at the command line, into a folder."""
NAME = "bills.zip"
_EVERY = 20


def render_run(actor: Actor, run: int, *, progress: Progress) -> dict[str, Any]:
    """Write the archive into a private folder; return its token and how many bills it has.

    Raises LookupError where the run has no bills, ValueError where it has too many.
    """
    bills = Bill.objects.filter(organisation_id=actor.organisation_id, run_id=run)
    numbers = list(bills.order_by("id").values_list("number", flat=True)[: MOST + 1])
    if not numbers:
        raise LookupError(f"run {run} has issued no bill")
    if len(numbers) > MOST:
        raise ValueError(
            f"The run has more than {MOST:,} bills; render them with the command line: "
            "cleanbill show NUMBER --pdf FILE"
        )
    token = secrets.token_hex(16)
    folder = uploads.made(token)
    try:
        with zipfile.ZipFile(folder / NAME, "w", zipfile.ZIP_DEFLATED) as archive:
            for place, number in enumerate(numbers):
                name = re.sub(r"[^A-Za-z0-9._-]", "_", number)
                archive.writestr(f"{name}.pdf", pdf.write(look_up.document(actor, number)))
                if place % _EVERY == 0:
                    progress("Rendering", place, len(numbers))
    except BaseException:
        uploads.remove(token)
        raise
    return {"token": token, "bills": len(numbers)}
