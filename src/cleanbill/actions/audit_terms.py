"""Draw again, on paper, what was ever drawn from terms, and compare it with the charges."""

from __future__ import annotations

from typing import Any

from cleanbill.actions.audit_found import Found
from cleanbill.cycle import draw as drawing
from cleanbill.nouns.drawn import BUNDLES
from cleanbill.store import bundles, terms

STRETCH = 1000
"""Sets of terms that are looked at together."""
Identity = tuple[str, str, int]
"""Source, reference and occurrence of a charge."""
CLOSED = "A charge of a bundle is closed by the charges of its components, and by nothing else."
SAYS = "A drawn charge is what the version of the terms that it names gives, and all add up."


def check_terms(found: Found, organisation_id: int) -> None:
    """Replay every drawn charge from the terms it names, some sets of terms at a time."""
    shared: set[Identity] = set()
    for kind in drawing.KINDS:
        after = ""
        while references := terms.references(organisation_id, kind, after, STRETCH):
            after = references[-1]
            bodies = terms.bodies(organisation_id, kind, references)
            history = terms.history(organisation_id, kind, references)
            if kind == BUNDLES:
                shared |= {_bundle(row) for rows in history.values() for row in rows}
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
    _check_bundles(found, organisation_id, shared)


def _bundle(row: dict[str, Any]) -> Identity:
    """The charge whose place a component took, as its basis names it."""
    of = row["basis"].get("of", {})
    return str(of.get("source")), str(of.get("reference")), int(of.get("occurrence", 0))


def _check_bundles(found: Found, organisation_id: int, shared: set[Identity]) -> None:
    """Compare the charges that components name with those that are closed as bundles."""
    closed = set(bundles.closed(organisation_id).iter_rows())
    rows = [f"charge {name[0]} · {name[1]}: it is open" for name in sorted(shared - closed)]
    rows += [f"charge {name[0]} · {name[1]}: no components" for name in sorted(closed - shared)]
    found.add("BUNDLED", CLOSED, rows)
