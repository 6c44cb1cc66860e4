"""Messages about all bills of the books: most were sent, many wait, a few need somebody."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

import polars as pl

SENDER = "billing@pages.test"
DELIVERED = 40
"""So many bills are really delivered, each with its file."""
RARE = ("failed", "given_up", "accepted_unknown", "withdrawn", "claimed")
"""States of one message in a thousand each."""


class Letterbox:
    """Takes every message and keeps none."""

    def hand_over(self, sender: str, recipient: str, message: bytes) -> Any:
        """Take a message."""
        from cleanbill.nouns.delivery import Answer, Outcome

        return Answer(Outcome.TAKEN, "250 kept")


def posted(actor: Any, run: int) -> None:
    """Write the messages, deliver some bills, and have a worker find what of a run can be sent."""
    from cleanbill.actions import deliver_mail, queue_sending, send_bills, take_job
    from cleanbill.store.models import Bill, Customer

    os.environ["CLEANBILL_MAIL_FROM"] = SENDER
    own = Bill.objects.filter(organisation_id=actor.organisation_id, kind="invoice")
    for number in own.order_by("-id").values_list("number", flat=True)[:DELIVERED]:
        send_bills.send_bill(actor, number)
    deliver_mail.deliver(actor, box=Letterbox())
    # One customer in a hundred has no address.
    theirs = Customer.objects.filter(organisation_id=actor.organisation_id)
    theirs.filter(customer__endswith="77").update(email=None)
    _messages(actor)
    take_job.work_now(queue_sending.queue_sending(actor, run=run))


def _messages(actor: Any) -> None:
    from django.db import connection, transaction

    from cleanbill.store.bulk import read, write

    own = actor.organisation_id
    now = str(connection.ops.adapt_datetimefield_value(datetime.now(UTC)))
    bills = read(
        "SELECT b.organisation_id, b.id, b.sequence, b.customer, c.email FROM bill b "
        "JOIN customer c ON c.organisation_id = b.organisation_id AND c.customer = b.customer "
        "WHERE b.organisation_id = %s AND c.email IS NOT NULL AND NOT EXISTS "
        "(SELECT 1 FROM outbox m WHERE m.organisation_id = %s AND m.bill_id = b.id)",
        [own, own],
        {
            **dict.fromkeys(("organisation_id", "bill_id", "sequence"), pl.Int64),
            **dict.fromkeys(("party", "recipient"), pl.String),
        },
    )
    place = pl.col("sequence") % 1000
    state = pl.when(place % 5 < 3).then(pl.lit("sent")).otherwise(pl.lit("queued"))
    for number, rare in enumerate(RARE):
        state = pl.when(place == 101 * number).then(pl.lit(rare)).otherwise(state)
    told = {"purpose": "bill", "answer": "", "actor": actor.name, "reason": "", "asked_at": now}
    waits = pl.col("state").is_in(["queued", "claimed"])
    rows = bills.with_columns(
        state.alias("state"),
        pl.format("<{}@pages.test>", "bill_id").alias("message_id"),
        *(pl.lit(0).alias(name) for name in ("turn", "attempts", "doubts")),
        *(pl.lit(value).alias(name) for name, value in told.items()),
    ).with_columns(
        pl.when(waits).then(pl.lit(now)).alias("next_try_at"),
        pl.when(pl.col("state") == "sent").then(pl.lit(now)).alias("sent_at"),
    )
    with transaction.atomic():
        write("outbox", rows.drop("sequence"))
