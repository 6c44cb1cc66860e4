"""Which mail server to use, from environment variables; what is secret is never shown or told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

STARTTLS, TLS, NONE = "starttls", "tls", "none"
_PORTS = {STARTTLS: 587, TLS: 465, NONE: 25}
_OWN_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
_LONGEST_WAIT = 300


class MailSettings(ValueError):
    """The settings of the mail server make no sense; says which, and what was expected."""


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server that takes messages from us."""

    host: str
    port: int
    security: str
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""
    timeout_seconds: int = 30


def server_from(given: Mapping[str, str]) -> Server | None:
    """Return the server that the environment names, or None where it names none.

    Raises MailSettings. Without encryption only a server on this machine is spoken to.
    """
    host = given.get("CLEANBILL_SMTP_HOST", "").strip()
    if not host:
        return None
    security = given.get("CLEANBILL_SMTP_SECURITY", STARTTLS).strip().lower()
    if security not in _PORTS:
        raise MailSettings(f"CLEANBILL_SMTP_SECURITY is {security!r}; expected {', '.join(_PORTS)}")
    if security == NONE and host not in _OWN_MACHINE:
        raise MailSettings(
            f"CLEANBILL_SMTP_SECURITY=none would send bills and passwords in clear to {host}; "
            "it is for a server on this machine only. Use starttls or tls."
        )
    user = given.get("CLEANBILL_SMTP_USER", "")
    password = _password(given)
    if bool(user) != bool(password):
        raise MailSettings(
            "CLEANBILL_SMTP_USER and its password belong together: set both "
            "(CLEANBILL_SMTP_PASSWORD_FILE or CLEANBILL_SMTP_PASSWORD), or neither"
        )
    return Server(
        host,
        _number(given, "CLEANBILL_SMTP_PORT", _PORTS[security], 65535),
        security,
        user,
        password,
        given.get("CLEANBILL_SMTP_CA_FILE", ""),
        _number(given, "CLEANBILL_SMTP_TIMEOUT", 30, _LONGEST_WAIT),
    )


def _password(given: Mapping[str, str]) -> str:
    named = given.get("CLEANBILL_SMTP_PASSWORD_FILE", "")
    if not named:
        return given.get("CLEANBILL_SMTP_PASSWORD", "")
    try:
        return Path(named).read_text(encoding="utf-8").strip("\r\n")
    except (OSError, UnicodeError) as error:
        kind = type(error).__name__
        raise MailSettings(f"CLEANBILL_SMTP_PASSWORD_FILE cannot be read: {kind}") from None


def _number(given: Mapping[str, str], name: str, usual: int, most: int) -> int:
    text = given.get(name, "").strip()
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= most):
        raise MailSettings(f"{name} is {text!r}; expected a number from 1 to {most}")
    return int(text)
