"""Corners that chance seldom finds: the product and the oracle agree there too."""

from __future__ import annotations

import pytest
from tests.laws import corners
from tests.laws.arithmetic import wrong_sums
from tests.laws.product import outcome
from tests.laws.test_oracle import problems, report
from tests.oracle.facts import Batch


@pytest.mark.parametrize(
    "batch",
    [
        pytest.param(corners.nothing_to_share(), id="nothing to share"),
        pytest.param(corners.two_rules_of_one_rate(), id="two rules of one rate"),
        pytest.param(corners.held_invoices_beside_credits(), id="held beside credits"),
        pytest.param(corners.included_units("graduated"), id="included, graduated"),
        pytest.param(corners.included_units("volume"), id="included, volume"),
        pytest.param(corners.exempt_abroad("goods"), id="exempt goods abroad"),
        pytest.param(corners.exempt_abroad("service"), id="exempt service abroad"),
        pytest.param(corners.opposite_ties_per_line(), id="opposite ties per line"),
    ],
)
def test_corner(batch: Batch) -> None:
    found = problems(batch)
    assert not found, report(found)


@pytest.mark.parametrize(
    "batch",
    [
        pytest.param(corners.credit_without_amount(), id="no amount"),
        pytest.param(corners.credit_after_the_price_ended(), id="no price"),
    ],
)
def test_a_linked_credit_needs_no_price_of_its_own(batch: Batch) -> None:
    result = outcome(batch)
    assert not result.held
    invoice, note = result.documents
    assert note["totals"] == invoice["totals"]


@pytest.mark.parametrize("count", [900, 1000])
def test_sums_beyond_64_bits_are_held_and_never_printed(count: int) -> None:
    result = outcome(corners.too_many_large_lines(count))
    assert not result.documents
    assert result.blocking
    assert "CB-DOC-001" not in result.blocking, "a sum that wrapped looked negative"


def test_the_largest_lines_that_fit_add_up() -> None:
    result = outcome(corners.too_many_large_lines(700))
    assert not result.held
    assert [wrong_sums(document) for document in result.documents] == [[]]
