"""The end of a bill as rows of text: tax summary, totals, and how it is to be paid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cleanbill.formats.pdf.lines import tax_label
from cleanbill.formats.pdf.style import GAP, Style, is_zero, negated


@dataclass(frozen=True, slots=True)
class TaxRow:
    """One tax group: its code and rate, what it is charged on, and why."""

    code: str
    rate: str
    base: str
    tax: str
    note: str


@dataclass(frozen=True, slots=True)
class TotalRow:
    """One row of the totals; ``tax`` names the group a discount belongs to."""

    name: str
    value: str
    tax: str = ""
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Payment:
    """The box that says what to do: a sentence and the facts to copy into a bank's form."""

    title: str
    instruction: str
    rows: list[tuple[str, str]] = field(default_factory=list)
    """Name and value; values named in ``copied`` are set so that they can be copied."""


def tax_rows(document: Mapping[str, Any], style: Style) -> list[TaxRow]:
    """Return the tax summary; the reason no tax is charged and the law stand below a row."""
    rows = []
    for group in document.get("taxes", ()):
        reason = group.get("reason") or group.get("reason_code", "")
        law = group.get("law", "")
        note = f"{reason} ({law})" if reason and law else reason or law
        rows.append(
            TaxRow(
                code=group.get("category", ""),
                rate=style.percent(group["rate_percent"]) if "rate_percent" in group else "",
                base=style.money(group["base"]),
                tax=style.money(group["tax"]),
                note=note,
            )
        )
    return rows


def total_rows(
    document: Mapping[str, Any], style: Style, words: Mapping[str, str], tax_name: str
) -> list[TotalRow]:
    """Return the rows above the amount due; rows that would only repeat another are left out."""
    totals, allowances = document["totals"], document.get("allowances", ())
    rows = []
    if allowances or not is_zero(totals.get("document_discount", "0")):
        rows.append(TotalRow(words["lines_net"], style.money(totals["lines_net"])))
        rows += [_allowance_row(allowance, style, words) for allowance in allowances]
        if not allowances:
            discount = negated(totals["document_discount"])
            rows.append(TotalRow(words["document_discount"], style.money(discount)))
    rows.append(TotalRow(words["net_total"], style.money(totals["net"])))
    rows.append(TotalRow(_tax_total_name(document, style, tax_name), style.money(totals["tax"])))
    rounding = totals.get("rounding", "0")
    if not is_zero(rounding):
        rows.append(TotalRow(words["gross"], style.money(totals["gross"]), strong=True))
        rows.append(TotalRow(words["rounding"], style.money(rounding)))
    return rows


def payment_box(
    document: Mapping[str, Any], style: Style, words: Mapping[str, str]
) -> Payment | None:
    """Return what to do about the amount, or nothing where there is nothing to do (cash)."""
    payable: str = document["totals"]["payable"]
    payment: Mapping[str, Any] = document.get("payment", {})
    if document["kind"] == "credit_note" or payable.startswith("-"):
        # The seller's account would tell the customer to pay here.
        rows = [(words["reference"], payment["reference"])] if payment.get("reference") else []
        return Payment(words["refund"], words["credited"], rows)
    if is_zero(payable):
        return Payment(words["payment"], words["nothing_due"])
    rows = _bank_rows(payment, words)
    due = document.get("due_date", "")
    dated = bool(due) and due != document["issue_date"]
    if payment.get("iban"):
        sentence = words["transfer_by" if dated else "transfer"]
    elif dated:
        sentence = words["pay_by"]
    elif rows:
        sentence = ""
    else:
        return None
    return Payment(words["payment"], sentence.format(date=style.date(due) if dated else ""), rows)


def iban_groups(iban: str) -> str:
    """Return an IBAN in groups of four, as banks print it."""
    bare = iban.replace(" ", "")
    return GAP.join(bare[start : start + 4] for start in range(0, len(bare), 4))


def _bank_rows(payment: Mapping[str, Any], words: Mapping[str, str]) -> list[tuple[str, str]]:
    rows = [
        (words["holder"], payment.get("holder", "") if payment.get("iban") else ""),
        ("IBAN", iban_groups(payment.get("iban", ""))),
        ("BIC", payment.get("bic", "")),
        (words["bank"], payment.get("bank", "")),
        (words["reference"], payment.get("reference", "")),
    ]
    return [(name, value) for name, value in rows if value]


def _allowance_row(
    allowance: Mapping[str, Any], style: Style, words: Mapping[str, str]
) -> TotalRow:
    reason = allowance.get("reason", "")
    if reason in ("", "Document discount"):  # the engine's own word, not something a person wrote
        reason = words["document_discount"]
    if "percent" in allowance:
        reason = f"{reason} {style.percent(allowance['percent'])}"
    return TotalRow(
        reason,
        style.money(negated(allowance["amount"])),
        tax_label(allowance.get("tax", {}), style),
    )


def _tax_total_name(document: Mapping[str, Any], style: Style, tax_name: str) -> str:
    groups = document.get("taxes", ())
    if len(groups) == 1 and groups[0].get("category") == "S":
        return f"{tax_name} {style.percent(groups[0]['rate_percent'])}"
    return tax_name
