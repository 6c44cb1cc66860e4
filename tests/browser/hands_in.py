"""Leave a file on the desk, checked, and jobs that are done, in a process of its own.

``python hands_in.py EMAIL RUN``: as a colleague of the demo, whose store the environment names.
"""

from __future__ import annotations

import sys

ROWS = """reference,customer,item,quantity,currency,service_date,order
N-01,K-20002,WAR-1035,3,EUR,2026-12-01,A-9
N-02,K-20002,WAR-1035,many,EUR,2026-12-01,A-9
"""
"""A row that is good and one that is not."""


def main(email: str, run: int) -> None:
    """Hand the file in and have it checked; then have a run's bills rendered and looked at."""
    from cleanbill.store.connect import open_store

    open_store()
    from cleanbill.actions import hand_in_file, mend_import, queue_job, queue_sending, take_job
    from cleanbill.actions.access import Actor
    from cleanbill.store.models import Organisation, User

    actor = Actor.of_user(User.objects.get(email=email), Organisation.objects.get())
    upload = hand_in_file.hand_in(actor, "charges", "more.csv", [ROWS.encode()])
    columns = {each: each for each in ROWS.splitlines()[0].split(",")}
    job = mend_import.map_upload(actor, upload, columns=columns, constants={}, formats={})
    take_job.work_now(job)
    take_job.work_now(queue_job.queue_papers(actor, run=run))
    take_job.work_now(queue_sending.queue_sending(actor, run=run))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
