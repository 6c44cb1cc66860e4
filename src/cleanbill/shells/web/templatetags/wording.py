"""Filters for templates: findings and what else the books say, in the reader's language."""

from __future__ import annotations

from typing import Any

from django import template

from cleanbill.shells.web import wording

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
def kind_of_file(kind: str) -> str:
    """Return what a kind of file is called."""
    return str(wording.FILES.get(kind, kind.capitalize()))


@register.filter
def stage(name: str) -> str:
    """Return what a job is at."""
    return str(wording.STAGES.get(name, name))
