"""Hand messages to a mail server (SMTP, RFC 5321), and say exactly what came of it.

What matters is one question: can the server have taken the message? It cannot before the dot that
ends it was sent; from then on, until an answer comes, it may have. So the dot is sent by itself.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import time
from base64 import b64encode
from contextlib import suppress

from cleanbill.gateways.mail_settings import NONE, TLS, Server
from cleanbill.nouns.delivery import Answer, Outcome

_LONGEST_ANSWER = 500
_DOT = b".\r\n"
_LONGEST_ATTEMPT = 240
"""Seconds until the end of a message must have been sent; far less than a worker's lease."""


class PostBox:
    """A connection to a mail server, opened when it is first needed and kept while it works.

    Use it as a context manager: leaving it says goodbye to the server.
    """

    def __init__(self, server: Server) -> None:
        """Remember the server; nothing is sent yet."""
        self._server = server
        self._line: smtplib.SMTP | None = None

    def __enter__(self) -> PostBox:
        """Return this box."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self.close()

    def close(self) -> None:
        """Say goodbye; a server that has gone already needs none."""
        if self._line is not None:
            with suppress(smtplib.SMTPException, OSError):
                self._line.quit()
            self._drop()

    def hand_over(self, sender: str, recipient: str, message: bytes) -> Answer:
        """Hand over one message; raises nothing that server or network cause."""
        began = time.monotonic()
        try:
            line = self._connected()
        except (smtplib.SMTPException, OSError, ValueError) as error:
            # A host's name, a password or a challenge that cannot be coded is a ValueError.
            self._drop()
            return Answer(Outcome.NO_SERVER, self._away(error))
        try:
            refused = self._addressed(line, sender, recipient, message)
            if refused is not None:
                self._reset(line, refused)
                return refused
            line.send(_body(message))
            if time.monotonic() - began > _LONGEST_ATTEMPT:
                # Another worker would begin before the answer came.
                raise TimeoutError
        except (smtplib.SMTPException, OSError) as error:
            # The end of the message was not sent: the server cannot have taken it.
            self._drop()
            return Answer(Outcome.NO_SERVER, self._away(error))
        return self._ended(line)

    def _ended(self, line: smtplib.SMTP) -> Answer:
        """Send the end of a message and wait for the answer."""
        try:
            line.send(_DOT)
            code, words = line.getreply()
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            kind = "no answer in time" if isinstance(error, TimeoutError) else "connection lost"
            return Answer(Outcome.DOUBTFUL, f"{kind} after the whole message was handed over")
        if code < 0:
            self._drop()
            return Answer(Outcome.DOUBTFUL, "no answer after the whole message was handed over")
        if 200 <= code < 300:
            return Answer(Outcome.TAKEN, _told(code, words))
        if not 400 <= code < 600:
            self._drop()
            return Answer(Outcome.DOUBTFUL, f"an answer that says nothing: {_told(code, words)}")
        # Also a server that closes down has said that it did not take this one.
        return Answer(Outcome.LATER if code == 421 else _refusal(code), _told(code, words))

    def _addressed(
        self, line: smtplib.SMTP, sender: str, recipient: str, message: bytes
    ) -> Answer | None:
        """Say from whom to whom; return why that is refused, or None when the text may follow."""
        options = [f"size={len(message)}"] if line.has_extn("size") else []
        if not recipient.isascii() or not sender.isascii():
            if not line.has_extn("smtputf8"):
                said = "the mail server takes no addresses with letters beyond ASCII (SMTPUTF8)"
                return Answer(Outcome.REFUSED, said)
            options += ["SMTPUTF8", "BODY=8BITMIME"]
            line.command_encoding = "utf-8"
        code, words = line.mail(sender, options)
        if code != 250:
            size = code in (452, 552)
            # Who may send is about us, not about this message.
            outcome = _refusal(code) if size else Outcome.NO_SERVER
            return Answer(outcome, _told(code, words))
        code, words = line.rcpt(recipient)
        if code not in (250, 251):
            return Answer(_refusal(code), _told(code, words))
        code, words = line.docmd("data")
        return None if code == 354 else Answer(_refusal(code), _told(code, words))

    def _connected(self) -> smtplib.SMTP:
        """Return an open line: the one there is, if the server still answers, or a new one."""
        if self._line is not None:
            try:
                if self._line.noop()[0] == 250:
                    return self._line
            except (smtplib.SMTPException, OSError):
                pass
            self._drop()
        self._line = line = self._opened()
        line.ehlo_or_helo_if_needed()
        if self._server.security not in (TLS, NONE):
            line.starttls(context=self._context())
            line.ehlo()
        if self._server.user:
            self._signed_in(line)
        return line

    def _signed_in(self, line: smtplib.SMTP) -> None:
        user, password = self._server.user, self._server.password
        if (user + password).isascii() or "PLAIN" not in line.esmtp_features.get("auth", ""):
            line.login(user, password)
            return
        # RFC 4616 wants UTF-8 here, of which smtplib knows nothing.
        given = b64encode(f"\0{user}\0{password}".encode()).decode()
        code, words = line.docmd("AUTH", f"PLAIN {given}")
        if code != 235:
            raise smtplib.SMTPAuthenticationError(code, words)

    def _opened(self) -> smtplib.SMTP:
        server, wait = self._server, self._server.timeout_seconds
        own = socket.gethostname() or "localhost"
        if server.security == TLS:
            context = self._context()
            return smtplib.SMTP_SSL(server.host, server.port, own, timeout=wait, context=context)
        return smtplib.SMTP(server.host, server.port, own, timeout=wait)

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._server.ca_file or None)

    def _reset(self, line: smtplib.SMTP, refused: Answer) -> None:
        if refused.outcome is Outcome.NO_SERVER:
            # Who has answered what was not asked may go on like that: begin anew.
            self._drop()
            return
        try:
            line.rset()
        except (smtplib.SMTPException, OSError):
            self._drop()

    def _drop(self) -> None:
        """Close the connection without a word; what the server makes of it is its own affair."""
        if self._line is not None:
            with suppress(OSError):
                self._line.close()
            self._line = None

    def _away(self, error: Exception) -> str:
        """Say why no message can be handed over, and nothing that is secret."""
        place = f"{self._server.host}:{self._server.port}"
        if isinstance(error, smtplib.SMTPAuthenticationError):
            return f"{place} refuses user and password ({error.smtp_code})"
        if isinstance(error, smtplib.SMTPNotSupportedError):
            return f"{place} does not offer what is asked of it: {error}"
        if isinstance(error, smtplib.SMTPResponseException):
            return f"{place} says: {_told(error.smtp_code, error.smtp_error)}"
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"the certificate of {place} is not trusted: {error.verify_message}"
        if isinstance(error, TimeoutError):
            return f"{place} does not answer within {self._server.timeout_seconds} seconds"
        if isinstance(error, socket.gaierror):
            return f"{self._server.host} is no name that can be found"
        if isinstance(error, ValueError) and not isinstance(error, OSError):
            # Its own words may hold a part of the password.
            return (
                f"{place} cannot be reached or signed in to: check its name, the user and the "
                "password for signs that do not belong there"
            )
        return f"{place} cannot be spoken to: {error or type(error).__name__}"


def _refusal(code: int) -> Outcome:
    """Return what it means that this came in the place of a yes, before the end was sent."""
    if 500 <= code < 600:
        return Outcome.REFUSED
    # 421: the service is closing. Else the line broke off, or the answer is to something else.
    return Outcome.LATER if 400 <= code < 500 and code != 421 else Outcome.NO_SERVER


def _told(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return f"{code} {plain}"[:_LONGEST_ANSWER]


def _body(message: bytes) -> bytes:
    """Return a message as it is sent: lines end with CR LF, a dot that begins one is doubled."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", message)
    whole = lines if lines.endswith(b"\r\n") else lines + b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", whole)
