"""A mail server for tests, on a socket of this machine: it takes, refuses, or drops the line.

It speaks as much SMTP as a client of one message at a time needs (RFC 5321). What it does with each
message is scripted by verbs, one per message; when the script is over it takes what comes.
"""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

REFUSALS = {
    "later": "451 4.3.0 come back later",
    "unknown": "550 5.1.1 <{to}> is not here",
    "full": "452 4.2.2 mailbox full",
    "cannot verify": "252 2.1.5 send some mail, I will try",
}


@dataclass(frozen=True)
class Delivery:
    """A message that the server holds, whether it said so or not."""

    sender: str
    recipient: str
    content: bytes

    @property
    def message(self) -> EmailMessage:
        """The message, parsed."""
        return BytesParser(policy=policy.default).parsebytes(self.content)


@dataclass
class MailServer:
    """Script verbs: ``take``, ``later``, ``unknown``, ``refuse data``, ``drop before``,
    ``drop after`` (the message is there, no answer was given), ``silent``, ``from refused``,
    ``cannot verify`` (252 to a recipient), ``no data`` (250 where 354 belongs), ``nonsense`` and
    the answer to give to a message that is there.
    """

    script: list[str] = field(default_factory=list)
    user: str = ""
    password: str = ""
    mechanisms: str = "PLAIN"
    context: ssl.SSLContext | None = None
    held: list[Delivery] = field(default_factory=list)
    connections: int = 0
    said: list[str] = field(default_factory=list)

    def __enter__(self) -> MailServer:
        """Begin to listen."""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End listening."""
        # Closing alone would not wake who waits for the next connection.
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def ids(self) -> list[str]:
        """Message-IDs of what is held, in the order in which it came."""
        return [d.message["Message-ID"] for d in self.held]

    def environment(self) -> dict[str, str]:
        """What names this server in the environment."""
        return {
            "CLEANBILL_SMTP_HOST": "127.0.0.1",
            "CLEANBILL_SMTP_PORT": str(self.port),
            "CLEANBILL_SMTP_SECURITY": "none",
            "CLEANBILL_SMTP_TIMEOUT": "2",
            "CLEANBILL_MAIL_FROM": "billing@acme.example",
        }

    def _listen(self) -> None:
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._quietly, args=(line,), daemon=True).start()

    def _quietly(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError, EOFError):
            self._serve(line)
        line.close()

    def _serve(self, line: socket.socket) -> None:
        file = line.makefile("rwb", buffering=0)
        sender = recipient = verb = ""

        def say(text: str) -> None:
            file.write(f"{text}\r\n".encode())

        say("220 test ready")
        while words := file.readline():
            text = words.decode("utf-8").rstrip("\r\n")
            command = text.upper()
            self.said.append(text)
            if command.startswith("EHLO"):
                offers = ["SIZE 50000000", "8BITMIME"]
                offers += (
                    ["STARTTLS"] if self.context and not isinstance(line, ssl.SSLSocket) else []
                )
                offers += [f"AUTH {self.mechanisms}"] if self.user else []
                for place, offer in enumerate(["test", *offers]):
                    say(f"250{' ' if place == len(offers) else '-'}{offer}")
            elif command == "STARTTLS" and self.context:
                say("220 go on")
                line = self.context.wrap_socket(line, server_side=True)
                file = line.makefile("rwb", buffering=0)
            elif command.startswith("AUTH PLAIN"):
                import base64

                given = base64.b64decode(text.split(" ")[2]).decode().split("\0")[1:]
                say("235 welcome" if given == [self.user, self.password] else "535 5.7.8 no")
            elif command.startswith("AUTH CRAM-MD5"):
                say("334 PDE+")
            elif command.startswith("MAIL FROM"):
                verb = self.script.pop(0) if self.script else "take"
                sender = re.findall("<(.*?)>", text)[0]
                say("550 5.7.1 not from you" if verb == "from refused" else "250 ok")
            elif command.startswith("RCPT TO"):
                recipient = re.findall("<(.*?)>", text)[0]
                say(REFUSALS[verb].format(to=recipient) if verb in REFUSALS else "250 ok")
            elif command == "DATA":
                if verb == "drop before":
                    return
                if verb == "no data":
                    say("250 ok")
                    continue
                say("354 go on")
                content = self._data(file)
                if verb == "refuse data":
                    say("554 5.6.0 no such message")
                    continue
                if verb == "later data":
                    say("421 4.3.2 closing")
                    return
                self.held.append(Delivery(sender, recipient, content))
                if verb.startswith("nonsense"):
                    say(verb.removeprefix("nonsense "))
                    continue
                if verb == "drop after":
                    return
                if verb == "silent":
                    file.read(1)
                    return
                say("250 2.0.0 kept")
            elif command == "QUIT":
                say("221 bye")
                return
            else:
                say("250 ok")

    def _data(self, file: socket.SocketIO) -> bytes:
        lines = []
        while (line := file.readline()) != b".\r\n":
            if not line:
                raise EOFError
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)
