"""A parallel run through the door: files in, sentences out, nothing kept."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from tests.actions.company import END, MONTH, Company
from tests.store.contents import digest

from cleanbill.actions.run_parallel import NothingToCompare, run_parallel
from cleanbill.formats.parallel_rows import json_rows, shown_rows
from cleanbill.formats.tabular import UnreadableFile, WrongProfile, load_profile, write_rows

OLD = """
Invoice No,Invoice Date,Customer ID,Order,SKU,Qty,Price,Net Amount,VAT rate,VAT,Gross,service date
R1,2026-10-31,ALPHA,A-1,BOLT,100,1.33,133.00,19,25.27,158.27,2026-10-01
R1,2026-10-31,ALPHA,A-1,HOUR,12.5,95,1187.50,19,225.63,1413.13,2026-10-02
R2,2026-10-31,BETA,B-1,BOLT,7,1.33,9.31,19,1.77,11.08,2026-10-04
R2,2026-10-31,BETA,B-1,BOOK,3,19.99,59.97,19,11.39,71.36,2026-10-04
R2,2026-10-31,BETA,B-2,PACK,24,0.971,23.31,19,4.43,27.74,2026-10-05
R3,2026-10-31,GAMMA,C-1,BOLT,10,1.33,13.30,0,0,13.30,2026-10-06
R3,2026-10-31,GAMMA,C-1,BOLT,10,1.33,13.30,0,0,13.30,2026-10-06
R4,2026-10-31,ALPHA,O-1,BASE,1,,49.90,19,9.48,59.38,2026-10-07
R5,2026-10-31,DELTA,D-1,BOLT,5,1.33,6.65,19,1.26,7.91,2026-10-09
R5,2026-10-31,DELTA,D-1,BOOK,1,19.99,19.99,7,1.40,21.39,2026-10-09
R6,2026-10-31,ALPHA,A-2,BOLT,1,1.33,1.33,19,0.25,1.58,2026-11-02
"""


@pytest.fixture
def charged(books: Company) -> Company:
    books.take("charges", MONTH)
    return books


def compared(company: Company, text: str, name: str = "old.csv", **how):
    path = company.write(name, text)
    return run_parallel(company.actor, path, until=END, issue_date=END, **how)


def causes(found) -> dict[str, int]:
    rows = found.comparison.causes.select("cause", "difference_minor").rows()
    return dict(rows)


def says(found, cause: str) -> list[str]:
    chosen = found.comparison.differences.filter(pl.col("cause") == cause)
    return chosen["says"].to_list()


def test_every_cause_is_told_with_its_money(charged: Company):
    before = digest()
    found = compared(charged, OLD)
    assert causes(found) == {
        **{"missed": 46324, "no_charge": -2139, "double": -1330, "price": -2711, "quantity": 115},
        **{"discount": -375, "tax_rate": -702, "customer": 0, "period": -158, "credit": -261},
        "held": -791,
    }
    (total,) = found.comparison.totals.to_dicts()
    assert total["difference_minor"] == sum(causes(found).values()) == 217816 - 179844
    assert (
        "Old bill R2 takes 1.33 from customer BETA for BOLT (Bolt M8) of 2026-10-04; right is "
        "1.25, the price agreed with this customer since 2026-01-01: 0.67 EUR too much."
    ) in says(found, "price")
    assert says(found, "held") == [
        "Old bill R5 bills customer DELTA BOLT (Bolt M8) for 7.91 EUR; we hold it: CB-CUS-003, "
        "Required reference is missing."
    ]
    assert says(found, "double") == [
        "Old bill R3, row 8, repeats bill R3, row 7: BOLT for customer GAMMA, 13.30 EUR billed "
        "twice."
    ]
    assert digest() == before


def test_bills_without_lines_are_compared_by_their_totals(charged: Company):
    found = compared(
        charged,
        """
        bill,customer,net,tax,gross
        R1,ALPHA,1349.20,256.35,1605.55
        R3,GAMMA,13.30,0,13.30
        R4,DELTA,6.65,1.26,7.91
        R5,OMEGA,49.90,9.48,59.38
        R6,OMEGA,49.90,9.48,59.38
        R7,BETA,86.68,9.45,96.13
        """.replace("        ", ""),
    )
    assert not found.comparison.lines
    # What the old system billed once a month counts as one with our bills by order (BETA).
    assert causes(found) == {"missed": 38000 + 2380, "held": -791, "double": -5938}


def test_what_the_old_file_does_not_know_is_not_compared(charged: Company):
    net = compared(charged, "bill,customer,item,quantity,net\nR1,ALPHA,BOLT,100,133.00\n")
    assert (net.comparison.measure, net.comparison.counts["equal"]) == ("net", 1)
    gross = compared(charged, "bill,customer,item,gross\nR1,ALPHA,BOLT,158.27\n")
    assert (gross.comparison.measure, gross.comparison.counts["equal"]) == ("gross", 1)
    assert set(causes(gross)) == {"missed", "credit"}


def test_credit_notes_may_be_written_without_a_minus(charged: Company):
    text = (
        "bill,kind,customer,item,quantity,net,tax,date\n"
        "G1,credit_note,BETA,BOLT,2,2.19,0.42,2026-10-20\n"
    )
    found = compared(charged, text)
    assert found.comparison.counts["equal"] == 1
    assert "credit" not in causes(found)


def test_a_profile_maps_a_foreign_file(charged: Company):
    profile = load_profile(
        'kind = "old_bills"\n[columns]\nbill = "Beleg"\ncustomer = "Kunde"\nitem = "Art"\n'
        'net = "Betrag"\n[constants]\ntax_rate = "19"\n[formats]\ndecimal = ","\n'
    )
    found = compared(charged, "Beleg;Kunde;Art;Betrag\nR1;ALPHA;BOLT;133,00\n", profile=profile)
    assert found.comparison.counts["equal"] == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "The file is empty"),
        ("bill,net\n", "no rows below its header"),
        ("customer,net\nALPHA,1\n", "Required columns are missing: bill"),
        ("bill,invoice number,number\n1,2,3\n,,\n", "has no row that can be compared"),
        ("bill,customer\nR1,ALPHA\n", "states no amount"),
        ("bill,net\nR1,abc\n", "has no row that can be compared"),
        ("\x00\x01\x02", "neither UTF-8, UTF-16 nor"),
    ],
)
def test_files_that_cannot_be_used_say_why(charged: Company, text: str, told: str):
    before = digest()
    with pytest.raises((UnreadableFile, NothingToCompare), match=told):
        compared(charged, text)
    assert digest() == before


def test_a_bad_row_is_left_out_and_named(charged: Company):
    found = compared(charged, "bill,customer,item,net\nR1,ALPHA,BOLT,133\nR2,ALPHA,BOLT,x\n")
    assert found.intake.rejected["row"].to_list() == [3]
    assert found.comparison.counts["old_rows"] == 1


def test_without_charges_there_is_nothing_to_compare(books: Company):
    with pytest.raises(NothingToCompare, match="Import the charges of the same period first"):
        compared(books, OLD)
    with pytest.raises(UnreadableFile, match="no such file"):
        run_parallel(books.actor, Path("nowhere.csv"), until=END, issue_date=END)


def test_a_profile_of_another_kind_is_refused(charged: Company):
    with pytest.raises(WrongProfile):
        compared(charged, OLD, profile=load_profile('kind = "items"\n'))


def test_a_tolerance_has_bounds(charged: Company):
    with pytest.raises(ValueError, match="0 to 1000"):
        compared(charged, OLD, tolerance=-1)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_file_of_differences_runs_no_formula(charged: Company, tmp_path: Path, suffix: str):
    found = compared(charged, 'bill,customer,item,net\n=1+1,"=HYPERLINK(1)",@x,5.00\n')
    place = tmp_path / f"differences{suffix}"
    write_rows(place, shown_rows(found.comparison.differences), "differences")
    if suffix == ".csv":
        rows = pl.read_csv(place, infer_schema=False).to_dicts()
    else:
        sheet = openpyxl.load_workbook(place)["differences"]
        assert all(cell.data_type != "f" for row in sheet for cell in row)
        head, *body = sheet.iter_rows(values_only=True)
        rows = [dict(zip(head, row, strict=True)) for row in body]
    (ours,) = [row for row in rows if row["cause"] == "no_charge"]
    assert (ours["customer"], ours["item"]) == ("'=HYPERLINK(1)", "'@x")
    assert ours["old_bill"] == "'=1+1"
    assert float(ours["difference"]) == -5
    assert len(rows) == found.comparison.differences.height


def test_json_amounts_are_text_in_major_units(charged: Company):
    found = compared(charged, OLD)
    told = json.loads(json.dumps(json_rows(found.comparison.totals)))
    assert told == [
        {
            **{"currency": "EUR", "old_bills": 6, "our_bills": 8, "old": "1798.44"},
            **{"our": "2178.16", "difference": "379.72"},
        }
    ]
    first = json_rows(found.comparison.differences)[0]
    assert (first["difference"], first["day"]) == ("380.00", str(date(2026, 10, 6)))
