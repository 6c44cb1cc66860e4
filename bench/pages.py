"""Every page of the workbench over a million bills: how long it takes, how often it asks.

    python -m bench.pages [--bills 1000000] [--on sqlite] [--keep FOLDER] [--route NAME]

Fills a database through the product's own engine, serves the workbench on loopback with one worker
and visits every route signed in, each time with another bill, filter, word or place in a list:
three times to warm up, then measured. Writes JSON beside the other results. With ``--keep`` the
books stay in the folder, and are found there the next time.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.machine import administer, facts, server

ROOT = Path(__file__).parents[1]
WARM = 3


def main() -> None:
    """Fill what is not filled yet, visit every route, write and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bills", type=int, default=1_000_000)
    parser.add_argument("--on", choices=["sqlite", "postgresql"], default="postgresql")
    parser.add_argument("--keep", type=Path, help="where the books stay for the next time")
    parser.add_argument("--visits", type=int, default=30, help="measured visits of each kind")
    parser.add_argument("--route", action="append", help="only these; then nothing is written")
    asked = parser.parse_args()
    folder = asked.keep or Path(tempfile.mkdtemp(prefix="cleanbill-pages-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with _books(asked.on, folder, asked.bills) as told:
            visited = _stage("visit", folder, str(asked.visits), *(asked.route or ()))
    finally:
        if asked.keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    print(table(visited["routes"]))
    report = {"database": asked.on, **told, **visited, "machine": facts()}
    if not asked.route:
        place = ROOT / "bench/results" / f"pages-{asked.on}-{asked.bills}.json"
        place.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        print(f"→ {place.relative_to(ROOT)}", flush=True)


@contextmanager
def _books(kind: str, folder: Path, bills: int) -> Iterator[dict[str, Any]]:
    """Name the database to the processes that follow, and fill it unless that has been done."""
    os.environ["CLEANBILL_KEY_FILE"] = str(folder / "cleanbill.key")
    os.environ["CLEANBILL_UPLOADS"] = str(folder / "uploads")
    os.environ["CLEANBILL_HOME"] = str(folder)
    if kind == "sqlite":
        os.environ["CLEANBILL_DATABASE_URL"] = f"sqlite:///{folder / 'pages.sqlite3'}"
        yield _filled(folder / f"sqlite-{bills}.json", folder, bills)
        return
    place = folder / f"postgresql-{bills}.json"
    with server(folder / "postgresql", keep=True) as url:
        if not place.exists():
            administer(url.format(name="postgres"), "DROP DATABASE IF EXISTS pages")
            administer(url.format(name="postgres"), "CREATE DATABASE pages")
        os.environ["CLEANBILL_DATABASE_URL"] = url.format(name="pages")
        yield _filled(place, folder, bills)


def _filled(place: Path, folder: Path, bills: int) -> dict[str, Any]:
    """Return what filling has told; a file beside the database says that it was done."""
    if not place.exists():
        told = _stage("fill", folder, str(bills))
        place.write_text(json.dumps(told), encoding="utf-8")
    found: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    return found


def _stage(name: str, folder: Path, *more: str) -> dict[str, Any]:
    """Run a stage in a process of its own; return what it tells."""
    module = {"fill": "bench.page_books", "visit": "bench.page_rounds"}[name]
    done = subprocess.run(
        [sys.executable, "-m", module, *more], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    if done.returncode:
        raise SystemExit(f"{name} failed; what there is lies in {folder}")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def table(routes: dict[str, dict[str, Any]]) -> str:
    """Return the figures as a table of Markdown, slowest first."""
    rows = sorted(routes.items(), key=lambda each: -each[1]["p95_ms"])
    lines = ["| page | median | p95 | processor | queries |", "|---|---:|---:|---:|---:|"]
    lines += [
        f"| {name} | {told['median_ms']:.0f} ms | {told['p95_ms']:.0f} ms "
        f"| {told['busy_ms']:.0f} ms | {told['queries']} |"
        for name, told in rows
    ]
    return "\n".join(lines)


def figures(took: list[float], queries: list[int]) -> dict[str, Any]:
    """Return median and 95th percentile of milliseconds, and the most queries of a visit."""
    ordered = sorted(took)
    return {
        "fastest_ms": round(ordered[0], 1),
        "median_ms": round(statistics.median(ordered), 1),
        "p95_ms": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))], 1),
        "queries": max(queries),
    }


if __name__ == "__main__":
    main()
