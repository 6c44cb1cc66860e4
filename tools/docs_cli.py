"""Write docs/cli.md from the command line itself: `python -m tools.docs_cli [--check]`."""

from __future__ import annotations

from typing import Any

import typer
from tools.generated import DOCS, settle

from cleanbill.shells.cli.app import app

PAGE = DOCS / "cli.md"
INTRODUCTION = """\
# The command line

Written by `make docs` from the commands themselves; `cleanbill COMMAND --help` says the same.

The books are in the database that `CLEANBILL_DATABASE_URL` names (`sqlite:///path/file.sqlite3` or
`postgresql://user:password@host:port/name`); without it, in `data/cleanbill.sqlite3`. Whoever sits
at the terminal acts under the system's user name, or as `CLEANBILL_USER`. With several
organisations in one database, `cleanbill --organisation SLUG COMMAND` says which.

The key to what is kept of customers is a file: `CLEANBILL_KEY_FILE`, else `cleanbill.key` beside
the embedded database, or in the folder `CLEANBILL_HOME` with a server. `setup` makes it; back it up
apart from the books.

Exit codes: 0 all is well; 1 something was found (rejected rows, a broken law); 2 wrong input,
or the command could not be run.
"""
EXAMPLES = {
    "setup": "cleanbill setup examples/online-retail/company.toml",
    "sample": "cleanbill sample sample --size small --seed 7",
    "demo": "cleanbill demo",
    "import charges": "cleanbill import charges october.xlsx --profile erp.toml --dry-run",
    "import customers": "cleanbill import customers customers.csv",
    "import items": "cleanbill import items items.csv",
    "import prices": "cleanbill import prices prices.csv --rejects to-mend.xlsx",
    "import agreements": "cleanbill import agreements agreements.csv --json",
    "import plans": "cleanbill import plans examples/plans/gold.toml --dry-run",
    "import recurring": "cleanbill import recurring subscriptions.csv --dry-run",
    "import spend": "cleanbill import spend minimums.csv",
    "import bundles": "cleanbill import bundles bundles.csv --dry-run",
    "import milestones": "cleanbill import milestones contracts.xlsx --dry-run",
    "import progress": "cleanbill import progress schedule-of-values.xlsx",
    "import claims": "cleanbill import claims application-3.csv",
    "import releases": "cleanbill import releases released.csv",
    "recurring": "cleanbill recurring ABO-2026-0007",
    "draw": "cleanbill draw --until 2026-10-31 --dry-run",
    "import exemptions": "cleanbill import exemptions certificates.csv",
    "import us-rates": "cleanbill import us-rates NER2026Q4.csv",
    "import us-boundaries": "cleanbill import us-boundaries NEB2026Q4.csv --dry-run",
    "import us-names": "cleanbill import us-names nebraska-names.csv --json",
    "import orders": "cleanbill import orders purchase-orders.xlsx --dry-run",
    "import coupons": "cleanbill import coupons coupons.csv",
    "import retainers": "cleanbill import retainers retainers.csv --dry-run",
    "import redemptions": "cleanbill import redemptions redemptions.csv --dry-run",
    "preview": "cleanbill preview --until 2026-10-31 --customer K-20077 --documents 1",
    "continue-numbers": "cleanbill continue-numbers invoice RE-004711",
    "import open-items": "cleanbill import open-items open-items.xlsx --dry-run",
    "parallel": "cleanbill parallel --against old-october.csv --until 2026-10-31",
    "run": "cleanbill run --until 2026-10-31 --issue-date 2026-11-02 --key october-2026",
    "runs": "cleanbill runs",
    "pause": "cleanbill pause 12",
    "prepare": "cleanbill prepare 12",
    "approve": "cleanbill approve 12",
    "review": 'cleanbill review 12 3 --return --note "Rate of last year"',
    "undo": "cleanbill undo 41",
    "worker": "cleanbill worker --once",
    "check list": "cleanbill check list",
    "check backtest": "cleanbill check backtest CB-HIS-003 --from 2026-01-01 --to 2026-09-30 "
    "--threshold history_factor=4",
    "history prepare": "cleanbill history prepare",
    "findings list": "cleanbill findings list CB-CUS-003",
    "findings verify": "cleanbill findings verify --until 2026-10-31",
    "findings apply": "cleanbill findings apply 17 18 --set purchase_order=PO-4711 --yes",
    "findings undo": "cleanbill findings undo 42 --yes",
    "findings repairs": "cleanbill findings repairs",
    "findings history": "cleanbill findings history 17",
    "findings waive": 'cleanbill findings waive 17 --reason "Agreed" --until 2026-12-31',
    "findings defer": 'cleanbill findings defer 17 --reason "Asked for it" --until 2026-11-15',
    "findings assign": "cleanbill findings assign 17 --to colleague@example.com",
    "findings comment": 'cleanbill findings comment 17 --text "@colleague@example.com please call"',
    "findings confirm": "cleanbill findings confirm 17",
    "findings dismiss": 'cleanbill findings dismiss 17 --text "Meant twice"',
    "findings withdraw": 'cleanbill findings withdraw 43 --reason "Sent after all"',
    "findings set": 'cleanbill findings set CB-CHG-029 off --from 2026-11-01 --reason "All late"',
    "bills": "cleanbill bills --customer K-20077 --kind invoice --limit 50",
    "coupons": "cleanbill coupons WELCOME",
    "retainers": "cleanbill retainers --on 2026-12-31",
    "orders": "cleanbill orders 4500219934",
    "show": "cleanbill show RE-2026-000185 --pdf RE-2026-000185.pdf",
    "explain": "cleanbill explain RE-2026-000185 1",
    "credit": 'cleanbill credit RE-2026-000185 --reason "Wrong price" --reopen',
    "send": 'cleanbill send RE-2026-000185 --again --reason "Lost in their mail"',
    "outbox": "cleanbill outbox --show trouble",
    "deliver": "cleanbill deliver",
    "audit": "cleanbill audit --since-head heads/11-01.json --export-head heads/11-02.json",
    "archive": "cleanbill archive archive-2026",
    "verify": "cleanbill verify archive-2026 --head heads/11-02.json",
    "backup": "cleanbill backup backups/2026-11-02.backup",
    "restore": "cleanbill restore backups/2026-11-02.backup",
    "erase": 'cleanbill erase K-20077 --reason "Request of 3 November"',
    "serve": "cleanbill serve --port 8080",
    "member": "cleanbill member colleague@example.com --role approver --password-stdin",
    "hold": 'cleanbill hold K-20077 --reason "Lawsuit 7 O 12/26"',
}


def page() -> str:
    """Return the text of the page."""
    return "\n".join([INTRODUCTION, *(_section(*c) for c in commands().items())])


def commands() -> dict[str, Any]:
    """Return every command by the words that call it."""
    found: dict[str, Any] = {}
    for name, command in typer.main.get_command(app).commands.items():
        inner = getattr(command, "commands", None)
        found |= {f"{name} {n}": c for n, c in inner.items()} if inner else {name: command}
    return found


def _section(name: str, command: Any) -> str:
    rows = [_row(p) for p in command.params if not p.hidden]
    table = ["| | |", "|---|---|", *rows, ""] if rows else []
    example = ["```", EXAMPLES[name], "```", ""]
    return "\n".join([f"## {name}", "", command.help, "", *example, *table])


def _row(parameter: Any) -> str:
    flag = getattr(parameter, "is_flag", None)
    if flag is None:
        shown = parameter.name.upper() if parameter.required else f"[{parameter.name.upper()}]"
    else:
        shown = parameter.opts[0] + ("" if flag else f" {parameter.name.upper()}")
    words = [f"{parameter.help.rstrip('.')}." if parameter.help else ""]
    if parameter.default not in (None, False):
        words.append(f"Default: {parameter.default}.")
    if flag is False and parameter.required:
        words.append("Required.")
    return f"| `{shown}` | {' '.join(filter(None, words))} |"


if __name__ == "__main__":
    settle(PAGE, page)
