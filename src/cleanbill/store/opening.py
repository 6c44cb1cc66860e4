"""Documents opened: the record of a bill with what is sealed in it readable, for people."""

from __future__ import annotations

from cleanbill.formats import bill_json
from cleanbill.store.party_keys import unsealer


def opened_document(
    organisation_id: int, party: str | None, document: bill_json.Document
) -> bill_json.Document:
    """Return a document of this party (None: a cash sale) opened, with ``[erased]`` where it must.

    A document with nothing sealed comes back as it is and needs no key. Raises MasterKeyError,
    BrokenSeal.
    """
    return bill_json.opened(document, unsealer(organisation_id, party))


def opened_text(organisation_id: int, party: str | None, text: str) -> str:
    """Return a document's text, canonical again, with what is sealed in it opened."""
    return bill_json.canonical(opened_document(organisation_id, party, bill_json.read(text)))
