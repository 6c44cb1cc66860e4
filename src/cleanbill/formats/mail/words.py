"""Words of letters and of what they say about payment: English, German, Arabic."""

from __future__ import annotations

from cleanbill.formats.pdf.words import words_of as printed_words

LANGUAGES = ("en", "de", "ar")
"""Languages a letter can be written in; the first is the fallback."""
RIGHT_TO_LEFT = frozenset({"ar"})

_LETTER: dict[str, tuple[str, str, str]] = {
    "subject_invoice": (
        "Invoice {number} from {seller}",
        "Rechnung {number} von {seller}",
        "فاتورة {number} من {seller}",
    ),
    "subject_credit_note": (
        "Credit note {number} from {seller}",
        "Rechnungskorrektur {number} von {seller}",
        "إشعار دائن {number} من {seller}",
    ),
    "greeting": ("Good day,", "Guten Tag,", "تحية طيبة،"),
    "lead_invoice": (
        "Your invoice {number} of {date} is attached as a PDF file.",
        "im Anhang finden Sie Ihre Rechnung {number} vom {date} als PDF-Datei.",
        "تجدون مرفقًا فاتورتكم رقم {number} بتاريخ {date} بصيغة PDF.",
    ),
    "lead_credit_note": (
        "Your credit note {number} of {date} is attached as a PDF file.",
        "im Anhang finden Sie Ihre Rechnungskorrektur {number} vom {date} als PDF-Datei.",
        "تجدون مرفقًا إشعاركم الدائن رقم {number} بتاريخ {date} بصيغة PDF.",
    ),
    "questions": (
        "Questions about this bill? Simply reply to this message, or ask: {contact}",
        "Fragen zu diesem Beleg? Antworten Sie einfach auf diese Nachricht, oder fragen Sie: "
        "{contact}",
        "لأي استفسار عن هذا المستند، يكفي الرد على هذه الرسالة أو التواصل مع: {contact}",
    ),
    "questions_reply": (
        "Questions about this bill? Simply reply to this message.",
        "Fragen zu diesem Beleg? Antworten Sie einfach auf diese Nachricht.",
        "لأي استفسار عن هذا المستند، يكفي الرد على هذه الرسالة.",
    ),
    "regards": ("Kind regards", "Freundliche Grüße", "مع أطيب التحيات"),
}

_ARABIC = {
    "invoice": "فاتورة",
    "credit_note": "إشعار دائن",
    "invoice_number": "رقم الفاتورة",
    "credit_note_number": "رقم الإشعار الدائن",
    "issue_date": "التاريخ",
    "due_date": "تاريخ الاستحقاق",
    "customer_number": "رقم العميل",
    "buyer_reference": "مرجعكم",
    "purchase_order": "رقم طلب الشراء",
    "corrects": "تصحيح للفاتورة",
    "amount_due": "المبلغ المستحق",
    "amount_credited": "المبلغ المُقيَّد لصالحكم",
    "payment": "الدفع",
    "refund": "التسوية",
    "holder": "صاحب الحساب",
    "account": "الحساب",
    "means": "وسيلة الدفع",
    "debited": "الحساب المخصوم منه",
    "mandate": "مرجع التفويض",
    "creditor": "معرّف الدائن",
    "card": "البطاقة",
    "card_holder": "حامل البطاقة",
    "reference": "مرجع الدفع",
    "vat_id": "رقم التسجيل الضريبي",
    "tax_number": "الرقم الضريبي",
    "transfer_by": "يُرجى تحويل المبلغ المستحق في موعد أقصاه {date} مع ذكر مرجع الدفع.",
    "early": (
        "خصم {percent} عند الدفع في موعد أقصاه {date}: يُرجى دفع {payable}، أي أقل بمقدار {amount}."
    ),
    "transfer": "يُرجى تحويل المبلغ المستحق الآن مع ذكر مرجع الدفع.",
    "pay_by": "يُرجى دفع المبلغ المستحق في موعد أقصاه {date}.",
    "collected_on": "سنخصم المبلغ المستحق من حسابكم بتاريخ {date}.",
    "collected": "سنخصم المبلغ المستحق من حسابكم.",
    "by_card": "دُفع بالبطاقة.",
    "credited": "قُيِّد هذا المبلغ لصالحكم، وليس عليكم دفع أي شيء.",
    "nothing_due": "لا يُستحق أي مبلغ عن هذا المستند.",
}
ARABIC_MONTHS = (
    *("يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو"),
    *("يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"),
)


def language_of(code: str) -> str:
    """Return the language to write in: ``ar-AE`` is ``ar``, an unknown one is ``en``.

    >>> language_of("ar-AE"), language_of("fr")
    ('ar', 'en')
    """
    main = code.replace("_", "-").split("-")[0].lower()
    return main if main in LANGUAGES else LANGUAGES[0]


def words_of(language: str) -> dict[str, str]:
    """Return all words of a letter in one language, with those that a printed bill has, too."""
    printed = printed_words("en") | _ARABIC if language == "ar" else printed_words(language)
    place = LANGUAGES.index(language)
    return printed | {key: texts[place] for key, texts in _LETTER.items()}
