"""Prove that nothing is lost and nothing happens twice: kill, interrupt, crowd.

    python -m tools.storm [--seed N] [--kills 100] [--only sqlite|postgresql] [--part kills|crowd]
                         [--scene TEXT]

Kills: processes that run, credit, import and set up are killed at every fault point (the first, the
second and the last time) and at random moments; each is finished by another process, and the books
must be those without accident. Crowd: 64 issuers on PostgreSQL and 8 on SQLite write 1,000 bills
each on one series. Ends with 1 at the first difference, and says how to see it again.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.store.databases import Backend, Embedded, Server
from tools.storm_work import ROOT

BACKENDS = ("sqlite", "postgresql")
Row = tuple[str, str, int, float, str]


def main() -> None:
    """Run the storm and print its table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--seed", default="1", help="of the random moments")
    parser.add_argument("--kills", type=int, default=100, help="of runs, at random moments")
    parser.add_argument("--only", choices=BACKENDS, help="one database")
    parser.add_argument("--part", choices=("kills", "crowd"), help="one part")
    parser.add_argument("--scene", default="", help="kill only in scenes whose name has this")
    parser.add_argument("--share", type=int, default=1, help="divide the crowd's bills by this")
    chosen = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cleanbill.store.settings")
    os.chdir(ROOT)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="cleanbill-storm-") as name:
        os.environ["CLEANBILL_KEY_FILE"] = str(Path(name) / "cleanbill.key")
        for kind in [chosen.only] if chosen.only else BACKENDS:
            folder = Path(name) / kind
            folder.mkdir()
            _over(kind, folder, chosen, rows)
    print(f"\n{'database':<12}{'what':<46}{'times':>8}{'seconds':>9}  outcome")
    for database, what, count, seconds, outcome in rows:
        print(f"{database:<12}{what:<46}{count:>8,}{seconds:>9.1f}  {outcome}")


def _over(kind: str, folder: Path, chosen: Any, rows: list[Row]) -> None:
    """Let the storm go over one kind of database."""
    from cleanbill.store.connect import open_store

    open_store()
    backend: Backend = Embedded(folder) if kind == "sqlite" else Server()
    try:
        if chosen.part != "crowd":
            _kills(backend, folder, chosen, rows)
        if chosen.part != "kills":
            _crowd(backend, folder, chosen, rows)
    finally:
        if isinstance(backend, Server):
            backend.stop()


def _kills(backend: Backend, folder: Path, chosen: Any, rows: list[Row]) -> None:
    from tools.storm_kills import Storm, Torn, at_points, at_random, scenes

    again = f"Again: python -m tools.storm --part kills --only {backend.name} --seed {chosen.seed}"
    storm = Storm(backend, _progress(), f"{again} --kills {chosen.kills} --scene TEXT")
    try:
        found = [s for s in scenes(folder / "files") if chosen.scene in s.name]
        for scene in found:
            storm.calm(scene)
        runs = [scene for scene in found if scene.task == "run"]
        each = -(-chosen.kills // max(len(runs), 1))
        for scene in found:
            points = at_points(scene)
            dice = at_random(scene, each, chosen.seed) if scene in runs else []
            for what, kills in (("at fault points", points), ("at random moments", dice)):
                start = time.monotonic()
                for kill in kills:
                    storm.kill(scene, kill)
                if kills:
                    spent = time.monotonic() - start
                    rows.append((backend.name, f"{scene.name}: {what}", len(kills), spent, "equal"))
        missed = _missed([scene.reached for scene in found])
        if missed and not chosen.scene:
            raise Torn(f"no scene reaches {', '.join(missed)}")
    except Torn as error:
        print()
        sys.exit(str(error))
    finally:
        storm.close()


def _missed(reached: list[Any]) -> list[str]:
    from cleanbill.store.faults import POINTS

    return [point for point in POINTS if not any(r[point] for r in reached)]


def _crowd(backend: Backend, folder: Path, chosen: Any, rows: list[Row]) -> None:
    from tools.storm_issuers import Crowd, gather

    few = backend.name == "sqlite"
    bills = 1000 // chosen.share
    crowd = Crowd(8, bills, 4) if few else Crowd(64, bills, 4)
    seen = gather(backend, crowd, folder / "crowd")
    what = f"{crowd.issuers} issuers, {crowd.bills:,} bills each"
    if seen.faults:
        sys.exit(f"{backend.name}: {what}:\n" + "\n".join(seen.faults))
    outcome = f"gapless; the series changed hands {seen.changes:,} times"
    rows.append((backend.name, what, crowd.issuers * crowd.bills, seen.seconds, outcome))
    print(f"{backend.name}: {what}: {outcome}")


def _progress() -> Callable[[str], None]:
    """Return what shows the latest kill: in place at a terminal, every fiftieth elsewhere."""
    count = 0

    def told(words: str) -> None:
        nonlocal count
        count += 1
        if sys.stdout.isatty():
            print(f"\r\x1b[K{count}: {words}", end="", flush=True)
        elif count % 50 == 0:
            print(f"{count}: {words}", flush=True)

    return told


if __name__ == "__main__":
    main()
