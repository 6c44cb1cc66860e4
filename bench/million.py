"""A million bills: from charges in the database to issued, numbered, posted, stored bills.

    python -m bench.million [--bills 1000000] [--on sqlite] [--on postgresql]

Beside the run, on a copy of the same database, its floor: reading those charges and inserting the
very rows that the run made, ready-made, into the same tables, indexes and triggers, with as many
commits. Every stage runs in a process of its own, so that its peak of memory is its own. Writes
JSON with the facts of the machine to bench/results/.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.machine import SETTINGS, administer, databases, facts

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Measure the databases that were asked for, both by default."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bills", type=int, default=1_000_000)
    parser.add_argument("--single", type=int, default=400, help="single issues to time")
    parser.add_argument("--on", action="append", choices=["sqlite", "postgresql"])
    parser.add_argument("--audit", action="store_true", help="audit the books, too")
    asked = parser.parse_args()
    for kind in asked.on or ["sqlite", "postgresql"]:
        folder = Path(tempfile.mkdtemp(prefix="cleanbill-bench-"))
        try:
            report = measured(kind, folder, asked.bills, asked.single, asked.audit)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        place = ROOT / "bench/results" / f"{kind}-{asked.bills}.json"
        place.parent.mkdir(exist_ok=True)
        place.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        print(json.dumps({k: v for k, v in report.items() if k != "machine"}, indent=2))
        print(f"→ {place.relative_to(ROOT)}", flush=True)


def measured(kind: str, folder: Path, bills: int, single: int, audit: bool) -> dict[str, Any]:
    """Return the figures of one kind of database."""
    with databases(kind, folder) as urls:
        stage("prepare", urls["run"], folder, bills)
        _copy(kind, urls)
        whole = stage("totals", urls["floor"], folder, bills)
        run = stage("run", urls["run"], folder, bills)
        floor = stage("floor", urls["floor"], folder, bills, source=urls["run"])
        proof = stage("audit", urls["run"], folder, bills) if audit else {}
        alone = stage("single", urls["floor"], folder, single)
    seconds = run["seconds"]
    return {
        "database": kind,
        "bills": run["bills"],
        "lines": run["lines"],
        "whole_run_seconds": seconds,
        "bills_per_second": round(run["bills"] / seconds),
        "lines_per_second": round(run["lines"] / seconds),
        "floor_seconds": floor["seconds"],
        "floor_reading_seconds": floor["reading"],
        "floor_inserting_seconds": floor["inserting"],
        "run_over_floor": round(seconds / floor["seconds"], 2),
        "verify_to_totals_seconds": whole["seconds"],
        "peak_mib": run["peak_mib"],
        **{f"audit_{name}": value for name, value in proof.items()},
        "single": alone,
        "server": run["server"],
        "server_settings": list(SETTINGS) if kind == "postgresql" else [],
        "machine": facts(),
    }


def _copy(kind: str, urls: dict[str, str]) -> None:
    """Copy the prepared database, for the floor."""
    if kind == "sqlite":
        run, floor = (urls[name].removeprefix("sqlite:///") for name in ("run", "floor"))
        shutil.copyfile(run, floor)
    else:
        base = urls["run"].replace("/run?", "/postgres?")
        administer(base, "CREATE DATABASE floor TEMPLATE run")


def stage(name: str, url: str, folder: Path, count: int, source: str = "") -> dict[str, Any]:
    """Run one stage in a process of its own; return what it reports."""
    print(f"  {name} …", file=sys.stderr, flush=True)
    done = subprocess.run(
        [sys.executable, "-m", "bench.stages", name, str(count), source],
        cwd=ROOT,
        env={
            **os.environ,
            "CLEANBILL_DATABASE_URL": url,
            "CLEANBILL_KEY_FILE": str(folder / "cleanbill.key"),
        },
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(f"    {report}", file=sys.stderr, flush=True)
    return report


if __name__ == "__main__":
    main()
