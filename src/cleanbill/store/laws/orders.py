"""Laws of purchase orders: whose they are, what draws on them, and what credits give back."""

from __future__ import annotations

from cleanbill.store.laws.law import Law, bill_named

_LINE = bill_named("n.bill_id") + " || ' line ' || n.line"

ORDERS: tuple[Law, ...] = (
    Law(
        "ORDER-OWNER",
        "A line draws on a purchase order of its bill's customer, in its currency; one that its "
        "charge names, unless agreement or policy chose it.",
        f"SELECT {_LINE} FROM bill_line n LEFT JOIN bill b ON b.id = n.bill_id "
        "LEFT JOIN purchase_order o ON o.id = n.purchase_order_id "
        "AND o.organisation_id = n.organisation_id LEFT JOIN charge c ON c.id = n.charge_id "
        "WHERE n.organisation_id = %s AND n.purchase_order_id IS NOT NULL "
        "AND (o.id IS NULL OR b.customer IS NULL OR b.customer <> o.customer "
        "OR b.currency <> o.currency OR (b.kind = 'invoice' AND n.order_by IS NULL "
        "AND COALESCE(c.purchase_order, '') <> o.purchase_order))",
    ),
    Law(
        "ORDER-DRAWN",
        "What is drawn of a purchase order is every invoiced line whose charge names it, of those "
        "that came after the order.",
        f"SELECT {_LINE} FROM purchase_order o JOIN purchase_order_version v "
        "ON v.order_id = o.id AND v.version = 1 "
        "JOIN charge c ON c.organisation_id = o.organisation_id AND c.customer = o.customer "
        "AND c.purchase_order = o.purchase_order AND c.currency = o.currency "
        "AND c.source_file > v.source_file "
        "JOIN charge_link l ON l.charge_id = c.id AND l.kind = 'billed' "
        "JOIN bill_line n ON n.bill_id = l.bill_id AND n.line = l.line "
        "JOIN bill b ON b.id = n.bill_id WHERE o.organisation_id = %s AND b.kind = 'invoice' "
        "AND COALESCE(n.purchase_order_id, 0) <> o.id",
    ),
    Law(
        "ORDER-RETURN",
        "A credit gives back to the purchase order that the line which it reverses drew on, and "
        "to no other.",
        f"SELECT {_LINE} FROM bill_line n LEFT JOIN bill_line i ON i.bill_id = n.credits_bill_id "
        "AND i.line = n.credits_line WHERE n.organisation_id = %s "
        "AND n.credits_bill_id IS NOT NULL "
        "AND COALESCE(n.purchase_order_id, 0) <> COALESCE(i.purchase_order_id, 0) UNION "
        f"SELECT {_LINE} FROM bill_line n JOIN bill b ON b.id = n.bill_id "
        "WHERE n.organisation_id = %s AND n.purchase_order_id IS NOT NULL "
        "AND n.credits_bill_id IS NULL AND b.kind <> 'invoice'",
    ),
)
