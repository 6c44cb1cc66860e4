"""Master data: customers and items, each with what hangs from it, and changing one of them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cleanbill.actions import find_customers, find_items, keep_master
from cleanbill.actions.access import Actor
from cleanbill.formats.tabular import KINDS, Field, Type
from cleanbill.shells.web import value_words
from cleanbill.shells.web.rooms import room

LONGEST = 300
COLUMNS = {
    "customer": gettext_lazy("Reference"),
    "item": gettext_lazy("Reference"),
    "name": gettext_lazy("Name"),
    "kind": gettext_lazy("Kind"),
    "street": gettext_lazy("Street"),
    "street2": gettext_lazy("Address, second line"),
    "city": gettext_lazy("City"),
    "postcode": gettext_lazy("Postcode"),
    "region": gettext_lazy("Region"),
    "country": gettext_lazy("Country"),
    "vat_id": gettext_lazy("VAT id"),
    "email": gettext_lazy("E-mail"),
    "language": gettext_lazy("Language of documents"),
    "buyer_reference": gettext_lazy("Buyer reference"),
    "blocked": gettext_lazy("Blocked"),
    "tax_scheme": gettext_lazy("Tax scheme"),
    "description": gettext_lazy("Description"),
    "unit": gettext_lazy("Unit"),
    "tax_category": gettext_lazy("Tax category"),
    "valid_to": gettext_lazy("Ends before"),
    "plan": gettext_lazy("Price plan"),
    "currency": gettext_lazy("Currency"),
    "payment_days": gettext_lazy("Days to pay"),
}
"""What columns are called on pages."""


@room
def customers(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show a page of customers."""
    return _list(request, actor, "customers", find_customers.find_customers)


@room
def items(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show a page of items."""
    return _list(request, actor, "items", find_items.find_items)


def _list(request: HttpRequest, actor: Actor, kind: str, find: Any) -> HttpResponse:
    text = request.GET.get("q", "").strip()[:100]
    after = request.GET.get("after", "")[:100]
    page = find(actor, text=text, after=after)
    more = urlencode({"q": text, "after": page.next}) if page.next else ""
    shown = {"page": page, "q": text, "more": more, "first": not after}
    return render(request, f"web/{kind}.html", shown)


@room
def customer(request: HttpRequest, actor: Actor, customer: str) -> HttpResponse:
    """Show a customer: its data, bills, agreements, open findings, changes."""
    known = find_customers.customer(actor, customer)
    shown = {"known": known, "key": customer, "facts": _facts("customers", known.row)}
    return render(request, "web/customer.html", {**shown, "history": _told(known.history)})


@room
def item(request: HttpRequest, actor: Actor, item: str) -> HttpResponse:
    """Show an item: its data, prices, changes."""
    known = find_items.item(actor, item)
    shown = {"known": known, "key": item, "facts": _facts("items", known.row)}
    return render(request, "web/item.html", {**shown, "history": _told(known.history)})


def _facts(kind: str, row: dict[str, Any]) -> list[tuple[Any, Any]]:
    """Each column of a row with what it is called, flags as words."""
    return [(COLUMNS[f.name], _value(f, row[f.name])) for f in KINDS[kind][1:]]


def _value(field: Field, value: Any) -> Any:
    if isinstance(value, bool | None):
        return {True: _("yes"), False: _("no"), None: "—"}[value]
    if field.name == "unit":
        return value_words.unit_called(value)
    return value_words.called(value) if field.choices else value


def _told(history: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            **event,
            "changes": [
                {**one, "column": COLUMNS.get(one["column"], one["column"])}
                for one in event["changes"]
            ],
        }
        for event in history
    ]


@room
def edit_customer(request: HttpRequest, actor: Actor, customer: str) -> HttpResponse:
    """Change a customer."""
    return _edit(request, actor, "customers", customer)


@room
def edit_item(request: HttpRequest, actor: Actor, item: str) -> HttpResponse:
    """Change an item."""
    return _edit(request, actor, "items", item)


def _edit(request: HttpRequest, actor: Actor, kind: str, key: str) -> HttpResponse:
    """Show the form of a row, or change the row: reason needed, issued bills stay as they are."""
    keep_master.may_change(actor)
    now = keep_master.row_as_text(actor, kind, key)
    fields = KINDS[kind][1:]
    shown: dict[str, Any] = {"kind": kind, "one": f"{kind}-one", "key": key, "reason": ""}
    status = 200
    texts, seen = now, now
    if request.method == "POST":
        texts = {f.name: _single_line(request.POST.get(f.name, "")) for f in fields}
        seen = {f.name: request.POST.get(f"seen-{f.name}", "")[:2000] for f in fields}
        shown["reason"] = request.POST.get("reason", "").strip()[:LONGEST]
        try:
            done = keep_master.change_row(
                actor, kind, key, texts, reason=shown["reason"], seen=seen
            )
        except ValueError as error:
            shown["wrong"], status = str(error), 409
        else:
            told = _("Changed.") if done.changed else _("Nothing is different, so nothing changed.")
            messages.success(request, told)
            named = {kind.removesuffix("s"): key}
            return redirect(shown["one"], slug=request.organisation.slug, **named)
    shown["fields"] = [
        {
            "name": f.name,
            "label": COLUMNS[f.name],
            "value": texts.get(f.name, ""),
            "seen": seen.get(f.name, ""),
            "most": f.length_max,
            "needed": f.filled,
            "choices": ("no", "yes") if f.type is Type.FLAG else f.choices,
            "empty": f.type is not Type.FLAG,
        }
        for f in fields
    ]
    return render(request, "web/edit.html", shown, status=status)


def _single_line(text: str) -> str:
    return " ".join(text[:2000].split())
