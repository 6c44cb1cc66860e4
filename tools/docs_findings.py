"""Write docs/findings.md from the catalogue: `python -m tools.docs_findings [--check]`."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from pathlib import Path

from tests.checks import examples
from tools.generated import DOCS, settle

from cleanbill.cycle.verify.catalogue import DECLARED
from cleanbill.cycle.verify.firm import FIRM
from cleanbill.nouns.finding import Check, Proposal
from cleanbill.nouns.limits import Limits

PAGE = DOCS / "findings.md"
INTRODUCTION = """\
# Findings

What Cleanbill may say about a charge, terms or a draft before a bill goes out. This page is
written by `make docs` from `src/cleanbill/cycle/verify/catalogue`.

- **block** holds its subject back; all others go on. **warn** and **info** let it pass.
- A policy may change the severity of a code, or switch it off: `[policy.severities]` in the
  company file.
- Codes are stable: one is never used again for something else.
- Words in ‹angle quotes› are filled in from the row; `cleanbill findings CODE` lists the rows.
- What is wrong with a customer, an item, a price, an agreement or the seller is one finding, with
  the money of the charges that met it first. A run that looks again and finds it mended closes it.
- A check that cannot do its work says so (CB-SYS), as gravely as the check itself would speak.
- Checks by history (CB-HIS) speak once `cleanbill history prepare` has looked at issued bills. They
  advise: no policy can make them block.
- Checks have runnable examples in `tests/checks`. A proposed repair is carried out by
  `cleanbill findings apply`, which shows first what it changes; none is carried out by itself.
- Work problems are the specialist's, problems of master data belong to whoever keeps them.
- What blocks may be waived for a time, unless it says that it may not.
- Customers are compared with each other (CB-CUS-007, CB-CUS-014) where all of them are known: in
  runs over more than 2,000 charges, and in all runs if there are no more than 2,000 customers.

From where on something is doubtful stands in `[policy.checks]` of the company file:

"""
GROUPS = {
    "CHG": "Charges",
    "CUS": "Customers",
    "AGR": "Agreements",
    "ORD": "Purchase orders",
    "PRC": "Prices",
    "TRM": "Terms",
    "TAX": "Tax",
    "DOC": "Drafts of bills",
    "RTN": "Retainers",
    "SEL": "The seller",
    "LEA": "Leakage",
    "HIS": "History",
    "SYS": "Checks that could not do their work",
}
OWNERS = {"specialist": "specialist", "master_data": "master data"}


def page() -> str:
    """Return the text of the page."""
    checks = sorted(DECLARED, key=lambda c: (list(GROUPS).index(_group(c)), c.code))
    parts = [
        INTRODUCTION + limits(),
        "| code | severity | what | who mends it |\n|---|---|---|---|",
    ]
    parts += [
        f"| [{c.code}](#{c.code.lower()}) | {c.severity} | {c.title} | {OWNERS[c.owner]} |"
        for c in checks
    ]
    for group, title in GROUPS.items():
        parts.append(f"\n## {title}")
        parts += [_section(c) for c in checks if _group(c) == group]
    return "\n".join(parts) + "\n"


def limits() -> str:
    """Return the limits with their defaults as a table; what each means stands beside it."""
    source = Path(inspect.getfile(Limits)).read_text("utf-8")
    rows = ["| limit | default | |", "|---|---|---|"]
    for one in fields(Limits):
        default = getattr(Limits(), one.name)
        shown = "none" if default == {} else str(default).lower()
        text = re.search(rf'^    {one.name}: [^\n]+\n    """(.+?)"""', source, re.M | re.S)
        assert text, one.name
        rows.append(f"| `{one.name}` | {shown} | {' '.join(text[1].split())} |")
    return "\n".join(rows) + "\n"


def _group(check: Check) -> str:
    return check.code.split("-")[1]


def _section(check: Check) -> str:
    who = f"{check.severity}, on a {check.subject}, mended by {OWNERS[check.owner]}"
    parts = [
        f"\n### {check.code}\n\n**{check.title}** ({who})\n",
        f"- Why: {_filled(check.reason)}",
        f"- What to do: {_filled(check.repair)}",
    ]
    if check.code not in examples.ELSEWHERE:
        told = examples.expected(check.code)["found"][0]
        parts.append(
            f"- [Example](../tests/checks/{check.code}/given.toml): {examples.about(check.code)} "
            f"It says: *{_plain(told['reason'])}*"
        )
    if check.code in FIRM:
        parts.append(f"- May not be waived: {FIRM[check.code]}.")
    if check.proposal:
        parts.append(f"- Proposed: {_proposed(check.proposal)}")
    return "\n".join(parts)


def _proposed(proposal: Proposal) -> str:
    """The repair as data, in a line."""
    what = f"`{proposal.kind.value}`"
    if proposal.change:
        columns = ", ".join(f"`{column}`" for column in proposal.change.split())
        what += f", sets {columns}"
        what += f" to `{proposal.value}`" if proposal.value else " to what a person says"
    names = ", ".join(f"`{name}`" for name in proposal.parameters)
    return f"{what}, with {names}" if names else what


def _plain(text: str) -> str:
    """Text of an example, with nothing in it that Markdown would read."""
    return re.sub(r"([*_|\[\]`])", r"\\\1", text)


def _filled(text: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: f"‹{found[1].replace('_', ' ')}›", text)


if __name__ == "__main__":
    settle(PAGE, page)
