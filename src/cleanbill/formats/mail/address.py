"""Addresses of mail: whether one can be written to, in the form that servers expect."""

from __future__ import annotations

import re
import unicodedata

_LOCAL = re.compile(r'[^\s()<>\[\]:;,@\\"]{1,64}')
_DOTS = re.compile("[.\u3002\uff0e\uff61]")
_LONGEST = 254
ENCODED = "=?"
"""Begins text that mail programs decode, also within an address: into a comma, or another @."""
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
    labels = [_ascii(label) for label in _DOTS.split(domain)]
    found = f"{local}@{'.'.join(labels)}"
    good = at and len(found.encode("utf-8", "replace")) <= _LONGEST and _LOCAL.fullmatch(local)
    dotted = local.startswith(".") or local.endswith(".") or ".." in local
    # What nobody sees could make an address look like another one.
    hidden = ENCODED in local or any(unicodedata.category(sign)[0] in "CZ" for sign in local)
    if not good or dotted or hidden or not all(_LABEL.fullmatch(label) for label in labels):
        raise NoAddress(
            f"“{text[:100]}” is no e-mail address; expected one like accounts@example.com"
        )
    return found


def _ascii(label: str) -> str:
    """Return a label of a domain in ASCII (IDNA 2008); nothing where it cannot be one.

    Python's own ``idna`` is that of 2003, to which straße.de is strasse.de: somebody else's.
    Letters that have a plain twin, such as full-width ones, are refused and not guessed.
    """
    if label.isascii():
        return label
    plain = unicodedata.normalize("NFC", label.lower())
    letters = all(sign == "-" or unicodedata.category(sign)[0] in "LMN" for sign in plain)
    if not letters or plain != unicodedata.normalize("NFKC", plain):
        return ""
    return f"xn--{plain.encode('punycode').decode()}"


def domain_of(address: str) -> str:
    """Return what stands behind the @ of a deliverable address."""
    return address.rpartition("@")[2]
