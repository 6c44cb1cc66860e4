"""What the customer reads when a bill arrives: from its document alone, in its language.

In: the bill's document, opened. Out: a subject of one line, plain text, and HTML that shows
nothing from elsewhere. No clock, no chance: the same document gives the same letter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cleanbill.formats.mail.page import page
from cleanbill.formats.mail.said import Said, apart
from cleanbill.formats.mail.words import language_of, words_of
from cleanbill.formats.pdf.facts import preceding
from cleanbill.formats.pdf.layout import letterhead
from cleanbill.formats.pdf.payment import payment_box
from cleanbill.formats.pdf.style import GAP, Style, cleaned
from cleanbill.formats.pdf.words import RIGHT_TO_LEFT
from cleanbill.nouns.currency import decimals_of

_LONGEST_SUBJECT = 200


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as its reader sees it."""

    language: str
    subject: str
    text: str
    html: str


def letter(document: Mapping[str, Any]) -> Letter:
    """Return the letter with which a bill goes out."""
    bill = cleaned(document)
    language = language_of(bill.get("language", "en"))
    decimals = int(bill["decimals"]) if "decimals" in bill else decimals_of(bill["currency"])
    said = _said(bill, Style(language, bill["currency"], decimals), words_of(language))
    return Letter(language, said.subject, _plain(said), page(said))


def _said(bill: Mapping[str, Any], style: Style, words: Mapping[str, str]) -> Said:
    """Return everything the letter says, as texts in reading order."""
    kind = "credit_note" if bill["kind"] == "credit_note" else "invoice"
    right_to_left = style.language in RIGHT_TO_LEFT
    head = letterhead(bill, words, style.language)
    box = payment_box(bill, style, words)
    named = {"number": bill["number"], "date": style.date(bill["issue_date"])}
    if right_to_left:
        named = {name: apart(text) for name, text in named.items()}
    contact = [bill["seller"].get("contact", {}).get(key, "") for key in ("name", "phone", "email")]
    asked = ("، " if right_to_left else ", ").join(
        apart(part) if right_to_left else part for part in contact if part
    )
    key = "amount_credited" if kind == "credit_note" else "amount_due"
    question = words["questions"].format(contact=asked) if asked else words["questions_reply"]
    return Said(
        language=style.language,
        right_to_left=right_to_left,
        subject=_subject(words[f"subject_{kind}"], bill),
        title=words[kind],
        greeting=words["greeting"],
        lead=words[f"lead_{kind}"].format(**named),
        headline=words[key],
        amount=style.priced(bill["totals"]["payable"]),
        facts=_facts(bill, style, words, kind),
        payment_title=box.title if box else "",
        payment_text=box.instruction if box else "",
        payment=list(box.rows) if box else [],
        questions=question,
        regards=words["regards"],
        letterhead=head,
    )


def _subject(pattern: str, bill: Mapping[str, Any]) -> str:
    text = pattern.format(number=bill["number"], seller=bill["seller"]["name"])
    return " ".join(text.split())[:_LONGEST_SUBJECT]


def _facts(
    bill: Mapping[str, Any], style: Style, words: Mapping[str, str], kind: str
) -> list[tuple[str, str]]:
    """Return what to know beside the amount: number, dates, the customer's own references."""
    customer = bill.get("customer", {})
    order = bill.get("references", {}).get("purchase_order", "")
    due = bill.get("due_date", "") if kind == "invoice" else ""
    corrected = "; ".join(preceding(bill, style)) if kind == "credit_note" else ""
    rows = [
        (words[f"{kind}_number"], bill["number"]),
        (words["issue_date"], style.date(bill["issue_date"])),
        (words["due_date"], style.date(due) if due else ""),
        (words["corrects"], corrected),
        (words["customer_number"], customer.get("reference", "")),
        (words["buyer_reference"], customer.get("buyer_reference", "")),
        (words["purchase_order"], order if isinstance(order, str) else order["id"]),
    ]
    return [(name, value) for name, value in rows if value]


def _plain(said: Said) -> str:
    """Return the letter as plain text; every fact on a line of its own."""

    def row(name: str, value: str) -> str:
        return f"{name}: {apart(value) if said.right_to_left else value}"

    parts = [
        said.greeting,
        said.lead,
        "\n".join([row(said.headline, said.amount), *(row(*fact) for fact in said.facts)]),
        said.payment_text,
        "\n".join(row(*fact) for fact in said.payment),
        said.questions,
        f"{said.regards}\n{said.letterhead.name}",
        "\n".join(["-- ", *(" · ".join(column) for column in said.letterhead.legal)]),
    ]
    return "\n\n".join(part for part in parts if part).replace(GAP, " ") + "\n"
