"""Blocking checks that nobody may waive: what the law forbids, and what is no bill without it.

By code, in words that finish the sentence "it may not be waived: ...". Any other blocking check
may be waived, with a reason, by a person, for a time.
"""

from __future__ import annotations

_NO_AMOUNT = "without it the line has no amount"
_NO_TAX = "without it nobody can tell the tax"
_SAYS_WHO = "an invoice must show the customer's full name and address"

FIRM: dict[str, str] = {
    "CB-CHG-003": _NO_AMOUNT,
    "CB-CHG-004": "no net price may be below zero (EN 16931-1 BR-27)",
    "CB-CHG-006": f"{_SAYS_WHO} (Directive 2006/112/EC Art. 226(5))",
    "CB-CHG-007": _NO_TAX,
    "CB-CHG-008": f"{_SAYS_WHO} (Directive 2006/112/EC Art. 226(5))",
    "CB-CHG-009": "an invoice must show the day of supply (Directive 2006/112/EC Art. 226(7))",
    "CB-CHG-013": "a credit note names the invoice it amends (Directive 2006/112/EC Art. 219)",
    "CB-CHG-014": "no more can be credited than was billed",
    "CB-CHG-016": _NO_AMOUNT,
    "CB-CHG-020": "a sale that is not billed cannot be credited",
    "CB-CHG-023": "the program could not make this bill",
    "CB-CHG-024": "no discount lies outside 0 and 100 %",
    "CB-CHG-028": "a period may not end before it begins (EN 16931-1 BR-30)",
    "CB-CHG-031": "an invoice must show the day of supply (Directive 2006/112/EC Art. 226(7))",
    "CB-CHG-035": "a credit returns what was asked for, in the same money",
    "CB-CHG-038": _NO_AMOUNT,
    "CB-CHG-040": _NO_TAX,
    "CB-CHG-042": _NO_TAX,
    "CB-CHG-043": _NO_AMOUNT,
    "CB-CUS-001": f"{_SAYS_WHO} (Directive 2006/112/EC Art. 226(5))",
    "CB-CUS-002": "the customer owes the tax only under its VAT id "
    "(Directive 2006/112/EC Art. 226(4))",
    "CB-CUS-004": _NO_TAX,
    "CB-AGR-002": "nobody can tell which of the two agreements holds",
    "CB-AGR-005": "no discount lies outside 0 and 100 %",
    "CB-PRC-001": _NO_AMOUNT,
    "CB-PRC-002": "nobody can tell which of the two prices holds",
    "CB-PRC-004": "nobody can tell which of the prices holds",
    "CB-PRC-012": "no amount can keep to both limits",
    "CB-PRC-013": _NO_AMOUNT,
    "CB-TAX-001": _NO_TAX,
    "CB-TAX-003": _NO_TAX,
    "CB-TAX-004": _NO_TAX,
    "CB-TAX-005": "who is not registered may not charge the tax",
    "CB-TAX-006": _NO_TAX,
    "CB-TAX-013": "goods go untaxed only to a VAT id of another member state "
    "(Directive 2006/112/EC Art. 138(1)(b))",
    "CB-TAX-014": "such a bill must show the seller's VAT id (Directive 2006/112/EC Art. 226(3))",
    "CB-RTN-002": "what later bills have drawn would be returned twice",
    **dict.fromkeys((f"CB-TAX-{n:03}" for n in range(15, 21)), _NO_TAX),
    "CB-DOC-001": "who returns more than is asked for issues a credit note",
    "CB-DOC-003": "such a total cannot be booked",
    "CB-DOC-004": "nothing is due before it is issued",
    "CB-TRM-001": "terms that cannot be charged give no charge",
    "CB-TRM-002": "terms without a price give no charge",
    **dict.fromkeys(
        ("CB-SYS-001", "CB-SYS-002", "CB-SYS-003"), "what it would have said is not known"
    ),
}
