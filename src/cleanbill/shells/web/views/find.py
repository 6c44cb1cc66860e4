"""The palette: pages and actions one may use, customers, items, bills and findings, by typing."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cleanbill.actions import find_anything
from cleanbill.actions.access import Actor
from cleanbill.cycle.verify.catalogue import BY_CODE
from cleanbill.shells.web import wording
from cleanbill.shells.web.rooms import room
from cleanbill.shells.web.surroundings import NAVIGATION

DEEDS = (
    ("runs-new", gettext_lazy("New run"), "run", "bills.preview"),
    ("imports", gettext_lazy("Import a file"), "import", "charges.import"),
    ("imports", gettext_lazy("Import master data"), "import", "master.import"),
    ("prices-try", gettext_lazy("Try a price"), "price", "look"),
    ("checks", gettext_lazy("Set a check or a limit"), "check", "checks.set"),
    ("members", gettext_lazy("Let somebody in"), "plus", "company.set_up"),
)
"""Of each action that begins on a page: the page, its words, its icon, what one must be allowed."""
SHORTEST = 2
"""With fewer letters only pages and actions are looked through."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found: where it is, what it says, and of what kind it is."""

    address: str
    words: str
    kind: str
    icon: str
    more: str = ""


@room
def find(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Answer with what fits the text; without htmx as a page of its own."""
    text = " ".join(request.GET.get("q", "").split())[:100]
    hits = _pages(request, actor, text)
    if len(text) >= SHORTEST:
        hits += _things(request, actor, text)
    piece = request.htmx and not request.htmx.boosted
    return render(
        request, "web/_found.html" if piece else "web/find.html", {"hits": hits, "q": text}
    )


def _pages(request: HttpRequest, actor: Actor, text: str) -> list[Hit]:
    pages = [(*link, _("Page")) for _title, links in NAVIGATION for link in links]
    deeds = [(*deed, _("Action")) for deed in DEEDS]
    return [
        Hit(_at(request, name), str(words), kind, icon)
        for name, words, icon, permission, kind in (*pages, *deeds)
        if permission in actor.permissions and fits(text, str(words))
    ]


def fits(text: str, words: str) -> bool:
    """Tell whether each word of a text begins one of these words."""
    known = words.casefold().replace("-", " ").split()
    return all(any(w.startswith(one) for w in known) for one in text.casefold().split())


def _things(request: HttpRequest, actor: Actor, text: str) -> list[Hit]:
    codes = [
        code
        for code in BY_CODE
        if fits(text, wording.title(code)) or code.casefold().startswith(text.casefold())
    ]
    found = find_anything.find_anything(actor, text, codes=codes)
    return [
        *(
            Hit(
                _at(request, "customers-one", customer=row["customer"]),
                _named(row),
                _("Customer"),
                "customer",
                row["customer"],
            )
            for row in found.customers
        ),
        *(
            Hit(
                _at(request, "bills-one", number=row["number"]),
                row["number"],
                _("Bill"),
                "bill",
                row["name"] or row["customer"] or "",
            )
            for row in found.bills
        ),
        *(
            Hit(
                _at(request, "items-one", item=row["item"]),
                row["description"] or row["item"],
                _("Item"),
                "item",
                row["item"],
            )
            for row in found.items
        ),
        *(
            Hit(
                f"{_at(request, 'queue')}?{urlencode({'code': code})}",
                wording.title(code),
                _("Findings"),
                "queue",
                code,
            )
            for code in found.codes
        ),
    ]


def _named(row: dict[str, str]) -> str:
    return row["name"] or row["customer"]


def _at(request: HttpRequest, name: str, **rest: str) -> str:
    return reverse(name, kwargs={"slug": request.organisation.slug, **rest})
