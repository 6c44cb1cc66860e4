"""Worked examples as people write them, turned into sheets and back into text.

A case is a table in a TOML file below ``tests/cases/worked``: a sentence, what is billed, what must
come out. Amounts are decimal text. A tax is written ``VAT 21``, ``VAT 21 + 5.2`` (with surcharge),
``VAT exempt`` (any word: no tax, for that reason), ``IRPF 15 retained`` or ``ISS 5 informative``;
a discount or charge ``10 %``, ``10 % of 50.00``, ``5.00`` or ``0.25 per unit``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from cleanbill.cycle.tax import reckon
from cleanbill.cycle.tax.reckon import sheet as schemas
from cleanbill.nouns.currency import decimals_of
from cleanbill.nouns.scales import unscaled

FOLDER = Path(__file__).with_name("worked")
FIGURES = (
    "sum discount charge included total tax with_tax retained rounding payable prepaid due".split()
)
KNOWN = {"rows", "totals", "nets", "taxes", "shares", "payments", "changes", *FIGURES}


def cases() -> Iterable[tuple[str, dict[str, Any]]]:
    """Yield every case with its name: theme and place."""
    for file in sorted(FOLDER.glob("*.toml")):
        for place, case in enumerate(tomllib.loads(file.read_text("utf-8"))["case"], 1):
            yield f"{file.stem} {place}", case


def _scaled(text: str, decimals: int) -> int:
    value = Decimal(text).scaleb(decimals)
    assert value == int(value), text
    return int(value)


def _change(text: str) -> dict[str, int | None]:
    words = text.split()
    if len(words) > 1 and words[1] == "%":
        base = _scaled(words[3], 8) if "of" in words else None
        return {"percent_e6": _scaled(words[0], 6), "base_e8": base}
    if text.endswith("per unit"):
        return {"rate_e8": _scaled(words[0], 8)}
    return {"amount_e8": _scaled(text, 8)}


def _tax(text: str) -> dict[str, Any]:
    tax, *words = text.split()
    kind = words.pop() if words[-1] in ("retained", "informative") else "added"
    known: dict[str, Any] = {"tax": tax, "kind": kind, "mark": ""}
    if words[0][0].isdigit():
        known["percent_e6"] = _scaled(words[0], 6)
        if "+" in words:
            known["surcharge_e6"] = _scaled(words[2], 6)
    else:
        known["mark"] = words[0]
    return known


class Writer:
    """Collects the rows of one case's tables."""

    def __init__(self, case: dict[str, Any]) -> None:
        self.decimals = decimals_of(case.get("currency", "EUR"))
        self.tables: dict[str, list[dict[str, Any]]] = {name: [] for name in schemas.TABLES}
        rounding = case.get("rounding_given")
        self._add(
            "bills",
            decimals=self.decimals,
            sums=case.get("sums", "printed"),
            included=case.get("prices_include"),
            inclusive=case.get("inclusive"),
            rounding_minor=_scaled(rounding, self.decimals) if rounding else None,
            cash_unit_minor=_scaled(case["cash_unit"], self.decimals)
            if "cash_unit" in case
            else None,
        )
        for row in case.get("rows", []):
            self._row(row, None)
        for change in [*case.get("discounts", []), *case.get("charges", [])]:
            self._change(change["of"], None, change in case.get("charges", []), change["taxes"])
        for prepaid in (True, False):
            for text in case.get("prepaid" if prepaid else "instalments", []):
                amount = _change(text)
                minor = None if "%" in text else _scaled(text, self.decimals)
                place = len(self.tables["payments"])
                self._add(
                    "payments",
                    payment=place,
                    prepaid=prepaid,
                    percent_e6=amount.get("percent_e6"),
                    amount_minor=minor,
                )

    def _add(self, table: str, **values: Any) -> None:
        self.tables[table].append({"bill": 1, **values})

    def _row(self, row: dict[str, Any], part_of: int | None) -> None:
        number = len(self.tables["rows"]) + 1
        price = row.get("price")
        self._add(
            "rows",
            row=number,
            part_of=part_of,
            quantity_e6=_scaled(row.get("quantity", "1"), 6),
            price_e8=_scaled(price, 8) if price else None,
        )
        for part in row.get("parts", []):
            self._row(part, number)
        for charge, texts in ((False, row.get("discounts", [])), (True, row.get("charges", []))):
            for text in texts:
                self._change(text, number, charge, [])
        for text in row.get("taxes", []):
            self._add("taxes", row=number, **_tax(text))

    def _change(self, text: str, row: int | None, charge: bool, taxes: list[str]) -> None:
        place = len(self.tables["adjustments"]) + 1
        self._add("adjustments", adjustment=place, row=row, charge=charge, **_change(text))
        for tax in taxes:
            self._add("taxes", adjustment=place, **_tax(tax))

    def sheet(self) -> reckon.Sheet:
        """Return the tables."""
        return reckon.Sheet(
            **{
                name: pl.DataFrame(self.tables[name], schema=dict(schema), orient="row")
                for name, schema in schemas.TABLES.items()
            }
        )


def money(minor: int, decimals: int) -> str:
    """Return an amount as it is printed."""
    return f"{unscaled(minor, decimals):.{decimals}f}"


def answer(case: dict[str, Any]) -> dict[str, Any]:
    """Return all that a case may expect, as text."""
    writer = Writer(case)
    found = reckon.reckon(writer.sheet())

    def amounts(column: pl.Series) -> list[str]:
        return [money(v, writer.decimals) for v in column.to_list()]

    top = found.rows.filter(pl.col("part_of").is_null())
    bill = found.bills.row(0, named=True)
    return {
        **{name: money(bill[f"{name}_minor"], writer.decimals) for name in FIGURES},
        "rows": amounts(top["sum_minor"]),
        "totals": amounts(top["total_minor"]),
        "nets": amounts(top["net_minor"]),
        "changes": amounts(found.adjustments.sort("adjustment")["amount_minor"]),
        "taxes": [_worded(row, writer.decimals) for row in found.groups.iter_rows(named=True)],
        "shares": amounts(found.shares["tax_minor"]),
        "payments": amounts(found.payments.sort("payment")["amount_minor"]),
    }


def _worded(group: dict[str, Any], decimals: int) -> str:
    rate = group["mark"]
    if group["percent_e6"] is not None:
        rate = f"{unscaled(group['percent_e6'], 6).normalize():f}"
    text = f"{group['tax']} {rate}: {money(group['base_minor'], decimals)}"
    text += f" + {money(group['tax_minor'], decimals)}"
    extra = group["surcharge_e6"]
    return text + (f" + {money(group['surcharge_minor'], decimals)}" if extra else "")
