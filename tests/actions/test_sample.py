"""The sample company: same seed same bytes, everything plausible except what the key names."""

from __future__ import annotations

import csv
import tomllib
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from stdnum import iban
from stdnum.ch import vat as swiss_vat
from stdnum.de import leitweg
from stdnum.eu import vat as eu_vat
from stdnum.gb import vat as british_vat

from cleanbill.actions.sample import ERRORS, LAST_DAY, PERIOD, SMALL, SampleSize, write_sample
from cleanbill.actions.sample.draw import Draw
from cleanbill.actions.sample.figures import CURRENCIES, in_currency, plain
from cleanbill.actions.sample.rows import REFERENCE_COLUMN, SOURCE_FILES
from cleanbill.nouns.currency import decimals_of

SEEDS = (1, 2, 7, 2026)
FAR = "9999-12-31"


def read(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module", params=SEEDS)
def pair(request, tmp_path_factory) -> tuple[Path, Path]:
    """A small sample with errors, and the same without."""
    base = tmp_path_factory.mktemp("sample")
    clean = SampleSize(SMALL.customers, SMALL.charges, planted=False)
    write_sample(base / "planted", seed=request.param, size="small")
    write_sample(base / "clean", seed=request.param, size=clean)
    return base / "planted", base / "clean"


@pytest.fixture
def planted(pair) -> Path:
    return pair[0]


@pytest.fixture
def clean(pair) -> Path:
    return pair[1]


def test_same_seed_gives_same_bytes(tmp_path):
    first = write_sample(tmp_path / "a", seed=5, size="small")
    write_sample(tmp_path / "b", seed=5, size="small")
    other = write_sample(tmp_path / "c", seed=6, size="small")
    for path in first.files:
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
        assert b"\r" not in path.read_bytes()
    assert first.files[-2].read_bytes() != other.files[-2].read_bytes()


def test_lots_are_the_same_on_every_machine():
    """Fixed numbers: if these change, every sample changes."""
    draw = Draw(1, "test")
    assert [draw.below(1000) for _ in range(6)] == [727, 115, 796, 811, 850, 204]
    assert draw.shuffled(range(5)) == [4, 2, 3, 1, 0]


def test_summary_counts_what_is_written(tmp_path):
    summary = write_sample(tmp_path, seed=3, size="small")
    names = (*SOURCE_FILES, "recurring.csv")
    assert summary.rows == {name: len(read(tmp_path, name)) for name in names}
    assert summary.rows["customers.csv"] == SMALL.customers
    assert summary.rows["charges.csv"] == SMALL.charges + summary.errors["exact_duplicate"]
    rows = read(tmp_path, "charges.csv")
    after = sum("2026-11-01" <= row["service_date"] <= "2026-11-05" for row in rows)
    assert summary.charges_after_period == after
    assert 20 <= sum(summary.errors.values()) <= 40


@pytest.mark.parametrize(("customers", "charges"), [(1, 1), (3, 20), (12, 200), (90, 4_000)])
def test_any_size_can_be_asked_for(tmp_path, customers, charges):
    summary = write_sample(
        tmp_path, seed=1, size=SampleSize(customers, charges, goods=10, planted=False)
    )
    assert summary.rows["customers.csv"] == customers
    assert summary.rows["charges.csv"] == charges
    assert summary.errors == {}
    write_sample(tmp_path, seed=1, size=SampleSize(customers, charges, goods=10))


def test_every_error_is_planted(planted):
    key = read(planted, "answer-key.csv")
    assert {line["error"] for line in key} == {error.name for error in ERRORS}
    findings = {error.name: error.finding for error in ERRORS}
    assert all(line["expected_finding"] == findings[line["error"]] for line in key)


def test_key_leads_from_the_clean_row_to_the_planted_one(planted, clean):
    for line in read(planted, "answer-key.csv"):
        column = REFERENCE_COLUMN[line["file"]]
        row = read(planted, line["file"])[int(line["row"]) - 1]
        if not line["field"]:
            assert row == read(planted, line["file"])[int(line["row"]) - 2]
            assert row[column] == line["reference"]
            continue
        before = [r for r in read(clean, line["file"]) if r[column] == line["reference"]]
        assert row[line["field"]] == line["after"] != line["before"]
        assert any(r[line["field"]] == line["before"] for r in before)
        assert row[column] == line["reference"] or line["field"] == column


def test_nothing_but_the_key_differs_from_clean(planted, clean):
    spots = {(k["file"], int(k["row"])): k["error"] for k in read(planted, "answer-key.csv")}
    for name in SOURCE_FILES:
        untouched = list(read(clean, name))
        rows = read(planted, name)
        doubled = [n for (f, n), e in spots.items() if f == name and e == "exact_duplicate"]
        for number in sorted(doubled, reverse=True):
            del rows[number - 1]
        changed = sum(a != b for a, b in zip(rows, untouched, strict=True))
        assert changed == sum(f == name for f, _ in spots) - len(doubled)


def test_errors_do_not_meet(planted):
    key = read(planted, "answer-key.csv")
    spots = {(line["file"], line["row"], line["error"]) for line in key}
    assert len({(file, row) for file, row, _ in spots}) == len(spots)
    masters = {k["reference"] for k in key if k["file"] in ("customers.csv", "agreements.csv")}
    priced = {k["reference"] for k in key if k["file"] == "prices.csv"}
    charges = read(planted, "charges.csv")
    cancelled = Counter(row["cancels"] for row in charges)
    for line in key:
        if line["file"] == "charges.csv":
            row = charges[int(line["row"]) - 1]
            assert row["customer"] not in masters
            assert row["item"] not in priced
            assert not cancelled[row["reference"]]


def _vat_id_valid(number: str) -> bool:
    if number.startswith("CHE"):
        return swiss_vat.is_valid(number)
    return british_vat.is_valid(number) if number.startswith("GB") else eu_vat.is_valid(number)


def test_identifiers_pass_their_checksums(planted, clean):
    wrong = {
        k["reference"]: k["after"]
        for k in read(planted, "answer-key.csv")
        if k["error"] == "vat_id_checksum"
    }
    ids = {row["customer"]: row["vat_id"] for row in read(planted, "customers.csv")}
    for customer, number in ids.items():
        assert not number or _vat_id_valid(number) is (customer not in wrong)
    rows = read(clean, "customers.csv")
    given = [row["vat_id"] for row in rows if row["vat_id"]]
    assert len(set(given)) == len(given)
    assert all(bool(row["vat_id"]) == (row["kind"] == "business") for row in rows)
    assert all(leitweg.is_valid(r["buyer_reference"]) for r in rows if r["kind"] == "public")
    company = tomllib.loads((planted / "company.toml").read_text(encoding="utf-8"))
    assert iban.is_valid(company["seller"]["bank"]["iban"])
    assert eu_vat.is_valid(company["seller"]["vat_id"])
    assert company["seller"]["vat_id"] not in given
    schemes = [r.get("scheme") for r in company["seller"]["registrations"]]
    assert schemes == [None, "OSS"]


def test_customers_are_of_all_kinds(clean):
    rows = read(clean, "customers.csv")
    assert {row["country"] for row in rows} == {"DE", "AT", "FR", "NL", "CH", "GB"}
    assert {row["kind"] for row in rows} == {"business", "consumer", "public"}
    assert len({row["name"] for row in rows}) == len(rows)
    assert all(row["email"].endswith(".example") for row in rows)
    currencies = {row["currency"] for row in read(clean, "agreements.csv")}
    assert {"EUR", "CHF", "USD", "GBP", "JPY", "KWD"} == currencies


def test_dates_lie_in_the_month_or_just_after(clean):
    days = [row["service_date"] for row in read(clean, "charges.csv")]
    assert PERIOD.start.isoformat() == min(days)
    assert max(days) <= LAST_DAY.isoformat()
    in_month = sum(day < PERIOD.end.isoformat() for day in days)
    assert in_month > len(days) * 9 // 10
    assert days == sorted(days)


def test_each_charge_has_one_agreement_and_a_price_that_day(clean):
    agreements = read(clean, "agreements.csv")
    items = {row["item"]: row for row in read(clean, "items.csv")}
    listed: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for row in read(clean, "prices.csv"):
        if not row["customer"] and not row["plan"]:
            stretch = (row["valid_from"], row["valid_to"] or FAR)
            listed.setdefault((row["item"], row["currency"]), set()).add(stretch)
    for row in read(clean, "charges.csv"):
        day = row["service_date"]
        terms = [
            a
            for a in agreements
            if a["customer"] == row["customer"] and a["valid_from"] <= day < (a["valid_to"] or FAR)
        ]
        assert [a["currency"] for a in terms] == [row["currency"]]
        if "purchase_order" in terms[0]["required_references"]:
            assert row["purchase_order"]
        stretches = listed.get((row["item"], row["currency"]), set())
        assert sum(a <= day < b for a, b in stretches) == (0 if row["unit_price"] else 1)
        assert row["unit"] == items[row["item"]]["unit"]


def test_prices_cover_all_items_in_all_currencies(clean):
    rows = read(clean, "prices.csv")
    assert {row["model"] for row in rows} == {
        "unit", "flat", "graduated", "volume", "package", "percentage",
    }  # fmt: skip
    months = [PERIOD.start.isoformat(), "2026-10-15", "2026-10-16", "2026-10-31"]
    for item in read(clean, "items.csv"):
        if item["item"].startswith(("ALT", "MAN")):
            continue
        for currency in CURRENCIES:
            own = [
                (r["valid_from"], r["valid_to"] or FAR)
                for r in rows
                if (r["item"], r["currency"], r["customer"], r["plan"])
                == (item["item"], currency, "", "")
            ]
            for day in months:
                assert len({s for s in own if s[0] <= day < s[1]}) == 1


def test_amounts_keep_to_their_currency(clean):
    for row in read(clean, "prices.csv"):
        for column in ("flat_amount", "minimum", "maximum"):
            if row[column]:
                exponent = Decimal(row[column]).as_tuple().exponent
                assert -exponent == decimals_of(row["currency"])
        if row["unit_price"]:
            assert Decimal(row["unit_price"]) > 0
            assert -Decimal(row["unit_price"]).as_tuple().exponent <= 8


def test_cancellations_name_an_earlier_sale_and_do_not_exceed_it(clean):
    sales = {r["reference"]: r for r in read(clean, "charges.csv") if r["kind"] == ""}
    cancellations = [r for r in read(clean, "charges.csv") if r["kind"] == "cancellation"]
    assert len(cancellations) == SMALL.charges * SMALL.cancellations_permille // 1_000
    assert len({r["cancels"] for r in cancellations}) == len(cancellations)
    partial = 0
    for row in cancellations:
        original = sales[row["cancels"]]
        quantity, sold = abs(Decimal(row["quantity"])), Decimal(original["quantity"])
        assert 0 < quantity <= sold
        assert original["service_date"] <= row["service_date"] < PERIOD.end.isoformat()
        same = ("customer", "item", "currency", "unit_price", "purchase_order", "cost_centre")
        assert all(row[c] == original[c] for c in same)
        partial += quantity < sold
    assert partial


def test_an_ambiguous_cancellation_has_equal_originals(planted):
    charges = read(planted, "charges.csv")
    (line,) = [k for k in read(planted, "answer-key.csv") if k["error"] == "cancellation_ambiguous"]
    row = charges[int(line["row"]) - 1]
    assert row["kind"] == "cancellation"
    assert row["cancels"] == ""
    equal = [
        r
        for r in charges
        if r["kind"] == ""
        and (r["customer"], r["item"]) == (row["customer"], row["item"])
        and Decimal(r["quantity"]) == abs(Decimal(row["quantity"]))
        and r["service_date"] <= row["service_date"]
    ]
    assert len(equal) >= 2


def test_clean_rows_do_not_repeat(clean):
    rows = [tuple(v for k, v in r.items() if k != "reference") for r in read(clean, "charges.csv")]
    assert len(set(rows)) == len(rows)
    references = {row["reference"] for row in read(clean, "charges.csv")}
    assert len(references) == len(rows)


def test_figures_are_exact():
    assert plain(5_500_000, 6) == "5.5"
    assert plain(100, 0) == "100"
    assert in_currency(865_000, "EUR") == "86.50"
    assert in_currency(865_000, "JPY") == "14705"
    assert in_currency(865_000, "KWD") == "28.545"
    assert in_currency(50, "EUR") == "0.01"


@pytest.mark.slow
def test_large_is_large(tmp_path):
    summary = write_sample(tmp_path, seed=1, size="large")
    assert summary.rows["customers.csv"] == 2_000
    assert summary.rows["charges.csv"] == 100_000 + summary.errors["exact_duplicate"]
    planted = sum(summary.errors.values())
    assert 1_500 <= planted <= 3_000
