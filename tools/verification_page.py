"""The page about verification: every kind of planted error and every check, as measured."""

from __future__ import annotations

from collections.abc import Iterator

from tools.verification_judge import READING, TOP, Figures
from tools.verification_retail import Retail

GOALS = {"surely": 99.0, "habit": 80.0}
"""Of a hundred planted errors, at least so many must be found."""
CLEAN_HELD, CLEAN_WARNED = 0.1, 2.0
"""Of a hundred clean rows, at most so many may be held, or warned of by habit."""
_WORDS = {
    "surely": "Must not go out (held, or rejected when read)",
    "rule": "A person must look, by what the row and the master data say",
    "habit": "Shows only beside what the customer and the item usually come to",
}
_HEAD = """\
# Verification: what is found, what is held for nothing

Written by `python -m tools.case_verification{words}`; do not edit. The companies come from the
seeds `{commit}/1` to `{commit}/{companies}`, the hash of the commit that was measured: nobody chose
them.

Each company has {bills:,} bills in the month under test, and {history} months before it that the
product itself has billed. Its customers live in nine countries and have habits: what they take, how
much of it, at which price, with which standing charges. Quantities are lognormal, months have
seasons, prices rise in January, some are agreed anew, some customers are new, some orders come
late, now and then somebody stocks up. Then 2 % of the rows of the month get one of {kinds} kinds of
error, as edits of fields ([the table](../../tools/planted/edits.py)). The code that plants imports
nothing of the product.

{rules}
## In short

| | measured | wanted |
|---|---|---|
{short}

{missed}

Companies: {companies}, bills of the month: {billed:,}, rows: {rows:,}, clean rows: {clean:,}.
"""


def page(figures: Figures, retail: Retail | None, facts: dict[str, str | int], rules: str) -> str:
    """Return the page in Markdown."""
    counts = figures.counts
    said = {
        **facts,
        "kinds": len(figures.kinds),
        "rules": rules,
        "short": "\n".join(_short(figures)),
    }
    short = [f"- {line}" for line in misses(figures) + (retail.differences() if retail else [])]
    said["missed"] = "\n".join(["Not reached:", "", *short]) if short else "Every goal is reached."
    said |= {"billed": counts["bills"], "rows": counts["rows"], "clean": counts["clean rows"]}
    parts = [_HEAD.format(**said)]
    for kind, words in _WORDS.items():
        rows = [(n, one) for n, one in sorted(figures.kinds.items()) if one.kind == kind]
        parts.append(f"\n## {words}\n\n| error | planted | found | by |\n|---|---:|---:|---|\n")
        for name, one in rows:
            by = ", ".join(f"{code} {times}" for code, times in sorted(one.by.items()))
            parts.append(f"| {name} | {one.planted} | {one.found} | {by} |\n")
    parts.append("\n## Each check\n\n| check | findings | right | false |\n|---|---:|---:|---:|\n")
    for code in sorted(figures.right.keys() | figures.false.keys()):
        right, false = figures.right[code], figures.false[code]
        parts.append(
            f"| [{code}](../findings.md#{code.lower()}) | {right + false} | {right} | {false} |\n"
        )
    silent = ", ".join(_silent(figures))
    parts.append(f"\nFound nothing here, right or false: {silent}.\n" if silent else "")
    if retail is not None:
        parts.append(retail.section())
    return "".join(parts)


def misses(figures: Figures) -> list[str]:
    """Return in words every goal that is not reached."""
    found = []
    for kind, goal in GOALS.items():
        if share(*figures.recall(kind)) < goal:
            found.append(f"{kind}: {_of(*figures.recall(kind))}, at least {goal} % wanted")
    clean = figures.counts["clean rows"]
    for name, most in (("held", CLEAN_HELD), ("by habit", CLEAN_WARNED)):
        if share(figures.counts[f"clean rows {name}"], clean) > most:
            found.append(f"clean rows {name}: more than {most} %")
    return found


def share(part: int, whole: int) -> float:
    """Return the part in percent of the whole, 100 of nothing."""
    return 100 * part / whole if whole else 100.0


def _short(figures: Figures) -> Iterator[str]:
    counts = figures.counts
    clean = counts["clean rows"]
    yield f"| errors that must not go out, held | {_of(*figures.recall('surely'))} | ≥ 99 % |"
    yield f"| errors by rule, found | {_of(*figures.recall('rule'))} | |"
    yield f"| errors beside a habit, found | {_of(*figures.recall('habit'))} | ≥ 80 % |"
    yield f"| clean rows held | {_of(counts['clean rows held'], clean, 3)} | ≤ 0.1 % |"
    habit = _of(counts["clean rows by habit"], clean, 2)
    yield f"| clean rows warned of by habit | {habit} | ≤ 2 % |"
    warned = _of(counts["clean rows warned of"], clean, 2)
    yield f"| clean rows warned of by any check | {warned} | |"
    right = _of(counts["top right"], counts["top"])
    yield f"| right among each company's first {TOP} findings, by worth | {right} | |"
    right = _of(counts["top warnings right"], counts["top warnings"])
    yield f"| right among its first {TOP} warnings | {right} | |"
    planted = sum(one.planted for one in figures.kinds.values())
    per = {
        name: 1_000 * number / counts["bills"]
        for name, number in (
            ("findings", counts["findings"]),
            ("planted errors", planted),
            ("false findings", sum(figures.false.values())),
        )
    }
    for name, number in per.items():
        yield f"| {name} for each 1,000 bills | {number:.1f} | |"


def _of(part: int, whole: int, decimals: int = 1) -> str:
    return f"{share(part, whole):.{decimals}f} % ({part:,} of {whole:,})"


def _silent(figures: Figures) -> list[str]:
    from cleanbill.cycle.verify.catalogue import BY_CODE

    told = figures.right.keys() | figures.false.keys() | {READING}
    return [
        code
        for code, check in sorted(BY_CODE.items())
        if code not in told and check.severity != "info"
    ]
