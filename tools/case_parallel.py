"""Run Online Retail in parallel with the invoices that the wholesaler itself made of its rows.

    python -m tools.case_parallel [--data FILE] [--page FILE]

imports the year, compares it with its own invoices, then with the same invoices in which known
errors were planted, and writes docs/cases/parallel-run.md. What must be found comes from
tests/independent/online_retail.py and from the planting; where it differs, the exit code is 1.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import polars as pl
from tests.independent import online_retail as independent
from tools.case_online_retail import COMPANY, DATA, ROOT, Step, cleanbill, machine
from tools.online_retail_page import pounds, table

PAGE = ROOT / "docs/cases/parallel-run.md"
EVERY = 97
"""Every so manieth row that can carry an error does."""
ERRORS = ("missed", "double", "price", "quantity", "no_charge", "customer")
ASKED = ("--until", "2011-12-31", "--issue-date", "2011-12-31")


def penced(quantity: int, price: Decimal) -> int:
    """Return a line's value in pence, rounded half away from zero."""
    return int((quantity * price * 100).quantize(Decimal(1), ROUND_HALF_UP))


def planted(data: Path, place: Path) -> dict[str, tuple[int, int]]:
    """Write the invoices with planted errors; return what each cause must show: rows and pence."""
    rows = pl.read_parquet(data)
    alone = pl.len().over("InvoiceNo", "StockCode") == 1
    price = pl.col("UnitPrice")
    fit = (pl.col("Quantity") > 0) & (price > 0) & pl.col("CustomerID").is_not_null() & alone
    marked = rows.with_columns(fit.alias("fit")).to_dicts()
    worth: Counter[str] = Counter()
    count: Counter[str] = Counter()
    kept: list[dict[str, Any]] = []
    turn = 0
    for row in marked:
        old = {name: row[name] for name in rows.columns}
        old["UnitPrice"] = paid = Decimal(repr(row["UnitPrice"]))
        old["InvoiceDate"] = row["InvoiceDate"].isoformat(" ")
        lines = [old]
        turn += row["fit"]
        if row["fit"] and turn % EVERY == 0:
            error = ERRORS[turn // EVERY % len(ERRORS)]
            right = penced(old["Quantity"], paid)
            _spoil(error, old, lines)
            told = sum(penced(line["Quantity"], line["UnitPrice"]) for line in lines)
            worth[error] += 0 if error == "customer" else right - told
            count[error] += 1
        kept += lines
    for line in kept:
        line["UnitPrice"] = str(line["UnitPrice"])
    pl.DataFrame(kept, infer_schema_length=None).write_csv(place)
    return {error: (count[error], worth[error]) for error in ERRORS}


def _spoil(error: str, old: dict[str, Any], lines: list[dict[str, Any]]) -> None:
    match error:
        case "missed":
            lines.clear()
        case "double":
            lines.append(dict(old))
        case "price":
            old["UnitPrice"] += Decimal("0.35")
        case "quantity":
            old["Quantity"] += 3
        case "no_charge":
            lines.append(dict(old, StockCode="NEVER-SOLD"))
        case "customer":
            old["CustomerID"] = 99999


def found(step: Step) -> tuple[dict[str, Any], dict[str, tuple[int, int]]]:
    """Return a parallel run's answer, and rows and pence of each cause."""
    answer = json.loads(step.answer)
    causes = {
        row["cause"]: (row["count"], int(Decimal(row["difference"]).scaleb(2)))
        for row in answer["causes"]
    }
    return answer, causes


def expected(data: Path) -> dict[str, tuple[int, int]]:
    """Return what we do not bill of the year, as the independent script has it."""
    fates = independent.figures(*independent.settled(data))["fates"]
    due = {}
    for cause, word in (("held", "held: "), ("not_billable", "not billable: ")):
        own = [counted for fate, counted in fates.items() if fate.startswith(word)]
        due[cause] = (sum(each["rows"] for each in own), -sum(each["pence"] for each in own))
    return due


def page(
    plain: Step, spoiled: Step, due: dict[str, Any], plants: dict[str, Any], wrong: list[str]
) -> str:
    """Return the whole page."""
    answer, causes = found(plain)
    second, others = found(spoiled)
    total = answer["totals"][0]
    words = json.loads((ROOT / "tools/case_parallel.json").read_text(encoding="utf-8"))
    rows = [
        (words["causes"][c], f"{n:,}", pounds(p), f"{due[c][0]:,}", pounds(due[c][1]))
        for c, (n, p) in causes.items()
    ]
    heads = ("cause", "rows", "ours more, GBP", "independent: rows", "independent: GBP")
    errors = [
        (words["causes"][c], f"{n:,}", pounds(p), f"{others[c][0]:,}", pounds(others[c][1]))
        for c, (n, p) in plants.items()
    ]
    planted_heads = ("planted", "rows", "GBP", "found: rows", "found: GBP")
    right = (1, 2, 3, 4)
    samples = [f"- {row['says']}" for row in _samples(second["differences"])]
    agreed = (
        "Every figure of both tables agrees."
        if not wrong
        else "These figures disagree:\n\n" + "\n".join(f"- {line}" for line in wrong)
    )
    return (
        "\n\n".join(
            [
                words["head"],
                words["first"].format(
                    rows=answer["old_rows"],
                    equal=answer["equal"],
                    bills=total["old_bills"],
                    old=Decimal(total["old"]),
                    ours=Decimal(total["our"]),
                    more=Decimal(total["difference"]),
                ),
                table(heads, rows, right),
                words["second"].format(rows=sum(n for n, _ in plants.values()), every=EVERY),
                table(planted_heads, errors, right),
                agreed,
                words["third"],
                "\n".join(samples),
                words["last"].format(
                    seconds=plain.seconds,
                    cpu=plain.cpu_seconds,
                    memory=plain.mebibytes,
                    machine=machine(),
                ),
            ]
        )
        + "\n"
    )


def _samples(differences: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The largest difference of each planted cause."""
    largest: dict[str, dict[str, Any]] = {}
    for row in differences:
        if row["cause"] in ERRORS:
            largest.setdefault(row["cause"], row)
    return [largest[cause] for cause in ERRORS if cause in largest]


def main() -> None:
    """Run the case and write its page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--data", type=Path, default=DATA, help="the year as Parquet")
    parser.add_argument("--page", type=Path, default=PAGE, help="the page to write")
    chosen = parser.parse_args()
    if not chosen.data.exists():
        parser.exit(2, "The Online Retail file is not there; name it with --data.\n")
    data = chosen.data.resolve()
    against = ("parallel", *ASKED, "--profile", "online-retail-bills", "--json", "--against")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for step in (("setup", COMPANY), ("import", "charges", data, "--profile", "online-retail")):
            done = cleanbill(folder, step[0], *step)
            if done.code:
                raise RuntimeError(f"{step[0]} ended with {done.code}:\n{done.answer[-3000:]}")
        plants = planted(data, folder / "spoiled.csv")
        plain = cleanbill(folder, "parallel", *against, data)
        spoiled = cleanbill(folder, "parallel", *against, folder / "spoiled.csv")
    due = expected(data)
    wrong = [
        f"{cause}: {found(step)[1].get(cause)} instead of {figures}"
        for step, all_due in ((plain, due), (spoiled, {**due, **plants}))
        for cause, figures in all_due.items()
        if found(step)[1].get(cause) != figures
    ]
    wrong += [f"{cause}: not expected" for cause in found(plain)[1] if cause not in due]
    wrong += [f"{c}: not planted" for c in found(spoiled)[1] if c not in {**due, **plants}]
    chosen.page.write_text(page(plain, spoiled, due, plants, wrong), encoding="utf-8")
    print(
        f"{chosen.page.name}: {len(wrong):,} differences from what must be found", *wrong, sep="\n"
    )
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
