"""Addresses of mail: whether one can be written to, in the form that servers expect."""

from __future__ import annotations

import re

_LOCAL = re.compile(r'[^\s\x00-\x1f\x7f-\x9f()<>\[\]:;,@\\"]{1,64}')
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)


class NoAddress(ValueError):
    """Nothing can be delivered to this."""


def deliverable(address: str) -> str:
    """Return the address as it goes to a server, the domain in ASCII. Raises NoAddress.

    >>> deliverable(" kasse@bäckerei.example ")
    'kasse@xn--bckerei-5wa.example'
    """
    text = address.strip()
    local, at, domain = text.rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode()
    except UnicodeError:
        ascii_domain = ""
    labels = ascii_domain.split(".")
    good = at and len(text) <= 254 and _LOCAL.fullmatch(local)
    dotted = local.startswith(".") or local.endswith(".") or ".." in local
    if not good or dotted or not all(_LABEL.fullmatch(label) for label in labels):
        raise NoAddress(
            f"“{text[:100]}” is no e-mail address; expected one like accounts@example.com"
        )
    return f"{local}@{ascii_domain}"


def domain_of(address: str) -> str:
    """Return what stands behind the @ of a deliverable address."""
    return address.rpartition("@")[2]
