"""Handing a message to a mail server: what came of it is told exactly, and no secret is."""

from __future__ import annotations

import datetime
import ssl
from pathlib import Path

import pytest
from tests.gateways.mail_server import MailServer

from cleanbill.gateways.mail_settings import MailSettings, Server, server_from
from cleanbill.gateways.smtp import PostBox
from cleanbill.nouns.delivery import Answer, Outcome

MESSAGE = b"Subject: x\n\n.dots\n..more\nend\n"


def handed(server: MailServer, **more: object) -> Answer:
    settings = {"host": "127.0.0.1", "port": server.port, "security": "none", **more}
    with PostBox(Server(timeout_seconds=1, **settings)) as box:
        return box.hand_over("a@acme.example", "b@beta.example", MESSAGE)


@pytest.mark.parametrize(
    ("verb", "outcome", "held"),
    [
        ("take", Outcome.TAKEN, 1),
        ("later", Outcome.LATER, 0),
        ("full", Outcome.LATER, 0),
        ("unknown", Outcome.REFUSED, 0),
        ("refuse data", Outcome.REFUSED, 0),
        ("later data", Outcome.LATER, 0),
        ("drop before", Outcome.NO_SERVER, 0),
        ("from refused", Outcome.NO_SERVER, 0),
        ("drop after", Outcome.DOUBTFUL, 1),
        ("silent", Outcome.DOUBTFUL, 1),
        ("cannot verify", Outcome.NO_SERVER, 0),
        ("no data", Outcome.NO_SERVER, 0),
        ("nonsense 354 go on", Outcome.DOUBTFUL, 1),
        ("nonsense 999 what", Outcome.DOUBTFUL, 1),
        ("nonsense what", Outcome.DOUBTFUL, 1),
    ],
)
def test_the_outcome_says_whether_the_server_can_have_it(verb: str, outcome: Outcome, held: int):
    with MailServer([verb]) as server:
        answer = handed(server)
        assert (answer.outcome, len(server.held)) == (outcome, held), answer


def test_the_message_arrives_as_it_was_with_its_dots():
    with MailServer() as server:
        handed(server)
        (kept,) = server.held
    assert kept.content == MESSAGE.replace(b"\n", b"\r\n")
    assert (kept.sender, kept.recipient) == ("a@acme.example", "b@beta.example")


def test_one_connection_serves_many_and_is_renewed_when_it_broke():
    with MailServer(["take", "unknown", "take", "drop after", "take"]) as server:
        place = Server("127.0.0.1", server.port, "none", timeout_seconds=1)
        with PostBox(place) as box:
            said = [
                box.hand_over("a@acme.example", "b@beta.example", MESSAGE).outcome.value
                for _ in range(5)
            ]
    assert said == ["taken", "refused", "taken", "doubtful", "taken"]
    assert server.connections == 2


def test_nobody_there_is_no_fault_of_the_message():
    with MailServer() as server:
        port = server.port
    answer = PostBox(Server("127.0.0.1", port, "none", timeout_seconds=1)).hand_over(
        "a@acme.example", "b@beta.example", MESSAGE
    )
    assert answer.outcome is Outcome.NO_SERVER
    assert f"127.0.0.1:{port} cannot be spoken to" in answer.told


def test_a_wrong_password_is_told_without_it():
    with MailServer(user="me", password="right") as server:
        answer = handed(server, user="me", password="wr0ng-secret")
        assert handed(server, user="me", password="right").outcome is Outcome.TAKEN
    assert answer.outcome is Outcome.NO_SERVER
    assert "refuses user and password (535)" in answer.told
    assert "wr0ng-secret" not in answer.told + repr(Server("h", 1, "tls", "me", "wr0ng-secret"))


def test_a_password_with_letters_beyond_ascii_signs_in_and_is_not_told():
    with MailServer(user="jörg", password="gehe1m-ß") as server:
        assert handed(server, user="jörg", password="gehe1m-ß").outcome is Outcome.TAKEN
        wrong = handed(server, user="jörg", password="falsch-ß")
        server.mechanisms = "CRAM-MD5"
        other = handed(server, user="jörg", password="gehe1m-ß")
    assert (wrong.outcome, other.outcome) == (Outcome.NO_SERVER, Outcome.NO_SERVER)
    assert "refuses user and password" in wrong.told
    assert "check its name, the user and the password" in other.told
    for secret in ("ß", "xdf", "falsch", "gehe"):
        assert secret not in wrong.told + other.told


@pytest.mark.parametrize("host", ["mail..example.com", ".example.com", "a" * 70])
def test_a_host_that_is_no_name_is_no_fault_of_the_message(host: str):
    answer = PostBox(Server(host, 25, "none", timeout_seconds=1)).hand_over("a@a", "b@b", MESSAGE)
    assert answer.outcome is Outcome.NO_SERVER


def test_what_takes_too_long_is_not_ended(monkeypatch: pytest.MonkeyPatch):
    """The lease could run out before the answer comes, and another worker send it, too."""
    monkeypatch.setattr("cleanbill.gateways.smtp._LONGEST_ATTEMPT", -1)
    with MailServer() as server:
        answer = handed(server)
    assert (answer.outcome, server.held) == (Outcome.NO_SERVER, [])


def test_letters_beyond_ascii_in_a_name_need_a_server_that_takes_them():
    with MailServer() as server, PostBox(Server("127.0.0.1", server.port, "none")) as box:
        answer = box.hand_over("a@acme.example", "jörg@beta.example", MESSAGE)
    assert (answer.outcome, server.held) == (Outcome.REFUSED, [])
    assert "SMTPUTF8" in answer.told


def test_starttls_is_used_and_its_certificate_must_be_trusted(tmp_path: Path):
    certificate, key = certified(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with MailServer(context=context) as server:
        stranger = handed(server, security="starttls", host="localhost")
        known = {"security": "starttls", "host": "localhost", "ca_file": str(certificate)}
        trusted = handed(server, **known)
    assert stranger.outcome is Outcome.NO_SERVER
    assert "is not trusted" in stranger.told
    assert trusted.outcome is Outcome.TAKEN
    assert len(server.held) == 1


def test_without_starttls_on_offer_nothing_is_said_in_clear():
    with MailServer(user="me", password="p") as server:
        answer = handed(server, security="starttls", user="me", password="p")
    assert answer.outcome is Outcome.NO_SERVER
    assert not [line for line in server.said if line.startswith(("AUTH", "MAIL"))]


def certified(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for localhost that signs itself; return it and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    places = folder / "cert.pem", folder / "key.pem"
    places[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    places[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain
        )
    )
    return places


HOST = {"CLEANBILL_SMTP_HOST": "mail.example.com"}


def test_settings_are_safe_by_default(tmp_path: Path):
    assert server_from({}) is None
    assert server_from(HOST) == Server("mail.example.com", 587, "starttls")
    secret = tmp_path / "secret"
    secret.write_text("p w\n", encoding="utf-8")
    given = {"CLEANBILL_SMTP_USER": "me", "CLEANBILL_SMTP_PASSWORD_FILE": str(secret)}
    found = server_from({**HOST, **given, "CLEANBILL_SMTP_SECURITY": "tls"})
    assert found == Server("mail.example.com", 465, "tls", "me", "p w")
    assert "p w" not in repr(found)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"CLEANBILL_SMTP_SECURITY": "none"}, "in clear to mail.example.com"),
        ({"CLEANBILL_SMTP_SECURITY": "ssl"}, "expected starttls, tls, none"),
        ({"CLEANBILL_SMTP_PORT": "smtp"}, "CLEANBILL_SMTP_PORT is 'smtp'"),
        ({"CLEANBILL_SMTP_TIMEOUT": "0"}, "from 1 to 300"),
        ({"CLEANBILL_SMTP_USER": "me"}, "belong together"),
        ({"CLEANBILL_SMTP_PASSWORD_FILE": "/nowhere/secret"}, "cannot be read: FileNotFoundError"),
    ],
)
def test_settings_that_make_no_sense_say_so(given: dict[str, str], why: str):
    with pytest.raises(MailSettings, match=why):
        server_from({**HOST, **given})
