"""Words a printed bill speaks, by language: labels, sentences, months and units of measure.

English and German here, Arabic in ``words_ar``; any other language falls back to English. Units
are the codes of UN/ECE Recommendation 20 (and 21, packages), each with its word for one and for
many.
"""

from __future__ import annotations

from cleanbill.formats.pdf import words_ar

LANGUAGES = ("en", "de", "ar")
"""Languages a bill can be printed in; the first is the fallback."""
RIGHT_TO_LEFT = frozenset({"ar"})
"""Languages that are written from right to left."""

_WORDS: dict[str, tuple[str, str]] = {
    "invoice": ("Invoice", "Rechnung"),
    "credit_note": ("Credit note", "Rechnungskorrektur"),
    "invoice_number": ("Invoice number", "Rechnungsnummer"),
    "credit_note_number": ("Credit note number", "Belegnummer"),
    "issue_date": ("Date", "Datum"),
    "due_date": ("Due date", "Fällig am"),
    "service_period": ("Service period", "Leistungszeitraum"),
    "service_date": ("Service date", "Leistungsdatum"),
    "customer_number": ("Customer number", "Kundennummer"),
    "buyer_reference": ("Your reference", "Ihr Zeichen"),
    "purchase_order": ("Your purchase order", "Ihre Bestellung"),
    "order": ("Order", "Auftrag"),
    "contract": ("Contract", "Vertrag"),
    "delivery": ("Delivery note", "Lieferschein"),
    "cost_centre": ("Cost centre", "Kostenstelle"),
    "customer_vat_id": ("Your VAT number", "Ihre USt-IdNr."),
    "deliver_to": ("Delivered to", "Lieferung an"),
    "customer": ("Customer", "Kunde"),
    "delivery_date": ("Delivery date", "Lieferdatum"),
    "tax_point_date": ("Tax point", "Steuerzeitpunkt"),
    "project": ("Project", "Projekt"),
    "tender": ("Tender", "Vergabenummer"),
    "receiving_advice": ("Goods received", "Wareneingang"),
    "object": ("Object", "Objekt"),
    "tax_representative": ("Tax representative", "Fiskalvertreter"),
    "contact": ("Contact", "Kontakt"),
    "corrects": ("Corrects", "Korrigiert"),
    "preceding": ("Preceding bill", "Bezug"),
    "reason": ("Reason", "Grund"),
    "position": ("No.", "Pos."),
    "description": ("Description", "Bezeichnung"),
    "quantity": ("Quantity", "Menge"),
    "unit_price": ("Unit price", "Einzelpreis"),
    "discount": ("Disc.", "Rabatt"),
    "net": ("Net", "Netto"),
    "with_tax": ("Incl. tax", "Brutto"),
    "tax_included": ("Tax in these prices", "Darin enthaltene Steuer"),
    "prices_include_tax": (
        "The prices of the lines include tax.",
        "Die Preise der Positionen enthalten die Steuer.",
    ),
    "withheld": ("Withheld by you", "Von Ihnen einbehalten"),
    "retained": (
        "You withhold this tax and pay it to the tax office.",
        "Diese Steuer behalten Sie ein und führen sie an das Finanzamt ab.",
    ),
    "informative": ("For information only.", "Nur zur Information."),
    "compound": (
        "Charged on the net and the taxes above.",
        "Auf den Nettobetrag und die Steuern darüber.",
    ),
    "item": ("Item", "Artikel"),
    "buyer_item": ("your item", "Ihr Artikel"),
    "purchase_order_line": ("order line", "Bestellpos."),
    "per": ("per", "je"),
    "credits_line": ("credits line {line} of {number}", "Gutschrift zu Pos. {line} von {number}"),
    "bundle": ("bundle", "Paket"),
    "in_bundle": ("part of {bundle}", "Teil von {bundle}"),
    "billed_quantity": ("billed as {quantity}", "berechnet als {quantity}"),
    "graduated": ("graduated price", "Staffelpreis"),
    "volume": ("volume price", "Mengenstaffelpreis"),
    "package": ("package price", "Paketpreis"),
    "flat": ("flat price", "Pauschalpreis"),
    "percentage": ("percentage price", "prozentualer Preis"),
    "carried": ("Carried forward", "Übertrag"),
    "brought": ("Brought forward", "Übertrag"),
    "lines_net": ("Total of lines", "Summe der Positionen"),
    "document_discount": ("Document discount", "Belegrabatt"),
    "document_charge": ("Surcharge", "Zuschlag"),
    "prepaid_left": ("{number}, left:\u00a0{left}", "{number}, Rest:\u00a0{left}"),
    "line_allowance": ("allowance", "Nachlass"),
    "line_charge": ("surcharge", "Zuschlag"),
    "prepaid": ("Already paid", "Bereits gezahlt"),
    "tax_accounting": ("Tax in total", "Steuer gesamt"),
    "exchange_rate": ("rate", "Kurs"),
    "net_total": ("Net total", "Nettobetrag"),
    "gross": ("Total", "Gesamtbetrag"),
    "rounding": ("Rounding", "Rundung"),
    "amount_due": ("Amount due", "Zahlbetrag"),
    "amount_credited": ("Amount credited", "Gutgeschriebener Betrag"),
    "tax_summary": ("Tax summary", "Steuerübersicht"),
    "code": ("Code", "Code"),
    "rate": ("Rate", "Satz"),
    "vat": ("VAT", "USt"),
    "vat_total": ("VAT", "Umsatzsteuer"),
    "tax": ("Tax", "Steuer"),
    "tax_total": ("Tax", "Steuer"),
    "vat_id": ("VAT number", "USt-IdNr."),
    "tax_number": ("Tax number", "Steuernummer"),
    "payment": ("Payment", "Zahlung"),
    "refund": ("Settlement", "Ausgleich"),
    "holder": ("Account holder", "Kontoinhaber"),
    "account": ("Account", "Konto"),
    "means": ("Means of payment", "Zahlungsart"),
    "debited": ("Account debited", "Belastetes Konto"),
    "mandate": ("Mandate", "Mandatsreferenz"),
    "creditor": ("Creditor identifier", "Gläubiger-ID"),
    "card": ("Card", "Karte"),
    "card_holder": ("Card holder", "Karteninhaber"),
    "attachments": ("Attached", "Anlagen"),
    "reference": ("Reference", "Verwendungszweck"),
    "notes": ("Notes", "Hinweise"),
    "page": ("Page {page} of {pages}", "Seite {page} von {pages}"),
    "transfer_by": (
        "Please transfer the amount due by {date}, quoting the reference.",
        "Bitte überweisen Sie den Zahlbetrag bis zum {date} unter Angabe des Verwendungszwecks.",
    ),
    "early": (
        "{percent} discount if paid by {date}: please pay {payable}, {amount} less.",
        "{percent} Skonto bei Zahlung bis zum {date}: bitte zahlen Sie {payable}, "
        "{amount} weniger.",
    ),
    "transfer": (
        "Please transfer the amount due now, quoting the reference.",
        "Bitte überweisen Sie den Zahlbetrag sofort unter Angabe des Verwendungszwecks.",
    ),
    "pay_by": (
        "Please pay the amount due by {date}.",
        "Bitte zahlen Sie den Zahlbetrag bis zum {date}.",
    ),
    "collected_on": (
        "We collect the amount due from your account on {date}.",
        "Wir ziehen den Zahlbetrag am {date} von Ihrem Konto ein.",
    ),
    "collected": (
        "We collect the amount due from your account.",
        "Wir ziehen den Zahlbetrag von Ihrem Konto ein.",
    ),
    "by_card": ("Paid by card.", "Mit Karte bezahlt."),
    "credited": (
        "We credit this amount to you; there is nothing for you to pay.",
        "Wir schreiben Ihnen diesen Betrag gut; Sie müssen nichts bezahlen.",
    ),
    "nothing_due": (
        "Nothing is due on this bill.",
        "Aus diesem Beleg ist nichts zu zahlen.",
    ),
}

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
"""English month names; German dates are written in figures, Arabic months are in ``words_ar``."""

_UNITS: dict[str, tuple[str, str, str, str]] = {
    "DAY": ("day", "days", "Tag", "Tage"),
    "WEE": ("week", "weeks", "Woche", "Wochen"),
    "MON": ("month", "months", "Monat", "Monate"),
    "QAN": ("quarter", "quarters", "Quartal", "Quartale"),
    "ANN": ("year", "years", "Jahr", "Jahre"),
    "SET": ("set", "sets", "Satz", "Sätze"),
    "PR": ("pair", "pairs", "Paar", "Paar"),
    "ACT": ("activity", "activities", "Vorgang", "Vorgänge"),
    "IE": ("person", "persons", "Pers.", "Pers."),
    "E48": ("unit", "units", "Einheit", "Einheiten"),
    "XBX": ("box", "boxes", "Karton", "Kartons"),
    "XBO": ("bottle", "bottles", "Flasche", "Flaschen"),
    "XPK": ("pack", "packs", "Paket", "Pakete"),
    "XPX": ("pallet", "pallets", "Palette", "Paletten"),
    "XRO": ("roll", "rolls", "Rolle", "Rollen"),
}
_UNITS |= {
    code: (en, en, de, de)
    for code, en, de in (
        ("C62", "pcs", "Stk."),
        ("H87", "pcs", "Stk."),
        ("EA", "pcs", "Stk."),
        ("NAR", "pcs", "Stk."),
        ("DZN", "doz.", "Dtzd."),
        ("CEN", "hundred", "Hdt."),
        ("MIL", "thsd.", "Tsd."),
        ("LS", "lump sum", "pausch."),
        ("HUR", "h", "Std."),
        ("MIN", "min", "Min."),
        ("SEC", "s", "Sek."),
        ("LM", "lin. m", "lfm"),
        ("FOT", "ft", "Fuß"),
        ("INH", "in", "Zoll"),
    )
}
_SIGNS = (
    "KGM=kg GRM=g MGM=mg TNE=t LBR=lb ONZ=oz MTR=m CMT=cm MMT=mm KMT=km KTM=km SMI=mi YRD=yd "
    "MTK=m² CMK=cm² HAR=ha FTK=ft² MTQ=m³ LTR=l MLT=ml HLT=hl GLL=gal KWH=kWh MWH=MWh GWH=GWh "
    "WHR=Wh KWT=kW MAW=MW KVA=kVA AMP=A VLT=V 3B=MJ GV=GJ AD=B 2P=kB 4L=MB E34=GB E35=TB P1=%"
)
_UNITS |= {
    code: (sign, sign, sign, sign) for code, sign in (pair.split("=") for pair in _SIGNS.split(" "))
}


def language_of(code: str) -> str:
    """Return the language to print in: ``de-AT`` is ``de``, an unknown one is ``en``."""
    main = code.replace("_", "-").split("-")[0].lower()
    return main if main in LANGUAGES else LANGUAGES[0]


def words_of(language: str) -> dict[str, str]:
    """Return all labels and sentences in one language."""
    if language == "ar":
        return dict(words_ar.WORDS)
    place = LANGUAGES.index(language)
    return {key: texts[place] for key, texts in _WORDS.items()}


def unit_word(code: str, quantity: str, language: str) -> str:
    """Return the word for a unit code, fitting the quantity; an unknown code stays as it is.

    >>> unit_word("MON", "1", "en"), unit_word("MON", "3", "de"), unit_word("X9", "1", "en")
    ('month', 'Monate', 'X9')
    """
    if code not in _UNITS:
        return code
    if language == "ar":
        return words_ar.UNITS.get(code, _UNITS[code][0])
    many = 0 if quantity.lstrip("-") == "1" else 1
    return _UNITS[code][2 * LANGUAGES.index(language) + many]
