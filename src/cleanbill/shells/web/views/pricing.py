"""Price plans with a simulator, agreements with their days, tax registrations of the sellers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cleanbill.actions import find_customers, find_items, simulate_price
from cleanbill.actions.access import Actor
from cleanbill.nouns.period import day_from
from cleanbill.shells.web.rooms import room

_ASKED = ("item", "customer", "quantity", "day", "currency", "amount")


@room
def plans(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show the price list and the price plans."""
    return render(request, "web/plans.html", {"plans": find_items.plans(actor)})


@room
def plan(request: HttpRequest, actor: Actor, plan: str) -> HttpResponse:
    """Show the prices of a plan, or of the list."""
    currency = request.GET.get("currency", "").strip()[:3]
    shown = {
        "prices": find_items.prices_of(actor, plan, currency=currency or None),
        "name": "" if plan == find_items.LIST else plan,
        "currency": currency,
    }
    return render(request, "web/prices.html", shown)


@room
def simulate(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show what a quantity of an item costs a customer on a day, and why."""
    asked = {name: request.GET.get(name, "").strip()[:100] for name in _ASKED}
    asked["day"] = asked["day"] or str(_today())
    asked["quantity"] = asked["quantity"] or "1"
    shown: dict[str, Any] = {"asked": asked}
    status = 200
    if asked["item"]:
        try:
            shown["found"] = simulate_price.simulate_price(
                actor,
                asked["item"],
                asked["quantity"],
                day=day_from(asked["day"]),
                customer=asked["customer"] or None,
                currency=asked["currency"] or None,
                amount=asked["amount"] or None,
            )
        except (ValueError, LookupError) as error:
            shown["wrong"], status = error.args[0], 400
    return render(request, "web/simulate.html", shown, status=status)


@room
def agreements(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show agreements with the days on which they hold: all, of a customer, in force on a day."""
    customer = request.GET.get("customer", "").strip()[:100]
    day = request.GET.get("on", "").strip()[:40]
    try:
        on = day_from(day) if day else None
    except ValueError:
        on, day = None, ""
    rows = find_customers.agreements(actor, customer=customer or None, on=on)
    today = _today()
    told = [{**row, "state": _state(row, on or today)} for row in rows]
    shown = {"agreements": told, "customer": customer, "on": day}
    return render(request, "web/agreements.html", shown)


def _state(row: dict[str, Any], day: date) -> str:
    if row["valid_from"] > day:
        return "later"
    return "over" if row["valid_to"] and row["valid_to"] <= day else "now"


@room
def tax(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show where the sellers are registered for tax."""
    return render(
        request, "web/tax.html", {"registrations": find_items.registrations(actor, on=_today())}
    )


def _today() -> date:
    return datetime.now(UTC).date()
