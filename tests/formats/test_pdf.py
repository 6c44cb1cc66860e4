"""The printed bill: everything the document says, on pages that add up, as an archivable file."""

from __future__ import annotations

import io
import json
import re
from concurrent.futures import ThreadPoolExecutor
from ctypes import c_double
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pikepdf
import pypdfium2
import pytest
from tests.formats.bills import (
    AMERICAN_SELLER,
    AUSTRIAN_CUSTOMER,
    GERMAN_SELLER,
    bill,
    credit_note,
    discounted_bill,
    line,
    long_bill,
)

from cleanbill.formats.pdf import Renderer, layout, write
from cleanbill.formats.pdf.style import Style, cleaned
from cleanbill.formats.pdf.words import LANGUAGES, unit_word, words_of

SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "bill-1.json"
POINTS_PER_MM = 72 / 25.4


def page_texts(file: bytes) -> list[str]:
    """The text of each page, with ordinary spaces and without unseen places to break."""
    found = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(file)]
    spaced = [re.sub("[\u00a0\u202f]", " ", text) for text in found]
    return [re.sub("[\u200b\ufffe]", "", text).replace("\r", "") for text in spaced]


def rows_as_seen(file: bytes) -> list[str]:
    """The letters of the first page from left to right, row by row, without spaces."""
    page = pypdfium2.PdfDocument(file)[0].get_textpage()
    rows: dict[int, list[tuple[float, str]]] = {}
    for place in range(page.count_chars()):
        x, y = c_double(), c_double()
        pypdfium2.raw.FPDFText_GetCharOrigin(page.raw, place, x, y)
        rows.setdefault(round(y.value), []).append((x.value, page.get_text_range(place, 1)))
    return ["".join(letter.strip() for _, letter in sorted(row)) for row in rows.values()]


def text_of(document: dict[str, Any]) -> str:
    return "\n".join(page_texts(write(document)))


@pytest.mark.parametrize("document", [discounted_bill(), credit_note(), long_bill(3)])
def test_the_bills_of_these_tests_keep_the_schema(document: dict[str, Any]) -> None:
    jsonschema.validate(document, json.loads(SCHEMA.read_text()))


def test_one_line_says_everything() -> None:
    text = text_of(
        bill(
            line(1, "48250", "0.0834", description="Address checks", detail="Tier 3", item="SRV-1"),
            deliver_to={"country": "AT", "name": "Werk Schwechat"},
            notes=["Thank you for your order.", {"text": "Kept for ten years."}],
            period={"end": "2026-10-31", "start": "2026-10-01"},
            references={
                "contract": "RV-2024-017",
                "cost_centre": "4711",
                "object": {"id": "METER-9"},
                "purchase_order": "4500219934",
            },
        )
    )
    for words in (
        "Invoice",
        "RE-2026-000001",
        "3 November 2026",
        "3 December 2026",
        "1 Oct 2026 – 31 Oct 2026",
        "Donauwerk Papier AG\nIndustriestraße 140\nTor 3\n2320 Schwechat\nAUSTRIA",
        "K-20077",
        "ATU99999994",
        "RV-2024-017",
        "4711",
        "METER-9",
        "4500219934",
        "Werk Schwechat\nAustria",
        "1 Address checks",
        "Item SRV-1 · Tier 3",
        "48,250 pcs 0.0834 19% 4,024.05",
        "Net EUR",
        "VAT 19% 764.57",
        "EUR 4,788.62",
        "DE89 3704 0044 0532 0130 00",
        "COBADEFFXXX",
        "Please transfer the amount due by 3 December 2026",
        "Thank you for your order.",
        "Kept for ten years.",
        "Amtsgericht Hamburg, HRB 999871",
        "VAT number DE999999999",
        "Tax number 12/345/67890",
        "rechnung@nordlicht.example",
        "Page 1 of 1",
    ):
        assert words in text
    assert "forward" not in text


def test_german_bill_with_discount_two_rates_and_rounding() -> None:
    text = text_of(discounted_bill())
    for words in (
        "Rechnung",
        "851,00 EUR",
        "03.12.2026",
        "ÖSTERREICH",
        "5,5 Std. 38,65 −10 % 19 % 191,32",
        "Summe der Positionen 790,12",
        "Belegrabatt 2 % 19 % −3,83",
        "Belegrabatt 2 % 7 % −11,98",
        "Nettobetrag 774,31",
        "Umsatzsteuer 76,70",
        "Gesamtbetrag 851,01",
        "Rundung −0,01",
        "S 19 % 187,49 35,62",
        "S 7 % 586,82 41,08",
        "Seite 1 von 1",
    ):
        assert words in text


def test_credit_note_names_what_it_credits_and_asks_for_nothing() -> None:
    text = text_of(credit_note())
    for words in (
        "Credit note",
        "CN-2026-0093",
        "INV-7, 28 Sep 2026",
        "Reason: Return of goods",
        "credits line 3 of INV-7",
        "Amount credited",
        "KWD 1,342.185",
        "there is nothing for you to pay",
    ):
        assert words in text
    assert "Due date" not in text
    assert "Account holder" not in text


def test_reverse_charge_says_why() -> None:
    reverse = {"category": "AE", "rate_percent": "0"}
    document = bill(line(1, "1", "100", tax=reverse), language="de")
    document["taxes"][0] |= {
        "law": "MwStSystRL Art. 196",
        "reason": "Steuerschuldnerschaft des Leistungsempfängers",
    }
    text = " ".join(text_of(document).split())
    assert "Steuerschuldnerschaft des Leistungsempfängers (MwStSystRL Art. 196)" in text
    assert "AE 0 % 100,00 0,00" in text


@pytest.mark.parametrize(
    ("model", "english", "german"),
    [
        ("graduated", "graduated price", "Staffelpreis"),
        ("volume", "volume price", "Mengenstaffelpreis"),
        ("package", "package price", "Paketpreis"),
        ("flat", "flat price", "Pauschalpreis"),
        ("percentage", "percentage price", "prozentualer Preis"),
    ],
)
def test_other_price_models_show_no_unit_price(model: str, english: str, german: str) -> None:
    tiered = line(1, "12400", "1214", price_base_quantity="12400", keys={"model": model})
    for language, word in (("en", english), ("de", german)):
        row = layout(bill(tiered, language=language)).lines[0]
        assert (row.price, row.price_per, row.detail) == ("", "", word)


def test_price_of_a_hundred_says_so() -> None:
    row = layout(bill(line(1, "250", "12.5", price_base_quantity="100"))).lines[0]
    assert (row.price, row.price_per) == ("12.50", "per\u00a0100\u00a0pcs")
    assert "per 100 pcs" in text_of(bill(line(1, "250", "12.5", price_base_quantity="100")))


def test_cash_sale_without_address_or_account() -> None:
    for customer in (None, {}, {"address": {"country": "DE"}, "kind": "cash", "name": "Cash sale"}):
        text = text_of(
            bill(line(1, "2", "7.85"), customer=customer, due_date="2026-11-03", payment=None)
        )
        assert "EUR 18.68" in text
        assert "Please" not in text
        assert "IBAN" not in text
        assert ("Customer Cash sale" in text) == bool(customer)


@pytest.mark.parametrize(
    ("currency", "decimals", "shown"),
    [
        ("JPY", 0, "JPY 1,488"),
        ("EUR", 2, "EUR 1,487.50"),
        ("KWD", 3, "KWD 1,487.500"),
        ("CLF", 4, "CLF 1,487.5000"),
    ],
)
def test_decimals_of_currencies(currency: str, decimals: int, shown: str) -> None:
    document = bill(line(1, "1", "1250", decimals), currency=currency, decimals=decimals)
    assert re.search(rf"{shown}(?![\d.,])", text_of(document))


def test_other_means_of_payment_and_second_currency() -> None:
    document = bill(
        line(1, "1", "100"),
        payment={
            "mandate": {"iban": "DE89370400440532013000", "reference": "M-77"},
            "terms": "Collected after thirty days.",
        },
        tax_accounting={"currency": "SEK", "rate": "11.25", "tax": "213.80"},
        charges=[{"amount": "5.00", "reason": "Freight", "tax": {"category": "S"}}],
    )
    document["totals"] |= {"prepaid": "19.00", "payable": "100.00"}
    text = text_of(document)
    for words in (
        "We collect the amount due from your account on 3 December 2026.",
        "Collected after thirty days.",
        "M-77",
        "Tax in total SEK 213.80, rate 11.25",
        "Freight",
        "Already paid −19.00",
        "Total 119.00",
    ):
        assert words in text
    assert "Please transfer" not in text


def test_running_totals_are_carried_over_every_page() -> None:
    for seller in (GERMAN_SELLER, AMERICAN_SELLER):
        document = long_bill(60, seller=seller)
        pages = page_texts(write(document))
        assert len(pages) > 2
        printed, running = 0, [Decimal(0)]
        for each in document["lines"]:
            running.append(running[-1] + Decimal(each["net"]))
        for number, text in enumerate(pages, 1):
            assert f"Page {number} of {len(pages)}" in text
            brought = re.findall(r"Brought forward ([\d,.]+)", text)
            assert brought == ([f"{running[printed]:,}"] if number > 1 and printed < 60 else [])
            printed = max([printed, *map(int, re.findall(r"(?m)^\d+ Work (\d+)", text))])
            carried = re.findall(r"Carried forward ([\d,.]+)", text)
            assert carried == ([f"{running[printed]:,}"] if printed < 60 else [])
        assert printed == 60


@pytest.mark.parametrize("count", [1, 2, 9, 11, 12, 13, 16, 19, 40])
def test_no_page_holds_a_total_or_a_payment_without_lines(count: int) -> None:
    last = page_texts(write(long_bill(count, notes=["Thank you."])))[-1]
    printed = re.findall(r"(?m)^\d+ Work (\d+)", last)
    assert printed[-2:] == [str(number) for number in range(max(1, count - 1), count + 1)]
    for words in ("Net total", "Amount due EUR", "DE89 3704 0044 0532 0130 00", "Thank you."):
        assert words in last


@pytest.mark.parametrize("taxes", [1, 40])
def test_what_is_too_tall_for_a_page_breaks(taxes: int) -> None:
    rates = [{"category": "S", "rate_percent": str(number)} for number in range(1, taxes + 1)]
    lines = [line(number, "1", "10", tax=rate) for number, rate in enumerate(rates, 1)]
    document = bill(*lines, notes=["Kept for ten years. " * 60])
    for page in pypdfium2.PdfDocument(write(document)):
        text = page.get_textpage()
        assert all(
            text.get_charbox(place)[1] >= 10 * POINTS_PER_MM
            for place in range(text.count_chars())
            if text.get_text_range(place, 1).strip()
        )


@pytest.mark.slow
def test_three_hundred_lines_lose_none() -> None:
    document = long_bill(300)
    text = text_of(document)
    assert re.findall(r"(?m)^\d+ Work (\d+)", text) == [str(number) for number in range(1, 301)]
    assert f"EUR {Decimal(document['totals']['payable']):,}" in text


def test_same_document_same_bytes() -> None:
    document = discounted_bill()
    first = write(document)
    write(credit_note())
    assert write(document) == first
    assert Renderer().render(document) == first
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(write, [document] * 8)) == {first}


def test_archivable_and_accessible() -> None:
    with pikepdf.open(io.BytesIO(write(discounted_bill()))) as file:
        with file.open_metadata() as metadata:
            assert metadata["pdfaid:part"] == "3"
            assert metadata["pdfaid:conformance"] == "A"
            assert metadata["pdfuaid:part"] == "1"
            assert metadata["dc:title"] == "Rechnung RE-2026-000001"
            assert metadata["xmp:CreateDate"].startswith("2026-11-03")
        assert file.Root.Lang == "de"
        assert file.Root.MarkInfo.Marked
        assert not file.attachments


def test_machine_readable_twin_is_embedded() -> None:
    file = Renderer().render(credit_note(), xml=b"<invoice/>")
    with pikepdf.open(io.BytesIO(file)) as opened:
        assert opened.attachments["factur-x.xml"].get_file().read_bytes() == b"<invoice/>"


@pytest.mark.parametrize(("seller", "width_mm"), [(GERMAN_SELLER, 210), (AMERICAN_SELLER, 215.9)])
def test_paper_of_the_sellers_country(seller: dict[str, Any], width_mm: float) -> None:
    file = write(bill(line(1, "1", "1"), seller=seller))
    width, _ = pypdfium2.PdfDocument(file)[0].get_size()
    assert width / POINTS_PER_MM == pytest.approx(width_mm, abs=0.1)


def test_data_never_becomes_markup() -> None:
    nasty = r"""#strong[x] $x^2$ *b* _i_ @ref [c] \n "q" 's' <l> `r` // c /* d */ ~ --- = h"""
    document = bill(
        line(1, "1", "1", description=nasty, detail=nasty, unit="#{}"),
        customer=AUSTRIAN_CUSTOMER | {"name": nasty, "reference": "#panic()"},
        notes=[nasty],
        number="#1 [a]",
        reason=nasty,
        seller=GERMAN_SELLER | {"name": "A & B #1 {page}", "accent": "red); #panic("},
    )
    text = " ".join(text_of(document).split())
    assert text.count(nasty) == 5
    for words in ("#panic()", "#1 [a]", "A & B #1 {page}", "1 #{} 1.00"):
        assert words in text


def test_nothing_leaves_the_page_or_its_margins() -> None:
    word = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
    document = bill(
        line(1, "123456789.123456", "99999999.12345678", description=word * 2, detail="W" * 99),
        customer=AUSTRIAN_CUSTOMER | {"name": word, "reference": "Q" * 70},
        notes=[word * 3],
        seller=GERMAN_SELLER | {"name": f"{word} GmbH", "legal": ["L" * 120], "tagline": "M" * 90},
    )
    document["taxes"][0]["reason"] = "Z" * 120
    for page in pypdfium2.PdfDocument(write(document)):
        width, height = page.get_size()
        text = page.get_textpage()
        for place in range(text.count_chars()):
            left, bottom, right, top = text.get_charbox(place)
            assert left >= 24 * POINTS_PER_MM or left == right
            assert right <= width - 19.5 * POINTS_PER_MM
            assert bottom >= 10 * POINTS_PER_MM or bottom == top
            assert top <= height - 10 * POINTS_PER_MM


def test_letters_without_a_font_are_marked_and_stop_nothing() -> None:
    text = text_of(bill(line(1, "1", "1", description="Λ Ж é 中 😀 \ue000 \x1b[31m\u202eabc")))
    assert "Λ Ж é � � � [31mabc" in text


def test_several_taxes_are_called_by_their_names_and_add_up() -> None:
    def charged(net: str, *names: tuple[str, str, str]) -> dict[str, Any]:
        kinds = [{"category": "S", "name": name, "rate_percent": rate} for name, rate, _ in names]
        taxes = [
            {**kind, "base": net, "tax": tax}
            for kind, (_, _, tax) in zip(kinds, names, strict=True)
        ]
        document = bill(line(1, "1", net, tax=kinds[0], further_taxes=kinds[1:]), taxes=taxes)
        document["totals"] |= {"gross": "112.00", "payable": "112.00", "tax": "12.00"}
        return document

    split = charged("100.00", ("GST", "5", "5.00"), ("PST", "7", "7.00"))
    text = text_of(split)
    for words in (
        "Tax Rate Net EUR Tax EUR",
        "GST 5% 100.00 5.00",
        "PST 7% 100.00 7.00",
        "Net total 100.00\nGST 5.00\nPST 7.00\nAmount due EUR 112.00",
    ):
        assert words in text
    split["taxes"][0]["tax"] = "5.01"  # rounded otherwise elsewhere: the sum is what is owed
    assert "GST + PST 12.00" in text_of(split)


def test_a_bill_of_nothing_names_no_day_to_pay_by() -> None:
    free = bill(line(1, "1", "0.00"))
    assert "Due date" not in text_of(free)
    assert "Nothing is due on this bill." in text_of(free)


def test_empty_columns_are_left_out() -> None:
    priced = line(1, "1", "1")
    assert "Unit price" in text_of(bill(priced))
    assert "Unit price" not in text_of(bill(priced | {"keys": {"model": "flat"}}))
    assert "Disc." not in text_of(bill(line(1, "1", "1")))
    assert "Disc." in text_of(bill(line(1, "2", "1", discount="0.50", net="1.50")))


def test_unknown_language_falls_back_to_english() -> None:
    assert layout(bill(line(1, "1", "1"), language="fr")).language == "en"
    assert layout(bill(line(1, "1", "1"), language="de-AT")).language == "de"


def test_arabic_is_set_from_right_to_left() -> None:
    customer = AUSTRIAN_CUSTOMER | {"name": "شركة النور", "reference": "C-9"}
    document = discounted_bill() | {"customer": customer, "language": "ar-AE"}
    sheet = layout(document)
    assert (sheet.language, sheet.right_to_left, sheet.title) == ("ar", True, "فاتورة")
    assert sheet.date == "3\u00a0نوفمبر\u00a02026"
    assert [row.unit for row in sheet.lines] == ["ساعة", "قطعة"]
    seen = rows_as_seen(write(document))
    for words in ("EUR851.00", "DE89370400440532013000", "−3.83", "2%", "RE-2026-000001"):
        assert any(words in row for row in seen)  # figures and codes keep their order
    assert not any("�" in row for row in seen)
    (line_of_item,) = (row for row in seen if "Item1" in row)
    assert line_of_item.startswith("191.32")
    assert line_of_item.endswith("Item11")


def test_every_language_has_every_word() -> None:
    english = words_of("en")
    for language in LANGUAGES:
        words = words_of(language)
        assert words.keys() == english.keys()
        for key, sentence in words.items():
            assert set(re.findall(r"{\w+}", sentence)) == set(re.findall(r"{\w+}", english[key]))


def test_figures_and_units() -> None:
    english, german = Style("en", "EUR", 2), Style("de", "EUR", 2)
    assert english.money("-1234567.5") == "−1,234,567.50"
    assert german.number("1234.5000") == "1.234,5"
    assert english.money("-0.00") == "0.00"
    assert german.percent("7.5") == "7,5\u202f%"
    assert german.period({"start": "2026-10-01"}) == "ab 01.10.2026"
    assert unit_word("HUR", "2", "de") == "Std."
    assert (unit_word("DAY", "1", "en"), unit_word("DAY", "2", "en")) == ("day", "days")
    assert unit_word("Z99", "1", "de") == "Z99"


def test_cleaned_keeps_words_and_drops_steering() -> None:
    assert cleaned({"a": ["x\x1b[2J\r\ny\u202ez", 1]}) == {"a": ["x [2J\nyz", 1]}


@pytest.mark.parametrize("shown", ["one", "components"])
def test_a_bundle_is_printed_as_one_line_or_by_component(shown: str) -> None:
    def part(place: int, category: dict[str, str]) -> dict[str, Any]:
        told = {"description": "Course", "item": "SET", "quantity": "2", "reference": "K-1"}
        bundle = {**told, "component": str(place), "shown": shown, "source": "shop"}
        return line(place, "2", f"{place}0.00", bundle=bundle, tax=category)

    full = {"category": "S", "rate_percent": "19", "rule": "full"}
    low = {"category": "S", "rate_percent": "7", "rule": "low"}
    document = bill(part(1, full), part(2, low), line(3, "1", "5.00", tax=full))
    rows = layout(document).lines
    if shown == "one":
        assert [(r.position, r.description, r.net) for r in rows] == [
            ("1–2", "Course", "60.00"),
            ("3", "Item 3", "5.00"),
        ]
        assert (rows[0].quantity, rows[0].tax, rows[0].running) == ("2", "19% / 7%", "60.00")
        assert "2 × Item 1, 2 × Item 2" in rows[0].detail
    else:
        assert [r.position for r in rows] == ["1", "2", "3"]
        assert "part of Course" in rows[0].detail
    assert rows[-1].running == "65.00"
