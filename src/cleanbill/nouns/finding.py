"""Findings: what a check has to say about a charge, a draft or a master-data row.

A *check* is declared once with a code that never changes. A *finding* is one row it returned:
code, subject, typed parameters, amount at stake. Texts are rendered from the declaration, so
they can be translated and counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs: ``block`` holds its subject back."""

    BLOCK = "block"
    WARN = "warn"
    INFO = "info"


class Subject(StrEnum):
    """What a finding is about."""

    CHARGE = "charge"
    DRAFT = "draft"
    CUSTOMER = "customer"
    PRICE = "price"
    AGREEMENT = "agreement"
    TERMS = "terms"


class Owner(StrEnum):
    """Who can mend it: the specialist at work, or whoever keeps the master data."""

    SPECIALIST = "specialist"
    MASTER_DATA = "master_data"


@dataclass(frozen=True, slots=True)
class Check:
    """The declaration of a check. Texts hold ``{name}`` places filled from the parameters."""

    code: str
    severity: Severity
    subject: Subject
    title: str
    reason: str
    repair: str
    owner: Owner = Owner.SPECIALIST


def rendered(text: str, parameters: Mapping[str, object]) -> str:
    """Fill a text's places from a finding's parameters; a missing one shows as an ellipsis."""

    class _Places(dict[str, object]):
        def __missing__(self, key: str) -> str:
            return "…"

    shown = {k: "—" if v is None else v for k, v in parameters.items()}
    return text.format_map(_Places(shown))
