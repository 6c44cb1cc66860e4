"""Measure verification on companies made up from the commit's hash, and on Online Retail.

    python -m tools.case_verification [--companies 10] [--bills 10000] [--history 12]
                                      [--seed TEXT] [--data FILE] [--sample N] [--page FILE]

writes docs/cases/verification.md; where a goal is missed the page says so and the exit code is 1.
``--sample 100`` writes no page: it draws so many statistical findings of Online Retail by the same
seed and prints them for a person to read.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

from tools import verification_judge, verification_retail
from tools.case_online_retail import DATA, ROOT
from tools.verification_judge import Figures, judged
from tools.verification_page import misses, page
from tools.verification_run import tried

PAGE = ROOT / "docs/cases/verification.md"


def commit() -> str:
    """Return the hash of the commit that is measured. Raises OSError, CalledProcessError."""
    answer = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return answer.stdout.strip()


def measured(seed: str, companies: int, bills: int, history: int) -> Figures:
    """Return the figures of so many companies, added up."""
    figures = Figures()
    for number in range(1, companies + 1):
        start = time.monotonic()
        figures.add(judged(tried(f"{seed}/{number}", bills, history)))
        print(f"company {number}: {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    return figures


def _smaller(parser: argparse.ArgumentParser, chosen: argparse.Namespace) -> str:
    """Return the options by which this measurement is of another size than the whole one."""
    sizes = ("companies", "bills", "history")
    return "".join(
        f" --{name} {getattr(chosen, name)}"
        for name in sizes
        if getattr(chosen, name) != parser.get_default(name)
    )


def main() -> None:
    """Measure, write the page, say what is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--companies", type=int, default=10)
    parser.add_argument("--bills", type=int, default=10_000, help="of the month under test")
    parser.add_argument("--history", type=int, default=12, help="months billed before it")
    parser.add_argument("--seed", default="", help="instead of the commit's hash")
    parser.add_argument("--data", type=Path, default=DATA, help="Online Retail as Parquet")
    parser.add_argument("--sample", type=int, default=0, help="only draw findings for reading")
    parser.add_argument("--page", type=Path, default=PAGE, help="the page to write")
    chosen = parser.parse_args()
    seed = chosen.seed or commit()
    if chosen.sample:
        print(verification_retail.sample(chosen.data.resolve(), seed, chosen.sample))
        return
    figures = measured(seed, chosen.companies, chosen.bills, chosen.history)
    retail = verification_retail.counted(chosen.data.resolve()) if chosen.data.exists() else None
    facts: dict[str, str | int] = {
        "commit": seed,
        "companies": chosen.companies,
        "bills": chosen.bills,
        "history": chosen.history,
        "words": f"{_smaller(parser, chosen)} --seed {seed}",
    }
    rules = "\n".join((verification_judge.__doc__ or "").split("\n")[1:]).strip() + "\n"
    chosen.page.parent.mkdir(parents=True, exist_ok=True)
    chosen.page.write_text(page(figures, retail, facts, rules), encoding="utf-8")
    missed = misses(figures) + (retail.differences() if retail else [])
    for line in missed:
        print(line)
    print(f"{chosen.page.name}: {len(missed)} goals missed")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
