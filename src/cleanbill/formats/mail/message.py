"""A letter and its files as the bytes of an Internet message: the same input, the same bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from hashlib import sha256

from cleanbill.formats.mail.address import ENCODED
from cleanbill.formats.mail.letter import Letter

_QUOTED = re.compile(r"[^\w .&'+/!–-]")


@dataclass(frozen=True, slots=True)
class Envelope:
    """From whom to whom, and by what the message is known; addresses are deliverable ones."""

    message_id: str
    """With its angle brackets; equal for every copy of one message."""
    at: datetime
    sender: str
    sender_name: str
    recipient: str
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that goes with a message."""

    name: str
    kind: str
    content: bytes


def message(letter: Letter, envelope: Envelope, files: Sequence[Attached]) -> bytes:
    """Return the message: text and HTML as alternatives, then the files.

    Raises ValueError where a header would hold a line break, or text that is one once decoded:
    nothing is sent then.
    """
    plain = envelope.recipient.isascii() and envelope.sender.isascii()
    made = EmailMessage(policy=SMTP if plain else SMTPUTF8)
    made["Message-ID"] = _one_line(envelope.message_id)
    made["Date"] = format_datetime(envelope.at)
    made["From"] = _address(envelope.sender, envelope.sender_name)
    made["To"] = _address(envelope.recipient)
    if envelope.reply_to and envelope.reply_to != envelope.sender:
        made["Reply-To"] = _address(envelope.reply_to)
    made["Subject"] = _one_line(letter.subject.replace(ENCODED, f"{ENCODED[0]} {ENCODED[1]}"))
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(letter.text, cte="quoted-printable")
    made.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    for file in files:
        main, _, sub = file.kind.partition("/")
        made.add_attachment(
            file.content, maintype=main, subtype=sub, filename=_one_line(file.name), cte="base64"
        )
    made["Content-Language"] = letter.language
    _bounded(made, envelope.message_id)
    return _as_meant(made)


def _as_meant(made: EmailMessage) -> bytes:
    """Return the bytes, once they have been seen to begin with these headers and no other."""
    try:
        content = made.as_bytes()
    except MessageError as error:
        raise ValueError(f"a message cannot be written: {error}") from error
    head = re.split(rb"\r?\n\r?\n", content, maxsplit=1)[0]
    written = [line.partition(b":")[0].decode() for line in re.split(rb"\r?\n(?![ \t])", head)]
    if written != made.keys():
        raise ValueError("the headers of a message would not be those that were meant")
    return content


def _address(address: str, name: str = "") -> Address:
    local, _, domain = _one_line(address).rpartition("@")
    return Address(display_name=_plain(name), username=local, domain=domain)


def _one_line(text: str) -> str:
    if any(ord(letter) < 32 or letter in "\x7f\x85\u2028\u2029" for letter in text):
        raise ValueError("a header of a message must not hold line breaks or control characters")
    if ENCODED in text:
        # Python's ``email`` decodes it while it writes, line breaks and all.
        raise ValueError(f"a header of a message must not hold {ENCODED}, which begins coded text")
    return text


def _plain(name: str) -> str:
    """A name as it may stand before an address: without what would need quotes there.

    Quotes are lost when a long header is folded (by Python's ``email``, too), and what they held
    is read as further addresses then.
    """
    return " ".join(_QUOTED.sub(" ", name).split())


def _bounded(made: EmailMessage, seed: str) -> None:
    """Part a message by marks that follow from its Message-ID, so that copies are equal."""
    parts = [part for part in made.walk() if part.is_multipart()]
    for place, part in enumerate(parts):
        digest = sha256(f"{place} {seed}".encode()).hexdigest()
        part.set_boundary(f"=_{digest[:40]}")
