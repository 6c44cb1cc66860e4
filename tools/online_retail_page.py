"""The page of the Online Retail case: what came in, what became of it, why, and how fast."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.online_retail_books import Booked, Books, Issued, figures

if TYPE_CHECKING:
    from tools.case_online_retail import Case

WORDS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
REASONS = WORDS["reasons"]
ORDER = ("billed", "credited", "held", "not billable")
LARGEST = 8
MOST_SECONDS, MOST_MEBIBYTES = 60, 2048
TO_BILLS = ("setup", "import", "run")


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]], right: Sequence[int] = ()) -> str:
    """Return a Markdown table; columns whose place is in ``right`` are set flush right."""
    rule = ["---:" if place in right else "---" for place in range(len(heads))]
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in (heads, rule, *rows))


def exact(amount: Decimal) -> str:
    """Return an amount at source precision, never with less than two decimals."""
    plain = amount.normalize()
    return f"{plain if plain.as_tuple().exponent < -2 else plain.quantize(Decimal('0.01')):,}"


def pounds(pence: int) -> str:
    """Return pence as pounds."""
    return f"{Decimal(pence).scaleb(-2):,}"


def share(part: Decimal, whole: Decimal) -> str:
    """Return a share in per cent with two decimals."""
    return f"{(part / whole * 100).quantize(Decimal('0.01'))} %"


def plain(text: str | None) -> str:
    """Return a description as one cell of a table."""
    return " ".join((text or "—").replace("|", "/").split())


def place_of(key: str) -> tuple[int, int, str]:
    """Return where a fate stands in the table: by fate, then in the order of its reasons."""
    fate, _, reason = key.partition(": ")
    known = list(REASONS)
    return ORDER.index(fate), known.index(reason) if reason in known else len(known), reason


def page(case: Case, books: Books, original: Sequence[Any], wrong: list[str], machine: str) -> str:
    """Return the whole page; ``original`` are the bills as the independent script has them."""
    shown = figures(books)
    parts = [
        WORDS["opening"],
        _agreement(wrong),
        "## What became of the rows\n",
        _fates(shown),
        _rounding(books, shown),
        "## The bills\n",
        _bills(shown, books, original),
        _vat(books.bills),
        "## Cancellations\n",
        _cancellations(books, shown),
        "## What is held, and why\n",
        _held(books, shown),
        "## What is not billable\n",
        _not_billable(shown),
        "## What is not goods\n",
        _codes(books.rows),
        WORDS["assumed"].format(repeats=f"{shown['duplicates but for the time of day']:,}"),
        "## Once more\n",
        _again(case),
        WORDS["reproduced"],
        "## Measured\n",
        _measured(case, machine),
    ]
    return "\n".join(parts)


def _agreement(wrong: list[str]) -> str:
    if not wrong:
        return WORDS["agreed"]
    listed = "\n".join(f"- {line}" for line in wrong[:LARGEST])
    return f"{WORDS['disagreed'].format(count=len(wrong))}\n\n{listed}\n"


def _fates(shown: dict[str, Any]) -> str:
    rows = []
    for key in sorted(shown["fates"], key=place_of):
        fate, _, reason = key.partition(": ")
        part = shown["fates"][key]
        name = REASONS.get(reason, reason)
        rows.append((fate, name, f"{part['rows']:,}", exact(part["exact"]), pounds(part["pence"])))
    whole = shown["whole"]
    amounts = (exact(whole["exact"]), pounds(whole["pence"]))
    rows.append(("**all**", "", *(f"**{text}**" for text in (f"{whole['rows']:,}", *amounts))))
    heads = ("", "", "rows", "quantity × price, GBP", "in pence, GBP")
    return table(heads, rows, (2, 3, 4)) + "\n\n" + WORDS["fates_note"]


def _rounding(books: Books, shown: dict[str, Any]) -> str:
    parts = [row for row in books.rows if row.exact * 100 % 1]
    named = ", ".join(f"`{row.reference}` ({exact(row.exact)})" for row in parts)
    return WORDS["rounding"].format(
        exact=exact(shown["whole"]["exact"]),
        pence=pounds(shown["whole"]["pence"]),
        rounding=exact(shown["whole"]["rounding"]),
        count=len(parts),
        named=named,
    )


def _bills(shown: dict[str, Any], books: Books, original: Sequence[Any]) -> str:
    kinds = (
        ("invoices to a customer", "identified invoices"),
        ("invoices over cash sales", "cash invoices"),
        ("credit notes", "credit notes"),
    )
    rows = [
        (
            name,
            f"{part['bills']:,}",
            *(pounds(amount) for amount in (part["net"], part["tax"], part["net"] + part["tax"])),
            exact(part["furthest"]),
        )
        for name, part in ((name, shown[key]) for name, key in kinds)
    ]
    heads = ("", "bills", "net, GBP", "VAT, GBP", "payable, GBP", "furthest from its original")
    wanted = {
        bill.order: bill.exact for bill in original if bill.kind == "invoice" and bill.customer
    }
    issued = [bill for bill in books.bills if bill.kind == "invoice" and bill.customer]
    near = sum(
        abs(wanted.get(bill.order, Decimal("Infinity")) - Decimal(bill.net).scaleb(-2))
        <= Decimal("0.01")
        for bill in issued
    )
    cash = shown["rows without a customer at a price"]
    told = WORDS["one_to_one"].format(
        wanted=f"{len(wanted):,}",
        issued=f"{len(issued):,}",
        near=f"{near:,}",
        cash_rows=f"{cash['rows']:,}",
        cash_value=exact(cash["exact"]),
        billed_rows=f"{shown['fates']['billed: cash sale']['rows']:,}",
        billed_value=exact(shown["fates"]["billed: cash sale"]["exact"]),
    )
    return table(heads, rows, (1, 2, 3, 4, 5)) + "\n\n" + told


def _vat(bills: list[Issued]) -> str:
    sums: dict[tuple[str, int], list[int]] = {}
    for bill in bills:
        for rate, rule, base, tax in bill.taxes:
            for place, amount in enumerate((1, base, tax)):
                sums.setdefault((rule, rate), [0, 0, 0])[place] += amount
    rows = [
        (f"`{rule}`", f"{Decimal(rate) / 10} %", f"{count:,}", pounds(base), pounds(tax))
        for (rule, rate), (count, base, tax) in sorted(sums.items())
    ]
    heads = ("tax rule", "rate", "bills", "base less credits, GBP", "VAT less credits, GBP")
    return table(heads, rows, (1, 2, 3, 4)) + "\n"


def _cancellations(books: Books, shown: dict[str, Any]) -> str:
    found = [row for row in books.rows if row.cancels and row.fate != "not billable"]
    outcomes = (
        ("one", "credited against that sale", ("linked",), True),
        ("one", "held: more than was billed", ("more than was billed",), True),
        ("several", "held, the sales proposed", ("several originals",), True),
        ("none", "credited alone: no goods", ("alone",), True),
        ("none", "held", ("no original",), True),
        ("not looked for: no customer", "credited alone: no goods", ("alone",), False),
        ("not looked for: no customer", "held", ("no original",), False),
    )
    rows = []
    for originals, outcome, reasons, named in outcomes:
        chosen = [r for r in found if r.reason in reasons and (r.customer is not None) == named]
        value = exact(sum((row.exact for row in chosen), Decimal(0)))
        rows.append((originals, outcome, f"{len(chosen):,}", value))
    counts = {name: f"{part['rows']:,}" for name, part in shown["candidates"].items()}
    off = sum(row.cancels and row.fate == "not billable" for row in books.rows)
    told = WORDS["cancelled"].format(
        **{name.replace(" ", "_"): count for name, count in counts.items()},
        whole=f"{len(found) + off:,}",
        off=off,
    )
    heads = ("possible originals", "what became of it", "rows", "GBP")
    alone = _largest(row for row in found if row.reason == "alone")
    return f"{told}\n{table(heads, rows, (2, 3))}\n\n{WORDS['alone']}\n{alone}\n"


def _held(books: Books, shown: dict[str, Any]) -> str:
    held, whole = shown["held"], shown["whole"]
    rows = []
    for reason, told in WORDS["held"].items():
        part = shown["fates"].get(f"held: {reason}")
        if part:
            name = REASONS.get(reason, reason)
            figures = (f"`{told['code']}`", f"{part['rows']:,}", exact(part["size"]))
            rows.append((name, *figures, told["why"], told["then"]))
    heads = ("reason", "finding", "rows", "GBP", "why it is held", "what settles it")
    opening = WORDS["held_share"].format(
        rows=f"{held['rows']:,}",
        value=exact(held["size"]),
        net=share(held["size"], whole["exact"]),
        size=share(held["size"], whole["size"]),
        turnover=exact(whole["size"]),
    )
    kept = [row for row in books.rows if row.fate == "held"]
    return f"{opening}\n{table(heads, rows, (2, 3))}\n\nThe largest:\n\n{_largest(kept)}\n"


def _largest(rows: Iterable[Booked]) -> str:
    """The rows of most value; all of them lower it."""
    first = sorted(rows, key=lambda row: (row.exact, row.place))[:LARGEST]
    heads = ("row", "description", "customer", "GBP", "what became of it")
    shown = [
        (f"`{r.reference}`", plain(r.description), r.customer or "none", exact(r.exact), _fate(r))
        for r in first
    ]
    return table(heads, shown, (3,))


def _fate(row: Booked) -> str:
    return f"{row.fate}: {REASONS[row.reason]}"


def _not_billable(shown: dict[str, Any]) -> str:
    rows = []
    for reason, why in WORDS["not_billable"].items():
        part = shown["fates"][f"not billable: {reason}"]
        rows.append((reason, f"{part['rows']:,}", exact(part["exact"]), why))
    return table(("", "rows", "GBP", "why"), rows, (1, 2)) + "\n"


def _codes(rows: list[Booked]) -> str:
    listed = []
    for codes, told in WORDS["codes"].items():
        names = codes.split(", ")
        chosen = [row for row in rows if row.item in names]
        fates: dict[str, list[Booked]] = {}
        for row in chosen:
            fates.setdefault(row.fate, []).append(row)
        became = "; ".join(
            f"{fate} {len(part):,} ({exact(sum((row.exact for row in part), Decimal(0)))})"
            for fate, part in sorted(fates.items())
        )
        shown = ", ".join(f"`{name}`" for name in names)
        listed.append((shown, told["what"], told["how"], became))
    return table(("code", "what it is", "how it is treated", "rows (GBP)"), listed) + "\n"


def _again(case: Case) -> str:
    moved = [name for name in case.before if case.before[name] != case.after[name]]
    result = "not one differs" if not moved else f"these differ: {', '.join(moved)}"
    rows = f"{sum(count for count, _ in case.before.values()):,}"
    return WORDS["again"].format(tables=len(case.before), rows=rows, result=result)


def _measured(case: Case, machine: str) -> str:
    rows = [
        (s.name, f"{s.seconds:.1f}", f"{s.cpu_seconds:.1f}", f"{s.mebibytes:,}")
        for s in case.steps.values()
    ]
    seconds = sum(case.steps[name].seconds for name in TO_BILLS)
    peak = max(step.mebibytes for step in case.steps.values())
    kept = seconds < MOST_SECONDS and peak < MOST_MEBIBYTES
    heads = ("step", "seconds", "of CPU time", "peak memory, MiB")
    told = WORDS["measured"].format(
        machine=machine,
        seconds=f"{seconds:.1f}",
        peak=f"{peak:,}",
        verdict="within" if kept else "**beyond**",
    )
    return f"{told}\n{table(heads, rows, (1, 2, 3))}\n"
