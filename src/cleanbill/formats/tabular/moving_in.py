"""The columns of files that come from the system before this one: its bills, and what is open.

Every system calls its columns otherwise, so that these go by other names, too.
"""

from __future__ import annotations

from cleanbill.formats.tabular.fields import Field, Type, key, known_as

_CUSTOMER = (
    *("customer id", "customer no", "customer number", "client", "account", "debtor"),
    *("kunde", "kundennummer", "kunden nr"),
)
_BILL = (
    *("invoice", "invoice no", "invoice number", "invoice id", "bill no", "bill number"),
    *("document", "document no", "document number", "number", "rechnung", "rechnungsnummer"),
)
_DAY = ("invoice date", "bill date", "issue date", "document date", "rechnungsdatum", "datum")

OLD_BILLS: tuple[Field, ...] = (
    known_as(key("bill"), *_BILL),
    known_as(Field("kind", Type.CHOICE, choices=("invoice", "credit_note")), "document type"),
    known_as(Field("date", Type.DATE), *_DAY),
    known_as(Field("service_date", Type.DATE), "delivery date", "leistungsdatum"),
    known_as(Field("customer"), *_CUSTOMER),
    known_as(Field("order"), "order no", "order number", "auftrag", "auftragsnummer"),
    known_as(Field("reference"), "charge", "source reference"),
    known_as(
        Field("item"),
        *("item no", "item number", "sku", "article", "article no", "product", "product code"),
        *("stock code", "artikel", "artikelnummer"),
    ),
    known_as(Field("description"), "text", "bezeichnung", "beschreibung"),
    known_as(Field("quantity", Type.QUANTITY), "qty", "menge"),
    known_as(Field("unit_price", Type.PRICE), "price", "einzelpreis", "preis"),
    known_as(
        Field("net", Type.MONEY), "net amount", "line net", "net total", "netto", "nettobetrag"
    ),
    known_as(
        Field("tax_rate", Type.PERCENT), "tax percent", "vat rate", "vat percent", "steuersatz"
    ),
    known_as(Field("tax_category"), "vat category", "tax code"),
    known_as(Field("tax", Type.MONEY), "tax amount", "vat", "vat amount", "ust", "mwst", "steuer"),
    known_as(
        Field("gross", Type.MONEY),
        *("gross amount", "gross total", "total gross", "brutto", "bruttobetrag"),
    ),
    known_as(Field("bill_total", Type.MONEY), "invoice total", "rechnungsbetrag"),
    Field("currency", Type.CURRENCY),
)
"""What another system billed: one row per line, or one per bill."""

OPEN_ITEMS: tuple[Field, ...] = (
    known_as(key("number"), "bill", *(name for name in _BILL if name != "number")),
    known_as(key("customer"), *_CUSTOMER),
    known_as(Field("date", Type.DATE, needed=True, filled=True), *_DAY),
    known_as(Field("due", Type.DATE), "due date", "fällig", "fälligkeit"),
    known_as(
        Field("open_amount", Type.MONEY, needed=True, filled=True),
        *("open", "amount open", "amount due", "balance", "offen", "offener betrag"),
    ),
    Field("currency", Type.CURRENCY),
)
"""What customers still owe, or are owed (negative), from before."""
