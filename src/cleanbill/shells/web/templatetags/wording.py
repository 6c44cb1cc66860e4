"""Filters for templates: findings and what else the books say, in the reader's language."""

from __future__ import annotations

from typing import Any

from django import template

from cleanbill.shells.web import field_words, value_words, wording

register = template.Library()


@register.filter
def finding_title(code: str) -> str:
    """Return what a check finds: ``{{ row.code|finding_title }}``."""
    return wording.title(code)


@register.filter
def finding_reason(row: dict[str, Any]) -> str:
    """Return why: ``{{ row|finding_reason }}``, a row of ``look_up.findings``."""
    return wording.reason(row["code"], row["facts"])


@register.filter
def finding_repair(row: dict[str, Any]) -> str:
    """Return what to do: ``{{ row|finding_repair }}``, a row of ``look_up.findings``."""
    return wording.repair(row["code"], row["facts"])


@register.filter
def account(name: str) -> str:
    """Return what an account is called."""
    return str(wording.ACCOUNTS.get(name, name))


@register.filter
def happening(action: str) -> str:
    """Return what an event says has happened."""
    return str(wording.HAPPENINGS.get(action, action))


@register.filter
def standing(state: str) -> str:
    """Return where a message stands."""
    return str(wording.STANDINGS.get(state, state))


@register.filter
def remedy(state: str) -> str:
    """Return what to do about a message."""
    return str(wording.REMEDIES.get(state, ""))


@register.filter
def unsent(code: str) -> str:
    """Return why a bill cannot be sent, and what to do."""
    return str(wording.UNSENT.get(code, code))


@register.filter
def kind_of_file(kind: str) -> str:
    """Return what a kind of file is called."""
    return str(wording.FILES.get(kind, kind.capitalize()))


@register.filter
def stage(name: str) -> str:
    """Return what a job is at."""
    return str(wording.STAGES.get(name, name))


@register.filter
def field_label(name: str) -> str:
    """Return what a column of an import file is called."""
    return str(field_words.label(name))


@register.filter
def called(value: Any) -> str:
    """Return what a value of master data or a severity means."""
    return value_words.called(value)


@register.filter
def unit_called(code: Any) -> str:
    """Return what a unit of measure is called."""
    return value_words.unit_called(code)


@register.filter
def check_called(name: str) -> str:
    """Return what a check finds or a limit measures."""
    return value_words.limit_called(name) if name in value_words.LIMITS else wording.title(name)


@register.filter
def limit_called(name: str) -> str:
    """Return what a limit of the checks measures."""
    return value_words.limit_called(name)


@register.filter
def limit_shown(value: Any) -> str:
    """Return where a limit lies."""
    return value_words.limit_shown(value)


@register.filter
def said_of(said: dict[str, str] | None, name: str) -> str:
    """Return what was entered for a column, nothing where nothing was."""
    return (said or {}).get(name, "")


@register.filter
def put_off_kind(effect: str) -> str:
    """Return the kind of decision by which something is put off."""
    return {"waived": "waive", "deferred": "defer"}.get(effect, "")
