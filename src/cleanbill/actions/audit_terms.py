"""Draw again, on paper, what was ever drawn from terms, and compare it with the charges."""

from __future__ import annotations

from cleanbill.actions.audit_found import Found
from cleanbill.cycle import draw as drawing
from cleanbill.store import terms

STRETCH = 1000
"""Sets of terms that are looked at together."""
SAYS = "A drawn charge is what the version of the terms that it names gives, and all add up."


def check_terms(found: Found, organisation_id: int) -> None:
    """Replay every drawn charge from the terms it names, some sets of terms at a time."""
    for kind in drawing.KINDS:
        after = ""
        while references := terms.references(organisation_id, kind, after, STRETCH):
            after = references[-1]
            bodies = terms.bodies(organisation_id, kind, references)
            history = terms.history(organisation_id, kind, references)
            for drawn in terms.states(organisation_id, kind, references).iter_rows(named=True):
                own = drawn["reference"]
                wanted = drawing.Wanted(
                    reference=own,
                    version=max(bodies.get(own, {0: ""})),
                    body="",
                    drawn_version=drawn["version"],
                    through=drawn["through"],
                    history=history.get(own, ()),
                )
                found.add("DRAWN", SAYS, list(drawing.replayed(kind, wanted, bodies.get(own, {}))))
