"""Words of letters and of what they say about payment: English, German, Arabic."""

from __future__ import annotations

from cleanbill.formats.pdf.words import words_of as printed_words

LANGUAGES = ("en", "de", "ar")
"""Languages a letter can be written in; the first is the fallback."""

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


def language_of(code: str) -> str:
    """Return the language to write in: ``ar-AE`` is ``ar``, an unknown one is ``en``.

    >>> language_of("ar-AE"), language_of("fr")
    ('ar', 'en')
    """
    main = code.replace("_", "-").split("-")[0].lower()
    return main if main in LANGUAGES else LANGUAGES[0]


def words_of(language: str) -> dict[str, str]:
    """Return all words of a letter in one language, with those that a printed bill has, too."""
    place = LANGUAGES.index(language)
    return printed_words(language) | {key: texts[place] for key, texts in _LETTER.items()}
