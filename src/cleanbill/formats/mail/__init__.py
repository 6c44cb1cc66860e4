"""E-mail: from a bill's document to what its customer reads, and on to the bytes of a message.

``letter`` gives subject, plain text and HTML in the language of the document (English, German,
Arabic); ``message`` puts a letter and files into an Internet message (RFC 5322, MIME);
``deliverable`` says whether an address can be written to. Equal input gives equal bytes.
"""

from cleanbill.formats.mail.address import NoAddress, deliverable, domain_of
from cleanbill.formats.mail.letter import Letter, letter
from cleanbill.formats.mail.message import Attached, Envelope, message

__all__ = [
    "Attached",
    "Envelope",
    "Letter",
    "NoAddress",
    "deliverable",
    "domain_of",
    "letter",
    "message",
]
