"""Laws of coupons: as the oracle says, never below zero, never more than they have, exact back."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.laws.agreement import disagreements
from tests.laws.arithmetic import amount, wrong_sums
from tests.laws.cases import chunks, varied
from tests.laws.couponed import Books
from tests.laws.product import determining
from tests.oracle.coupons import held
from tests.oracle.facts import DECIMALS
from tests.oracle.generated_coupons import DAYS, Story, Told, stories, told
from tests.oracle.rounding import minor_units

from cleanbill.engine.exact import split_share

TOLD = {"coupon": 20, "several": 2, "returned": 1, "partly": 9}
"""Of a hundred documents, how many have a coupon, several on a line, give one back, or have lines
without one beside lines with one, at least."""
BILLS = 500
"""Bills of one test: of fewer, too few have several coupons to tell a dull generator by."""
SHOWN = 20
Document = dict[str, Any]


def billed(own: Story, said: Told, cuts: int = 1) -> Books:
    """Return the books after all runs of a story."""
    books = Books(own.batch)
    with determining(own.batch):
        for charges, day in zip(said.charges, DAYS, strict=True):
            books.run(tuple(charges), day, cuts)
    return books


def below_zero(document: Document) -> list[str]:
    """Return what a coupon took below zero: a line, a tax group, the bill."""
    found = []
    couponed = [line for line in document["lines"] if "coupon_shares" in line]
    for line in couponed:
        if amount(line, "net") < amount(line, "document_discount_share"):
            found.append(f"line {line['line']}")
    for tax in document["taxes"]:
        own = [line for line in couponed if same_row(line["tax"], tax)]
        if own and "kind" not in tax and reduced(document, tax) < 0:
            found.append(f"tax {tax['category']} {tax['rate_percent']}")
    if any(amount(document["totals"], name) < 0 for name in ("net", "payable") if couponed):
        found.append("total")
    return [f"{document['number']}: {what} is below zero" for what in found]


def same_row(own: Document, tax: Document) -> bool:
    """Tell whether a line's first tax is part of a tax row."""
    keys = ("category", "rate_percent", "name", *(("rule",) if "name" in own else ()))
    return all(own.get(key) == tax.get(key) for key in keys)


def reduced(document: Document, tax: Document) -> Decimal:
    """Return what reductions leave of the lines of a tax row, tax included where prices are so."""
    lines = [line for line in document["lines"] if same_row(line["tax"], tax)]
    return sum(
        (amount(line, "net") - amount(line, "document_discount_share") for line in lines),
        Decimal(0),
    )


def sums(document: Document) -> list[str]:
    """Return the sums that are wrong. What lines of prices that include tax hold of it cannot be
    shared by what they cost where they come to zero together, as goods and a rebate of them do.
    """
    left: dict[str, Decimal] = {}
    for line in document["lines"]:
        added = [tax for tax in line.get("further_taxes", ()) if tax["kind"] == "added"]
        taxes = [{k: v for k, v in t.items() if k not in ("base", "tax")} for t in added]
        key = repr((line["tax"].items(), taxes))
        own = amount(line, "net") - amount(line, "document_discount_share")
        left[key] = left.get(key, Decimal(0)) + own
    wrong = wrong_sums(document)
    if "tax_included" not in document["totals"] or all(left.values()):
        return wrong
    return [one for one in wrong if " tax included: " not in one]


def overspent(books: Books) -> list[str]:
    """Return the coupons that gave more than their terms and budgets allow."""
    rows, found = books.given(), []
    for coupon in books.batch.coupons:
        places = DECIMALS[coupon.currency]
        own = [
            used
            for key, used in rows.select("redemption_id", "used_minor").iter_rows()
            if key == coupon.redemption_id
        ]
        if coupon.amount is not None:
            each = minor_units(coupon.amount, places)
            bills = len(own) if coupon.bills is None else coupon.bills
            if sum(own) > each * bills or (coupon.lapses and max(own, default=0) > each):
                found.append(f"{coupon.key} gave {own}, {each} on {bills} bills")
        if any(used < 0 for used in own):
            found.append(f"{coupon.key} got more back than it gave: {own}")
        if coupon.budget is not None:
            code = [
                u for c, u in rows.select("coupon", "used_minor").iter_rows() if c == coupon.code
            ]
            if sum(code) > minor_units(coupon.budget, places):
                found.append(f"{coupon.code} gave {sum(code)} of {coupon.budget}")
    return found


def problems(own: Story) -> tuple[list[str], Books]:
    """Return everything that is wrong with what the product makes of a story, and its books."""
    said = told(own)
    books = billed(own, said)
    found = disagreements([b for run in said.bills for b in run], books.documents)
    for document in books.documents:
        found += [*sums(document), *below_zero(document)]
    found += overspent(books)
    used = dict(books.coupons().select("redemption_id", "used_minor").iter_rows())
    for purse in said.purses.all:
        if used[purse.coupon.redemption_id] != purse.used:
            key, product = purse.coupon.key, used[purse.coupon.redemption_id]
            found.append(f"{key}: the product says {product} are used, the oracle {purse.used}")
    return found, books


@pytest.mark.parametrize("chunk", chunks(BILLS))
@pytest.mark.parametrize("several_taxes", [False, True], ids=["one tax", "several taxes"])
def test_generated_coupons_agree_with_the_oracle_and_never_go_below_zero(
    chunk: int, several_taxes: bool
) -> None:
    found, documents = [], []
    for number, own in enumerate(stories(f"23-{chunk}", BILLS, several_taxes=several_taxes)):
        wrong, books = problems(own)
        found += [f"story {number}: {problem}" for problem in wrong]
        documents += books.documents
    assert not found, "\n".join([f"{len(found)} problems", *found[:SHOWN]])
    varied(properties(documents), len(documents), TOLD)


def properties(documents: list[Document]) -> Counter[str]:
    """Return how many documents have what makes their coupons hard."""
    found: Counter[str] = Counter()
    for document in documents:
        sizes = [len(line.get("coupon_shares", ())) for line in document["lines"]]
        found["coupon"] += max(sizes) > 0
        found["several"] += max(sizes) > 1
        found["returned"] += document["kind"] == "credit_note" and max(sizes) > 0
        found["partly"] += 0 < sum(map(bool, sizes)) < len(sizes)
    return found


def test_the_stories_tell_of_every_coupon_that_is_not_used() -> None:
    reasons: Counter[str] = Counter()
    for own in stories(23, 400):
        books = billed(own, told(own))
        reasons.update(code for rows in books.findings for code in rows["code"])
    for code in ("CB-DOC-010", "CB-DOC-011", "CB-DOC-012", "CB-DOC-013"):
        assert reasons[code] > 0, code


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_splitting_the_batch_changes_nothing_with_coupons(seed: int) -> None:
    for own in stories(seed, 40, several_taxes=seed == 3):
        said = told(own)
        whole = unnumbered(billed(own, said))
        for cuts in (2, 7, 1000):
            assert unnumbered(billed(own, said, cuts)) == whole


def unnumbered(books: Books) -> list[str]:
    """Return the documents without what depends on their numbers."""
    texts = []
    for document in books.documents:
        lines = [{k: v for k, v in line.items() if k != "credits"} for line in document["lines"]]
        rest = {k: v for k, v in document.items() if k not in ("number", "payment", "preceding")}
        texts.append(repr(sorted({**rest, "lines": lines}.items())))
    return sorted(texts)


@pytest.mark.parametrize("several_taxes", [False, True], ids=["one tax", "several taxes"])
@pytest.mark.parametrize("seed", [4, 5, 6])
def test_credits_of_couponed_bills_end_exactly_at_zero(seed: int, several_taxes: bool) -> None:
    """Whatever parts were credited before, the reversal of the rest leaves nothing at all."""
    for own in stories(seed, 80, several_taxes=several_taxes):
        books = billed(own, told(own))
        books.reversed(DAYS[-1])
        sums: dict[Any, Decimal] = {}
        for document in books.documents:
            sign = -1 if document["kind"] == "credit_note" else 1
            for key, value in figures(document).items():
                sums[key] = sums.get(key, Decimal(0)) + sign * value
        assert {key: value for key, value in sums.items() if value} == {}
        returning = {c.redemption_id for c in own.batch.coupons if not c.keeps}
        left = books.coupons().select("redemption_id", "used_minor").iter_rows()
        assert [key for key, used in left if used and key in returning] == []


def figures(document: Document) -> dict[Any, Decimal]:
    """Return every amount of a document's lines by the invoice line that it belongs to."""
    found: dict[Any, Decimal] = {}
    for line in document["lines"]:
        if document["kind"] == "credit_note" and "credits" not in line:
            continue  # A credit of its own reverses nothing.
        of = line.get("credits", {"number": document["number"], "line": line["line"]})
        whose = (of["number"], of["line"])
        for name in ("gross", "discount", "net", "document_discount_share", "tax_share"):
            found[(*whose, name)] = found.get((*whose, name), Decimal(0)) + amount(line, name)
        for part in line.get("coupon_shares", ()):
            key = (*whose, part["coupon"])
            found[key] = found.get(key, Decimal(0)) + Decimal(part["amount"])
    return found


PARTS = st.lists(st.integers(0, 10**12), min_size=1, max_size=6)


@settings(max_examples=300)
@given(PARTS, st.data())
def test_a_share_holds_its_parts_and_none_ever_shrinks(
    parts: list[int], data: st.DataObject
) -> None:
    whole = sum(parts)
    less = data.draw(st.integers(0, whole))
    more = data.draw(st.integers(less, whole))
    first, second = split_share(less, parts), split_share(more, parts)
    assert (sum(first), sum(second)) == (less, more)
    assert all(a <= b <= part for a, b, part in zip(first, second, parts, strict=True))
    assert min(first) >= 0
    assert split_share(whole, parts) == parts
    assert first == held(less, parts)
