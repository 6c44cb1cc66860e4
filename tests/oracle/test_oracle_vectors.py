"""Worked cases: the oracle must give what a person gets with pencil and paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from tests.oracle.bill import Bill, bill_of, printed
from tests.oracle.cases import GERMAN, bill, charge, line, price, tier, unit
from tests.oracle.credits import credit_lines, credit_note, reversed_exactly
from tests.oracle.facts import Customer, Item, SellerFacts
from tests.oracle.pricing import gross_of, price_for, priced
from tests.oracle.rounding import amount_text, by_largest_remainder, rounded
from tests.oracle.taxing import answer


def shares(of: Bill) -> list[int]:
    return [row.share for row in of.lines]


def tax_shares(of: Bill) -> list[int]:
    return [row.tax_share for row in of.lines]


@pytest.mark.parametrize(
    ("unit_price", "quantity", "currency", "minor"),
    [
        ("10.625", "4.4556", "USD", 4734),  # 47.34075 -> 47.34
        ("10.625", "4.4556", "JPY", 47),  # 47.34075 -> 47
        ("10.625", "4.4556", "KWD", 47341),  # 47.34075 -> 47.341
        ("10.625", "4.4556", "CLF", 473408),  # 47.34075 is half of 0.0001 -> 47.3408
        ("0.005", "1", "EUR", 1),  # half a cent goes up
        ("0.00499999", "1", "EUR", 0),  # less than half a cent
        ("0.005", "-1", "EUR", -1),  # half a cent goes away from zero
        ("0.335", "3", "EUR", 101),  # 1.005 -> 1.01
        ("0.00000001", "0.000001", "EUR", 0),  # the smallest of everything
        ("99.99", "1000000000000", "EUR", 9_999_000_000_000_000),  # the largest
    ],
)
def test_unit(unit_price: str, quantity: str, currency: str, minor: int) -> None:
    assert unit(unit_price, quantity, currency) == minor


@pytest.mark.parametrize(
    ("gross", "percent", "net"),
    [
        ("10.00", "33.333333", 667),  # 3.3333333 -> 3.33 off
        ("0.01", "50", 0),  # half a cent off rounds to a cent
        ("0.03", "50", 1),  # 1.5 cents off -> 2
        ("12.34", "0", 1234),
        ("12.34", "100", 0),
        ("50.00", "1.13", 4943),  # 0.565 off -> 0.57
    ],
)
def test_discount(gross: str, percent: str, net: int) -> None:
    assert unit(gross, "1", discount=percent) == net


def test_the_charges_own_discount_comes_first_even_when_it_is_zero() -> None:
    table = price("unit", tier("10"), discount="10")
    assert priced(charge(), table).net == 900
    assert priced(charge(discount="0"), table).net == 1000


STEPS = price("graduated", tier("1", "5", up_to="10"), tier("0.5", up_to="20"), tier("0.25", "2"))
BANDS = price("volume", tier("1", "5", up_to="10"), tier("0.5", up_to="20"), tier("0.25", "2"))


@pytest.mark.parametrize(
    ("table", "quantity", "minor"),
    [
        (STEPS, "0", 500),  # the first tier contains 0: its flat 5.00
        (STEPS, "10", 1500),  # 10 × 1 + 5, the second tier is not entered
        (STEPS, "10.000001", 1500),  # + 0.000001 × 0.5, no flat amount there
        (STEPS, "20", 2000),  # 10 × 1 + 5 + 10 × 0.5
        (STEPS, "20.000001", 2200),  # + flat 2.00 of the third tier + 0.00000025
        (STEPS, "24", 2300),  # 15 + 5 + 2 + 4 × 0.25
        (BANDS, "0", 500),
        (BANDS, "10", 1500),  # 10 × 1 + 5
        (BANDS, "10.000001", 500),  # 10.000001 × 0.5 = 5.0000005
        (BANDS, "20", 1000),  # 20 × 0.5
        (BANDS, "24", 800),  # 24 × 0.25 + 2
    ],
)
def test_tiers(table: object, quantity: str, minor: int) -> None:
    assert priced(charge(quantity), table).gross == minor  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("quantity", "minor"),
    [("12", 700), ("12.000001", 1400), ("24", 1400), ("0.000001", 700), ("0", 0)],
)
def test_package_counts_begun_packages(quantity: str, minor: int) -> None:
    table = price("package", tier("7", package="12"))
    assert gross_of(table, Decimal(quantity), None, 2) == minor


@pytest.mark.parametrize(
    ("amount", "minor"),
    [
        ("50.00", 500),  # 0.57 + 0.30 is below the minimum 5.00
        ("1000.00", 1160),  # 11.30 + 0.30
        ("1000.44", 1160),  # 11.304972 + 0.30 -> 11.604972
        ("9000.00", 9000),  # 101.70 + 0.30 is above the maximum 90.00
    ],
)
def test_percentage_within_minimum_and_maximum(amount: str, minor: int) -> None:
    table = price("percentage", tier(None, "0.30", percent="1.13"), minimum="5.00", maximum="90.00")
    assert priced(charge(amount=amount), table).gross == minor


def test_percent_of_an_amount_ends_in_half_a_cent() -> None:
    table = price("percentage", tier(percent="1.13"))
    assert priced(charge(amount="50.00"), table).gross == 57  # 5000 c × 1.13 % = 56.5 c


def test_flat_ignores_the_quantity_and_keeps_the_sign() -> None:
    table = price("flat", tier(None, "29.90"))
    assert priced(charge("7"), table).gross == 2990
    assert priced(charge("7", kind="cancellation"), table).gross == -2990


def test_price_of_the_customer_before_the_plan_before_the_list() -> None:
    def at(price_id: int, **whose: str | date) -> object:
        return replace(price("unit", tier("1")), price_id=price_id, **whose)  # type: ignore[arg-type]

    listed, planned, own = at(1), at(2, plan="gold"), at(3, customer="C")
    until, since = at(4, valid_to=date(2026, 10, 14)), at(5, valid_from=date(2026, 10, 14))

    def chosen(plan: str | None, *prices: object) -> int:
        found = price_for(charge(), plan, prices)  # type: ignore[arg-type]
        assert found is not None
        return found.price_id

    assert chosen("gold", listed, planned, own) == 3
    assert chosen("gold", listed, planned) == 2
    assert chosen(None, listed, planned) == 1
    assert chosen(None, until, since) == 5  # the day itself belongs to the new price


def test_two_fees_of_1_05_at_10_percent() -> None:
    # base 2.10, tax 0.21; each fee's exact tax is 10.5 c: floors 10 + 10, one cent to the first
    of = bill(105, 105, rate="10")
    assert (of.totals.tax, tax_shares(of)) == (21, [11, 10])
    # per line each 10.5 c rounds to 11 c
    of = bill(105, 105, rate="10", tax_method="per_line")
    assert (of.totals.tax, tax_shares(of)) == (22, [11, 11])


def test_tax_of_1_50_at_19_percent() -> None:
    assert bill(150).totals.tax == 29  # 28.5 c -> 29 c


def test_document_discount_of_0_30_over_three_lines() -> None:
    # 3 % of 10.00 = 0.30; exact shares 10.02, 9.99, 9.99 -> floors 10, 9, 9, two cents left over:
    # to the remainders 0.99 and 0.99
    of = bill(334, 333, 333, percent="3")
    assert (of.totals.document_discount, shares(of)) == (30, [10, 10, 10])


def test_document_discount_ties_go_to_the_first_line() -> None:
    # 50 % of 0.03 = 1.5 -> 2 c; each deserves 0.666 c: one each to the first two
    of = bill(1, 1, 1, percent="50")
    assert (of.totals.document_discount, shares(of)) == (2, [1, 1, 0])


def test_document_discount_lowers_the_base_and_never_the_net() -> None:
    of = bill(19132, percent="2")
    # 191.32 × 2 % = 3.8264 -> 3.83; base 187.49; tax 35.6231 -> 35.62; gross 223.11
    assert of.totals.document_discount == 383
    assert of.groups[0].base == 18749
    assert (of.totals.tax, of.totals.gross) == (3562, 22311)
    assert of.lines[0].priced.net == 19132


def test_document_discount_of_100_percent_leaves_nothing() -> None:
    of = bill(1, 2, 3, percent="100")
    assert shares(of) == [1, 2, 3]
    assert (of.totals.net, of.totals.tax, of.totals.payable) == (0, 0, 0)


def test_three_tiny_lines_share_one_cent_of_tax() -> None:
    # base 0.03 × 19 % = 0.57 c -> 1 c, exact shares 0.19 each: the first line shows it
    assert tax_shares(bill(1, 1, 1)) == [1, 0, 0]
    assert bill(1, 1, 1, tax_method="per_line").totals.tax == 0


def test_groups_of_two_rates() -> None:
    lines = [line(1000, "19", "R1", "a"), line(1000, "7", "R2", "b"), line(5, "7", "R3", "b")]
    of = bill_of(lines, GERMAN, Decimal(10))
    # 10 % of 20.05 = 2.005 -> 2.01; exact shares 100.2494, 100.2494, 0.5012 -> 100, 100, 1
    assert shares(of) == [100, 100, 1]
    # bases 9.00 and 9.04, taxes 1.71 and 0.6328 -> 0.63
    assert [(g.base, g.tax, g.allowance) for g in of.groups] == [(900, 171, 100), (904, 63, 101)]


@pytest.mark.parametrize(
    ("gross", "payable", "rounding"),
    [(212, 210, -2), (213, 215, 2), (215, 215, 0), (-213, -215, -2), (-212, -210, 2)],
)
def test_cash_rounding_to_0_05(gross: int, payable: int, rounding: int) -> None:
    of = bill(gross, rate="0", currency="CHF", cash_unit_minor=5)
    assert (of.totals.payable, of.totals.rounding) == (payable, rounding)


def test_cash_rounding_of_1_97_at_8_1_percent() -> None:
    # 1.97 + 8.1 % (15.957 c -> 16 c) = 2.13 -> 2.15, rounding 0.02
    of = bill(197, rate="8.1", currency="CHF", cash_unit_minor=5)
    assert (of.totals.gross, of.totals.payable, of.totals.rounding) == (213, 215, 2)


def test_half_of_a_cash_unit_goes_away_from_zero() -> None:
    # a unit of 10 c: 2.15 lies half way between 2.10 and 2.20
    assert bill(215, rate="0", cash_unit_minor=10).totals.payable == 220
    assert bill(-215, rate="0", cash_unit_minor=10).totals.payable == -220


def credited(net: int, parts: list[str], quantity: str) -> list[int]:
    """Return the nets credited by these parts of a line with this net and quantity."""
    sold = bill_of([replace(line(net), charge=charge(quantity))], GERMAN)
    steps = [
        charge(part, kind="cancellation", reference=f"X{place}", cancels="R1")
        for place, part in enumerate(parts)
    ]
    lines = credit_lines([sold], steps)
    if sum(map(Decimal, parts)) == Decimal(quantity):
        assert reversed_exactly(sold.lines[0], lines)
    return [row.priced.net for row in lines]


def test_partial_credits_end_exactly_at_the_line() -> None:
    # 10.00 of 3 units: cumulated 3.33, 6.67, 10.00
    assert credited(1000, ["1", "1", "1"], "3") == [-333, -334, -333]
    # 0.01 of 3 units: cumulated 0.33 -> 0, 0.67 -> 1, 1
    assert credited(1, ["1", "1", "1"], "3") == [0, -1, 0]
    # the whole at once is the line itself
    assert credited(1000, ["3"], "3") == [-1000]
    # 0.05 of 2 units: 2.5 -> 3, then the rest
    assert credited(5, ["1", "1"], "2") == [-3, -2]


def test_credit_note_is_printed_positive() -> None:
    sold = bill(1000, 500, percent="10")
    steps = [
        charge(kind="cancellation", reference="X1", cancels="R1"),
        charge(kind="cancellation", reference="X2", cancels="R2"),
    ]
    note, was = printed(credit_note(credit_lines([sold], steps), GERMAN)), printed(sold)
    assert note["totals"] == was["totals"]
    assert note["taxes"] == was["taxes"]


@pytest.mark.parametrize(
    ("customer", "kind", "day", "category", "rate"),
    [
        (Customer("C", "business", "DE"), "goods", date(2020, 6, 30), "S", "19"),
        (Customer("C", "business", "DE"), "goods", date(2020, 7, 1), "S", "16"),
        (Customer("C", "business", "DE"), "goods", date(2020, 12, 31), "S", "16"),
        (Customer("C", "business", "DE"), "goods", date(2021, 1, 1), "S", "19"),
        (Customer("C", "business", "AT", "ATU1"), "goods", date(2026, 1, 1), "K", "0"),
        (Customer("C", "business", "AT", "ATU1"), "service", date(2026, 1, 1), "AE", "0"),
        (Customer("C", "consumer", "AT"), "service", date(2026, 1, 1), "S", "19"),
        (Customer("C", "business", "US"), "goods", date(2026, 1, 1), "G", "0"),
        (Customer("C", "business", "US"), "service", date(2026, 1, 1), "O", "0"),
    ],
)
def test_tax_answers(customer: Customer, kind: str, day: date, category: str, rate: str) -> None:
    tax = answer(SellerFacts("DE", "EUR"), customer, Item("I", kind), day)
    assert (tax.category, tax.rate_percent) == (category, Decimal(rate))


@pytest.mark.parametrize(
    ("exact", "whole"),
    [("1/2", 1), ("-1/2", -1), ("3/2", 2), ("5/2", 3), ("-5/2", -3), ("49/100", 0), ("0", 0)],
)
def test_rounded(exact: str, whole: int) -> None:
    assert rounded(Fraction(exact)) == whole


def test_largest_remainder_of_negative_shares() -> None:
    # floors of -0.5, -0.5, -1 are -1, -1, -1; the whole -2 leaves one unit, to the first 0.5
    thirds = [Fraction(-1, 2), Fraction(-1, 2), Fraction(-1)]
    assert by_largest_remainder(-2, thirds) == [0, -1, -1]


@pytest.mark.parametrize(
    ("minor", "decimals", "text"),
    [(5, 2, "0.05"), (-5, 2, "-0.05"), (47, 0, "47"), (1234567, 4, "123.4567"), (0, 3, "0.000")],
)
def test_amount_text(minor: int, decimals: int, text: str) -> None:
    assert amount_text(minor, decimals) == text
