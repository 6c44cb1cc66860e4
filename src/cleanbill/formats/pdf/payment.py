"""What to do about the amount of a bill: transfer it, see it collected, or nothing at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cleanbill.formats.pdf.style import GAP, Style, is_zero


@dataclass(frozen=True, slots=True)
class Payment:
    """The box that says what to do: a text and the facts to copy into a bank's form."""

    title: str
    instruction: str
    rows: list[tuple[str, str]] = field(default_factory=list)


def payment_box(
    document: Mapping[str, Any], style: Style, words: Mapping[str, str]
) -> Payment | None:
    """Return what to do about the amount, or nothing where there is nothing to do (cash)."""
    payable: str = document["totals"]["payable"]
    payment: Mapping[str, Any] = document.get("payment", {})
    reference = [(words["reference"], payment.get("reference", ""))]
    if document["kind"] == "credit_note" or payable.startswith("-"):
        # The seller's account would tell the customer to pay here.
        return Payment(words["refund"], words["credited"], _filled(reference))
    if is_zero(payable):
        return Payment(words["payment"], words["nothing_due"])
    rows = _filled([*_means(document, payment, words), *reference])
    sentence = _sentence(document, payment, style, words)
    early = [_early(step, style, words) for step in payment.get("early_discounts", ())]
    text = "\n".join(filter(None, (*early, sentence, payment.get("terms", ""))))
    return Payment(words["payment"], text, rows) if text or rows else None


def iban_groups(iban: str) -> str:
    """Return an IBAN in groups of four, as banks print it."""
    bare = iban.replace(" ", "")
    return GAP.join(bare[start : start + 4] for start in range(0, len(bare), 4))


def _early(step: Mapping[str, Any], style: Style, words: Mapping[str, str]) -> str:
    """Say what is left to pay, and until when, for whoever pays early."""
    amounts = {key: style.priced(step[key]) for key in ("payable", "amount")}
    percent, day = style.percent(step["percent"]), style.date(step["date"])
    return words["early"].format(percent=percent, date=day, **amounts)


def _sentence(
    document: Mapping[str, Any],
    payment: Mapping[str, Any],
    style: Style,
    words: Mapping[str, str],
) -> str:
    due = document.get("due_date", "")
    dated = bool(due) and due != document["issue_date"]
    if "mandate" in payment:
        key = "collected_on" if due else "collected"
    elif "card" in payment:
        key = "by_card"
    elif payment.get("iban") or payment.get("account"):
        key = "transfer_by" if dated else "transfer"
    elif dated:
        key = "pay_by"
    else:
        return ""
    return words[key].format(date=style.date(due) if due else "")


def _means(
    document: Mapping[str, Any], payment: Mapping[str, Any], words: Mapping[str, str]
) -> list[tuple[str, str]]:
    """Return the facts of the first means that applies: a debit, a card, or the accounts."""
    if "mandate" in payment:
        mandate = payment["mandate"]
        return [
            (words["debited"], iban_groups(mandate.get("iban", ""))),
            (words["mandate"], mandate.get("reference", "")),
            (words["creditor"], mandate.get("creditor", "")),
        ]
    if "card" in payment:
        card = payment["card"]
        return [(words["card"], card["number"]), (words["card_holder"], card.get("holder", ""))]
    rows = [(words["means"], payment.get("means_text", ""))]
    for number, account in enumerate([payment, *payment.get("further_accounts", ())]):
        if not (account.get("iban") or account.get("account")):
            continue
        payee = document.get("payee", {}).get("name", "") if number == 0 else ""
        rows += [
            (words["holder"], account.get("holder", "") or payee),
            ("IBAN", iban_groups(account.get("iban", ""))),
            (words["account"], account.get("account", "")),
            ("BIC", account.get("bic", "")),
        ]
    return rows


def _filled(rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in rows if value]
