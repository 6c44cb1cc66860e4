"""Whether a printed document adds up, by its own figures alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

Document = dict[str, Any]
Row = dict[str, Any]

PRECISION = 80
"""Digits that hold every product of printed numbers exactly."""


def amount(row: Row, name: str) -> Decimal:
    """Return a printed amount; an absent one is zero."""
    return Decimal(row.get(name, "0"))


def taxable(line: Row) -> Decimal:
    return amount(line, "net") - amount(line, "document_discount_share") - included(line)


def included(line: Row) -> Decimal:
    """Return the tax inside a line's price."""
    return amount(line, "tax_included")


def added(taxes: Iterable[Row]) -> list[Row]:
    """Return the taxes that are added to the net: the first ones of lines name no kind."""
    return [tax for tax in taxes if tax.get("kind") in (None, "added")]


def further(lines: Iterable[Row]) -> list[Row]:
    return [tax for line in lines for tax in line.get("further_taxes", [])]


def summed(rows: Iterable[Row], name: str) -> Decimal:
    return sum((amount(row, name) for row in rows), Decimal(0))


def group_of(tax: Row) -> tuple[str, ...]:
    named = (tax["name"], tax["rule"]) if "name" in tax else ()
    return tax["category"], tax["rate_percent"], *named


class Sums:
    """Collects the equations of a document that do not hold."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.unit = Decimal(1).scaleb(-int(document["decimals"]))
        self.wrong: list[str] = []

    def equal(self, what: str, printed: Decimal, due: Decimal, off: Decimal | int = 0) -> None:
        if abs(printed - due) > off:
            self.wrong.append(f"{self.document['number']}: {what}: prints {printed}, due {due}")

    def rounded(self, exact: Decimal) -> Decimal:
        return exact.quantize(self.unit, ROUND_HALF_UP)

    def line(self, line: Row) -> None:
        """quantity × unit price ÷ base = gross; gross − discount = net."""
        name = f"line {line['line']}"
        reverses = "credits" in line
        exact = amount(line, "quantity") * amount(line, "unit_price")
        gross = self.rounded(exact / amount(line, "price_base_quantity"))
        self.equal(f"{name} gross", amount(line, "gross"), gross, self.unit if reverses else 0)
        net = amount(line, "gross") - amount(line, "discount")
        self.equal(f"{name} net", amount(line, "net"), net)
        if not reverses:
            percent = amount(line, "discount_percent")
            discount = self.rounded(amount(line, "gross") * percent / 100)
            self.equal(f"{name} discount", amount(line, "discount"), discount)
        tax = taxable(line) * Decimal(line["tax"]["rate_percent"]) / 100
        off = (5 if included(line) else 3 if reverses else 1) * self.unit
        self.equal(f"{name} tax share", amount(line, "tax_share"), tax, off)
        self.inside(line)

    def inside(self, line: Row) -> None:
        """net + its added taxes = price, unless tax is the rate of the net."""
        rule = self.document["calculation"].get("inclusive_method")
        if ("tax_included" in line) != (rule is not None):
            self.wrong.append(f"{self.document['number']}: line {line['line']} is another kind")
        if rule in ("net", "tax"):
            taxes = amount(line, "tax_share") + summed(added(further([line])), "tax")
            self.equal(f"line {line['line']} tax included", included(line), taxes)

    def group(self, group: Row, lines: list[Row]) -> None:
        """base = nets − shares; tax = sum of shares, and what the method says of rate × base."""
        name = f"tax {group_of(group)}"
        base = sum((taxable(line) for line in lines), Decimal(0))
        self.equal(f"{name} base", amount(group, "base"), base)
        self.equal(f"{name} tax", amount(group, "tax"), summed(lines, "tax_share"))
        rate, tax = Decimal(group["rate_percent"]) / 100, amount(group, "tax")
        rule = self.document["calculation"].get("inclusive_method")
        if rule in ("net", "tax"):
            self.equal(f"{name} rate", tax, base * rate, 6 * len(lines) * self.unit)
        elif any("credits" in line for line in lines):
            self.equal(f"{name} rate", tax, base * rate, 3 * len(lines) * self.unit)
        elif self.document["calculation"]["tax_method"] == "per_group":
            self.equal(f"{name} rate", tax, self.rounded(base * rate))
        else:
            each = [self.rounded(taxable(line) * rate) for line in lines]
            self.equal(f"{name} lines", tax, sum(each, Decimal(0)))

    def taxes(self) -> None:
        """Every line stands in exactly one tax group, every group has lines."""
        lines = self.document["lines"]
        groups = [group for group in self.document["taxes"] if "kind" not in group]
        of = {group_of(group): group for group in groups}
        if len(of) != len(groups) or set(of) != {group_of(line["tax"]) for line in lines}:
            self.wrong.append(f"{self.document['number']}: tax groups are not those of the lines")
        for key, group in of.items():
            self.group(group, [line for line in lines if group_of(line["tax"]) == key])

    def further(self) -> None:
        """The row of a further tax is the sum of its lines' parts, each by its rate."""
        keys = ("category", "compound", "kind", "name", "rate_percent", "rule")
        due: dict[tuple[str | None, ...], list[Row]] = {}
        for tax in further(self.document["lines"]):
            due.setdefault(tuple(tax.get(key) for key in keys), []).append(tax)
        rows = [row for row in self.document["taxes"] if "kind" in row]
        if len(rows) != len(due):
            self.wrong.append(f"{self.document['number']}: further taxes are not those of lines")
        for row in rows:
            parts = due.get(tuple(row.get(key) for key in keys), [])
            for figure in ("base", "tax"):
                what = f"{row['name']} {figure}"
                self.equal(what, amount(row, figure), summed(parts, figure))
            exact = amount(row, "base") * Decimal(row["rate_percent"]) / 100
            self.equal(row["name"], amount(row, "tax"), exact, 6 * len(parts) * self.unit)

    def allowances(self) -> None:
        """The allowances of a tax are the shares of its lines."""
        printed: dict[tuple[str, str], Decimal] = {}
        for row in self.document.get("allowances", []):
            key = (row["tax"]["category"], row["tax"]["rate_percent"])
            printed[key] = printed.get(key, Decimal(0)) + amount(row, "amount")
        due = dict.fromkeys(printed, Decimal(0))
        for line in self.document["lines"]:
            key = (line["tax"]["category"], line["tax"]["rate_percent"])
            due[key] = due.get(key, Decimal(0)) + amount(line, "document_discount_share")
        for key, shares in due.items():
            self.equal(f"allowance {key}", printed.get(key, Decimal(0)), shares)

    def totals(self) -> None:
        lines, totals = self.document["lines"], self.document["totals"]
        discount = amount(totals, "document_discount")
        self.equal("lines net", amount(totals, "lines_net"), summed(lines, "net"))
        self.equal("document discount", discount, summed(lines, "document_discount_share"))
        allowances = summed(self.document.get("allowances", []), "amount")
        self.equal("allowances", discount, allowances)
        whole = amount(totals, "lines_net") - discount
        self.equal("included", amount(totals, "tax_included"), summed(lines, "tax_included"))
        self.equal("net", amount(totals, "net"), whole - amount(totals, "tax_included"))
        taxes = self.document["taxes"]
        firsts = [tax for tax in taxes if "kind" not in tax]
        self.equal("bases", amount(totals, "net"), summed(firsts, "base"))
        self.equal("tax", amount(totals, "tax"), summed(added(taxes), "tax"))
        kept = [tax for tax in taxes if tax.get("kind") == "retained"]
        withheld = amount(totals, "withheld")
        self.equal("withheld", withheld, summed(kept, "tax"))
        gross = amount(totals, "net") + amount(totals, "tax")
        self.equal("gross", amount(totals, "gross"), gross)
        payable = amount(totals, "gross") + amount(totals, "rounding") - withheld
        self.equal("payable", amount(totals, "payable"), payable)
        for step in self.document["payment"].get("early_discounts", []):
            base = amount(totals, "payable"), amount(totals, "net")
            if amount(step, "base") not in base:
                self.wrong.append(f"{self.document['number']}: early discount of {step['base']}")
            off = self.rounded(amount(step, "base") * amount(step, "percent") / 100)
            self.equal("early discount", amount(step, "amount"), off)
            self.equal("paid early", amount(step, "payable"), payable - off)

    def decimals(self) -> None:
        """Every amount shows exactly the currency's decimals."""
        for row, name in printed_amounts(self.document):
            shown = row[name].partition(".")[2]
            if len(shown) != int(self.document["decimals"]):
                self.wrong.append(f"{self.document['number']}: {name} prints {row[name]}")


AMOUNTS = (
    *("gross", "discount", "net", "document_discount_share", "tax_share", "base", "tax"),
    *("amount", "lines_net", "document_discount", "rounding", "payable"),
    *("tax_included", "withheld"),
)


def printed_amounts(document: Document) -> Iterator[tuple[Row, str]]:
    lines = document["lines"]
    rows = [*lines, *further(lines), *document["taxes"], *document.get("allowances", [])]
    for row in [*rows, document["totals"]]:
        for name in AMOUNTS:
            if isinstance(row.get(name), str):
                yield row, name


def wrong_sums(document: Document) -> list[str]:
    """Return the equations that a document breaks; an empty list is a document that adds up."""
    with localcontext() as context:
        context.prec = PRECISION
        sums = Sums(document)
        for line in document["lines"]:
            sums.line(line)
        sums.taxes()
        sums.further()
        sums.allowances()
        sums.totals()
        sums.decimals()
        return sums.wrong
