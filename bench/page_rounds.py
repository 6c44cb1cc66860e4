"""Visit every route again and again; print what each took as JSON."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from bench.page_desk import Asked, Visitor, known, served
from bench.page_visits import VISITS, Known, Visits
from bench.pages import WARM, figures

NOT_PAGES = {"entrance", "language"}


def main(visits: int, only: list[str]) -> None:
    """Visit the routes named, or all there are."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "cleanbill.shells.web.settings"
    from cleanbill.store.connect import open_store

    open_store(migrate=True)
    from django.db import connection

    missing = routes() ^ set(VISITS)
    if missing:
        raise SystemExit(f"bench/page_visits.py and the routes differ by {sorted(missing)}")
    told: dict[str, Any] = {}
    with served() as (port, costs):
        visitor, books = Visitor(port), known()
        for route, kinds in VISITS.items():
            if only and route not in only:
                continue
            for kind, visits_of in kinds.items():
                name = f"{route}, {kind}" if kind else route
                told[name] = _rounds(visitor, books, route, visits_of, visits, costs)
                print(f"  {name}: {told[name]}", file=sys.stderr, flush=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM finding WHERE closed_run_id IS NULL")
        findings = int(cursor.fetchone()[0])
    print(json.dumps({"open_findings": findings, "visits": visits, "routes": told}))


def routes() -> set[str]:
    """Return the names of all routes of an organisation."""
    from django.urls import URLPattern, get_resolver

    found = {p.name for p in get_resolver().url_patterns if isinstance(p, URLPattern)}
    return {name for name in found if name} - NOT_PAGES


def _rounds(
    visitor: Visitor, books: Known, route: str, visits_of: Visits, visits: int, costs: Asked
) -> dict[str, Any]:
    from django.urls import reverse

    took, page, database = [], 0.0, 0.0
    for n in range(WARM + visits):
        if n == WARM:
            page, database = costs.page, costs.database
        visit = visits_of(books, n)
        address = reverse(route, kwargs={"slug": books.slug, **visit.args})
        took.append(visitor.visit(address, visit))
    busy = (costs.page - page + costs.database - database) * 1000 / visits
    return {**figures(took[WARM:], costs.queries[-visits:]), "busy_ms": round(busy, 1)}


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
