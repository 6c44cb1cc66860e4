"""Text tables become typed rows: nothing is lost, every rejected row says why."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from cleanbill.engine.tables import CHARGES
from cleanbill.formats.tabular import (
    KINDS,
    UnreadableFile,
    WrongProfile,
    control_totals,
    load_profile,
    mapped,
    read,
    sniff,
    write_rejects,
)

HEADER = "reference,customer,item,quantity,currency,service_date,unit_price,amount"


def taken(folder: Path, body: str, header: str = HEADER, kind: str = "charges", profile: str = ""):
    path = folder / "f.csv"
    path.write_text(f"{header}\n{body}", encoding="utf-8")
    chosen = load_profile(profile) if profile else None
    return mapped(read(path, sniff(path)), chosen, kind)


def test_typed_columns_fit_the_engine(tmp_path: Path) -> None:
    body = "R1,007, A ,2.5,eur,2026-01-31,0.00000001,12.34\nR2,,B,-1,JPY,2026-02-28,1,1234\n"
    intake = taken(tmp_path, body)
    first, second = intake.accepted.to_dicts()
    assert first["customer"] == "007"
    assert (first["item"], first["currency"], first["kind"]) == ("A", "EUR", "sale")
    assert (first["quantity_e6"], first["unit_price_e8"]) == (2_500_000, 1)
    assert (first["amount_minor"], second["amount_minor"]) == (1234, 1234)
    assert (second["customer"], second["quantity_e6"]) == (None, -1_000_000)
    assert first["service_date"] == date(2026, 1, 31)
    assert (first["row"], first["occurrence"], first["attributes"]) == (2, 1, None)
    for name, kind in CHARGES.items():
        # The importer numbers the charges; other columns of the engine's are not in the file.
        if name in intake.accepted.columns:
            assert intake.accepted.schema[name] == kind
    assert set(CHARGES) - set(intake.accepted.columns) <= {"charge_id", "repeats"}


def test_every_problem_is_said_with_what_to_do(tmp_path: Path) -> None:
    bad = [
        ",1,A,1,EUR,2026-01-31,1,",
        "R,1,A,abc,EUR,2026-02-30,1,",
        "R,1,A,1.0000001,EUR,2026-01-31,1e5,",
        "R,1,A,99999999999999999999,EUR,2026-01-31,1,",
        "R,1,A,1,XXX,2026-01-31,1,5",
        "R,1,A,1,JPY,2026-01-31,1,5.50",
        "R,1,A,1,EUR,2026-01-31",
    ]
    intake = taken(tmp_path, "\n".join([*bad, "R,1,A,1,EUR,2026-01-31,NaN,"]))
    assert intake.accepted.is_empty()
    assert intake.rejected["problem"].to_list() == [
        "reference:missing",
        "quantity:not_a_number; service_date:not_a_date",
        "quantity:too_many_decimals; unit_price:not_a_number",
        "quantity:too_large",
        "currency:unknown_currency",
        "amount:too_many_decimals",
        "damaged_row",
        "unit_price:not_a_number",
    ]
    assert 'quantity "abc": write a plain number' in intake.rejected["what_to_do"][1]
    assert "6 fields, the header 8" in intake.rejected["what_to_do"][6]
    assert intake.rejected["quantity"][1] == "abc"
    assert intake.rejected["row"].to_list() == list(range(2, 10))
    assert intake.counts["rows"] == intake.counts["rejected"] == 8
    assert all(intake.rejected["what_to_do"].str.len_chars() > 10)


def test_missing_columns_are_listed_with_close_matches(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile) as caught:
        taken(tmp_path, "1,2,3\n", "Referenz,Custmer,item")
    said = str(caught.value)
    assert "reference, customer, quantity, currency, service_date" in said
    assert "'customer' may be the column 'Custmer'" in said
    assert "[columns]" in said


def test_names_are_matched_case_and_spaces_aside(tmp_path: Path) -> None:
    header = "REFERENCE,Customer,Item,Quantity,Currency,Service Date,Unit-Price,x"
    intake = taken(tmp_path, "R,1,A,1,EUR,2026-01-31,2,y\n", header)
    assert intake.used["unit_price"] == ("Unit-Price",)
    assert intake.ignored_columns == ("x",)
    assert json.loads(intake.accepted["attributes"][0]) == {"x": "y"}
    with pytest.raises(UnreadableFile, match="Several columns could be 'item'"):
        taken(tmp_path, "R,1,A,1,EUR,2026-01-31,2,y\n", header.replace("x", "ITEM"))


def test_profile_maps_joins_sets_and_rules(tmp_path: Path) -> None:
    profile = """
        kind = "charges"
        source = "shop"
        [columns]
        reference = ["No", "Line"]
        order = "No"
        customer = "Client"
        item = "Sku"
        quantity = "Qty"
        service_date = "Day"
        ship_to_country = "Land"
        [constants]
        currency = "EUR"
        discount_percent = "2.5"
        [values.ship_to_country]
        Deutschland = "DE"
        [formats]
        decimal = ","
        [[rules]]
        column = "order"
        starts_with = "C"
        set = { kind = "cancellation", cancels = "" }
    """
    body = 'C1;1;7;A;"1,5";2026-01-31;Deutschland;a"b\nN2;1;8;A;1;2026-01-31;Atlantis;\n'
    header = "No;Line;Client;Sku;Qty;Day;Land;Note"
    intake = taken(tmp_path, body, header, "", profile)
    row = intake.accepted.to_dicts()[0]
    assert (row["reference"], row["order"], row["kind"]) == ("C1/1", "C1", "cancellation")
    assert (row["ship_to_country"], row["source"]) == ("DE", "shop")
    assert (row["quantity_e6"], row["discount_percent_e6"]) == (1_500_000, 2_500_000)
    assert json.loads(row["attributes"]) == {"Note": 'a"b'}
    assert intake.rejected["problem"].to_list() == ["ship_to_country:unknown_country"]
    with pytest.raises(WrongProfile, match="'Qty' may be"):
        taken(tmp_path, body, header.replace("Qty", "Qt"), "", profile)
    with pytest.raises(WrongProfile, match="does not fit"):
        taken(tmp_path, body, header, "items", profile)


def test_occurrence_counts_rejected_rows_too(tmp_path: Path) -> None:
    line = "{},1,A,{},EUR,2026-01-31,1,"
    body = "\n".join(line.format(r, q) for r, q in [("R", 1), ("R", "x"), ("S", 1), ("R", 1)])
    intake = taken(tmp_path, body)
    assert intake.accepted["occurrence"].to_list() == [1, 1, 3]
    assert intake.rejected["occurrence"].to_list() == [2]
    mended = taken(tmp_path, body.replace("x", "5"))
    assert mended.accepted["occurrence"].to_list() == [1, 2, 1, 3]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_mended_reject_file_keeps_its_identity(tmp_path: Path, suffix: str) -> None:
    header = HEADER + ",note"
    body = "R,1,A,1,EUR,2026-01-31,1,,=x\nR,1,A,abc,EUR,2026-01-31,1,,-10% off\n"
    intake = taken(tmp_path, body, header)
    path = tmp_path / f"rejects{suffix}"
    write_rejects(path, intake.rejected.with_columns(pl.lit("3").alias("quantity")))
    again = mapped(read(path, sniff(path)), kind="charges")
    row = again.accepted.to_dicts()[0]
    assert (row["occurrence"], row["quantity_e6"]) == (2, 3_000_000)
    assert json.loads(row["attributes"]) == {"note": "-10% off"}
    whole = taken(tmp_path, body.replace("abc", "3"), header)
    assert row["content_hash"] == whole.accepted["content_hash"][1]


def test_rejects_stay_rejectable(tmp_path: Path) -> None:
    intake = taken(tmp_path, "R,1,A,abc,EUR,2026-01-31,1,\n")
    path = tmp_path / "rejects.csv"
    write_rejects(path, intake.rejected)
    again = mapped(read(path, sniff(path)), kind="charges")
    assert again.rejected.columns == intake.rejected.columns
    assert again.rejected["problem"].to_list() == ["quantity:not_a_number"]


def test_content_hash_is_fixed_and_sees_content_only(tmp_path: Path) -> None:
    body = "R,1,A,1,EUR,2026-01-31,2.50,"
    first = taken(tmp_path, body).accepted["content_hash"].to_list()
    # A golden value: a change would make every row imported before look altered.
    assert first == [-1631745254287136244]
    same = taken(tmp_path, "Q,9,A,1,EUR,2026-01-31,2,\nR, 1 ,A,1.0,eur,2026-01-31,2.5,")
    assert same.accepted["content_hash"][1] == first[0]
    assert taken(tmp_path, body.replace("2.50", "2.51")).accepted["content_hash"][0] != first[0]
    extra = taken(tmp_path, body + ",x\n" + body + ",\n", HEADER + ",note")
    assert extra.accepted["content_hash"][0] != first[0]
    assert extra.accepted["content_hash"][1] == first[0]


def test_control_totals_balance(tmp_path: Path) -> None:
    body = (
        "R,1,A,2,EUR,2026-01-31,0.10,\nR,1,A,-3,EUR,bad,0.20000001,\n"
        "R,1,A,abc,EUR,2026-01-31,1,\nS,1,A,1,JPY,2026-01-31,100,\n"
    )
    totals = taken(tmp_path, body).totals
    assert totals.rows() == [
        ("in", "EUR", 3, "-1", "-0.40000003", 1),
        ("in", "JPY", 1, "1", "100", 0),
        ("accepted", "EUR", 1, "2", "0.2", 0),
        ("accepted", "JPY", 1, "1", "100", 0),
        ("rejected", "EUR", 2, "-3", "-0.60000003", 1),
    ]


def test_control_totals_do_not_wrap() -> None:
    rows = pl.DataFrame(
        {
            "accepted": [True, False] * 500,
            "currency": ["EUR"] * 1000,
            "quantity_e6": [10**18, -(10**18)] * 500,
            "unit_price_e8": [10**18, 10**18] * 500,
        },
        schema_overrides={"quantity_e6": pl.Int64, "unit_price_e8": pl.Int64},
    )
    totals = control_totals(rows)
    assert totals["value"].to_list() == ["0", str(500 * 10**22), str(-500 * 10**22)]


def test_other_kinds(tmp_path: Path) -> None:
    intake = taken(
        tmp_path,
        "1,Ann,de,yes,Consumer\n2,Bob,Germany,,firm\n",
        "customer,name,country,blocked,kind",
        "customers",
    )
    assert intake.accepted.select("customer", "country", "blocked", "kind").rows() == [
        ("1", "DE", True, "consumer")
    ]
    assert intake.rejected["problem"].to_list() == [
        "country:unknown_country; kind:unknown_value"
    ] or (
        set(intake.rejected["problem"][0].split("; "))
        == {"country:unknown_country", "kind:unknown_value"}
    )
    prices = taken(
        tmp_path,
        "A,EUR,percentage,2026-01-01,12.5,1.99,100000\n",
        "item,currency,model,valid_from,percent,flat_amount,maximum",
        "prices",
    ).accepted.to_dicts()[0]
    assert (prices["percent_e6"], prices["flat_amount_minor"]) == (12_500_000, 199)
    assert prices["maximum_minor"] == 10_000_000
    assert prices["up_to_e6"] is None
    agreements = taken(
        tmp_path,
        '1,2026-01-01,"Order, MONTH",30\n,2026-01-01,"day,week",30\n,2026-01-01,,x\n',
        "customer,valid_from,grouping,payment_days",
        "agreements",
    )
    assert agreements.accepted.select("grouping", "payment_days").rows() == [("order,month", 30)]
    assert agreements.counts["rejected"] == 2
    assert set(KINDS) == {
        *("charges", "customers", "items", "prices", "agreements", "exemptions", "recurring"),
        *("coupons", "redemptions", "spend", "milestones", "progress", "claims", "releases"),
        *("orders", "old_bills", "open_items", "bundles", "retainers"),
    }


RISKY = ["=1+1", "+cmd", "-2+3", "@sum", "\tx", "\rx", " =1"]
HARMLESS = ["-5.20", "+1", "-1.234,50", "-.5", "a=b", "'x", "", "5-3"]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_formulas_in_reject_files_are_neutralised(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"r{suffix}"
    values = RISKY + HARMLESS
    frame = pl.DataFrame({"=name": values, "row": list(range(len(values)))})
    write_rejects(path, frame)
    if suffix == ".csv":
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")
        back = pl.read_csv(path, infer_schema=False).fill_null("")
        names, found = back.columns, back.to_series().to_list()
    else:
        sheet = openpyxl.load_workbook(path)["rejected"]
        names = [cell.value for cell in sheet[1]]
        cells = [sheet.cell(n + 2, 1) for n in range(len(values))]
        assert all(cell.data_type != "f" for cell in cells)
        found = [str(cell.value or "") for cell in cells]
    assert names == ["'=name", "row"]
    expected = [f"'{value}" for value in RISKY] + HARMLESS
    clean = [value.replace("\r", "").replace("_x000D_", "").replace("\n", "") for value in found]
    assert clean == [value.replace("\r", "") for value in expected]


def test_rejects_need_a_known_suffix(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.csv or \.xlsx"):
        write_rejects(tmp_path / "r.pdf", pl.DataFrame({"a": ["b"]}))
