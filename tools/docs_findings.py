"""Write docs/findings.md from the catalogue: `python -m tools.docs_findings [--check]`."""

from __future__ import annotations

import re

from tools.generated import DOCS, settle

from cleanbill.cycle.verify.catalogue import DECLARED
from cleanbill.nouns.finding import Check

PAGE = DOCS / "findings.md"
INTRODUCTION = """\
# Findings

What Cleanbill may say about a charge, terms or a draft before a bill goes out. This page is
written by `make docs` from `src/cleanbill/cycle/verify/catalogue.py`.

- **block** holds its subject back; all others go on. **warn** and **info** let it pass.
- A policy may change the severity of a code, or switch it off: `[policy.severities]` in the
  company file.
- Codes are stable: one is never used again for something else.
- Words in ‹angle quotes› are filled in from the row; `cleanbill findings CODE` lists the rows.
"""
GROUPS = {
    "CHG": "Charges",
    "CUS": "Customers",
    "AGR": "Agreements",
    "PRC": "Prices",
    "TRM": "Terms",
    "TAX": "Tax",
    "DOC": "Drafts of bills",
}
OWNERS = {"specialist": "specialist", "master_data": "master data"}


def page() -> str:
    """Return the text of the page."""
    checks = sorted(DECLARED, key=lambda c: (list(GROUPS).index(_group(c)), c.code))
    parts = [INTRODUCTION, "| code | severity | what | who mends it |\n|---|---|---|---|"]
    parts += [
        f"| [{c.code}](#{c.code.lower()}) | {c.severity} | {c.title} | {OWNERS[c.owner]} |"
        for c in checks
    ]
    for group, title in GROUPS.items():
        parts.append(f"\n## {title}")
        parts += [_section(c) for c in checks if _group(c) == group]
    return "\n".join(parts) + "\n"


def _group(check: Check) -> str:
    return check.code.split("-")[1]


def _section(check: Check) -> str:
    who = f"{check.severity}, on a {check.subject}, mended by {OWNERS[check.owner]}"
    return (
        f"\n### {check.code}\n\n**{check.title}** ({who})\n\n"
        f"- Why: {_filled(check.reason)}\n- What to do: {_filled(check.repair)}"
    )


def _filled(text: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: f"‹{found[1].replace('_', ' ')}›", text)


if __name__ == "__main__":
    settle(PAGE, page)
