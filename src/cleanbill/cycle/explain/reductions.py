"""Explain reductions: the document discount, coupons and retainers, of bill and line."""

from __future__ import annotations

from decimal import Decimal

from cleanbill.cycle.explain.step import Row, Step, plain
from cleanbill.formats.bill_json import Document


def reduction(allowance: Row) -> str:
    """Name what takes an allowance off a bill."""
    if "prepaid_by" in allowance:
        rest = f", {allowance['left']} left" if "left" in allowance else ""
        return f"retainer {allowance['coupon']} (billed with {allowance['prepaid_by']}{rest})"
    return f"coupon {allowance['coupon']}" if "coupon" in allowance else "discount"


def reduction_steps(document: Document, line: Row) -> Step:
    """Return what the reductions of the bill take off a line: the discount, then each coupon."""
    share = Decimal(line["document_discount_share"])
    coupons = line.get("coupon_shares", ())
    flat = share - sum((Decimal(c["amount"]) for c in coupons), Decimal(0))
    back = document["kind"] == "credit_note"
    how = "what the reversed line's share held of it" if back else "its share, by what was left"
    discount = (Step("document discount", plain(flat), "its share, by net"),) if flat else ()
    paid = {row["coupon"] for row in document.get("allowances", ()) if "prepaid_by" in row}
    named = tuple(
        Step(f"{'retainer' if c['coupon'] in paid else 'coupon'} {c['coupon']}", c["amount"], how)
        for c in coupons
    )
    says = "taken off before tax; the net stays"
    return Step("share of reductions", plain(share), says, (*discount, *named))
