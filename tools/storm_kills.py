"""Kill what writes the books, at every point and at random moments; then finish it and compare.

A scene is something that is done to prepared books: a run, a credit, an import, a company set up.
It is done once without accident. Then, in a clean clone each time, a process that does it is
killed; what is there must be whole or absent and pass the audit; it is done again by another
process; and the books must be those that no accident has touched.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from django.db import connection
from tests.actions.company import OPEN_ITEMS, PLAN, RELEASES, Company, company_file
from tests.cases.sample_sales_tax import RATES
from tests.store.databases import EMPTY, Backend, build, opened
from tools import storm_work
from tools.storm_books import (
    CHUNK,
    ORDER_AMENDED,
    OTHERS,
    PARTITION,
    RECORDED,
    VARIANTS,
    asking,
    billed,
    corrections,
    delivered,
    mendable,
    posted,
    terms,
)
from tools.storm_compare import contents, differences, torn

from cleanbill.store import faults
from cleanbill.store.models import SourceFile

WHOLE = 5000
"""More than there is: one chunk, one partition, one transaction."""


class Torn(AssertionError):
    """The storm has broken something; says what, and how to see it again."""


class Died(BaseException):
    """The end of a process, as it looks from inside."""


def _died() -> None:
    raise Died


@dataclass(frozen=True, slots=True)
class Kill:
    """Where a process dies: at a point the n-th time, or after so many seconds."""

    point: str | None = None
    times: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        return f"{self.point}:{self.times}" if self.point else f"after {self.seconds:.4f} s"


@dataclass
class Scene:
    """A task on a template; ``facts`` are the task's, told once the template is made."""

    name: str
    template: str
    make: Callable[[], Company | None]
    task: str
    facts: Callable[[Company | None], dict[str, Any]]
    kept: dict[str, list[str]] = field(default_factory=dict)
    reached: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


def scenes(folder: Path) -> list[Scene]:
    """Return what the storm interrupts; its files lie in ``folder``."""
    found = []

    def place(name: str, text: str) -> str:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
        return str(folder / name)

    def own(company: Company | None) -> dict[str, Any]:
        assert company is not None
        return {"organisation": company.actor.organisation_id}

    for name, variant, cut in (
        *((f"run, {variant}", variant, (CHUNK, PARTITION)) for variant in VARIANTS),
        ("run in one transaction", "one day", (WHOLE, WHOLE)),
    ):
        chunk, partition = cut

        def facts(
            company: Company | None, chunk: int = chunk, partition: int = partition
        ) -> dict[str, Any]:
            return {**own(company), "chunk": chunk, "partition": partition}

        make = partial(delivered, folder / variant, variant)
        found.append(Scene(name, f"storm_{variant.replace(' ', '_')}", make, "run", facts))
    answers = {"recorded": str(folder / "asking" / RECORDED), "chunk": 1, "partition": WHOLE}
    found.append(
        Scene(
            "run that asks a tax engine",
            "storm_asking",
            partial(asking, folder / "asking"),
            "run_asking",
            lambda c: {**own(c), **answers},
        )
    )
    done = ("storm_billed", partial(billed, folder / "billed", "one day"))
    prices = "item,currency,model,valid_from,unit_price\nBOLT,EUR,unit,2026-01-01,2.66\n"
    people = "customer,name,street,city,country\nK01,New name,Lane 1,Ulm,DE\nZ,Z,Lane 2,Ulm,DE\n"
    files = {
        **{"charges": corrections(), "prices": prices, "customers": people},
        "recurring": terms(),
        "orders": ORDER_AMENDED,
        "redemptions": "coupon,customer,valid_from\nGIFT,K01,2026-01-01\n",
        "retainers": "retainer,customer,item,currency,valid_from\nR-1,K01,BASE,EUR,2026-01-01\n",
        "open_items": OPEN_ITEMS.lstrip(),
    }
    paths = {kind: place(f"again-{kind}.csv", text) for kind, text in files.items()}
    paths["plans"] = place("again-plans.toml", PLAN)
    found.append(Scene("credit", *done, "credit", lambda c: {**own(c), "number": "INV-000004"}))
    found.append(Scene("history", *done, "prepare", own))
    for kind, path in paths.items():

        def taken(company: Company | None, kind: str = kind, path: str = path) -> dict[str, Any]:
            return {**own(company), "kind": kind, "path": path}

        found.append(Scene(f"import of {kind}", *done, "take", taken))
    sales_tax = {"kind": "us-rates", "path": place("rates.csv", RATES)}
    found.append(
        Scene("import of us-rates", *done, "take_rates", lambda c: {**own(c), **sales_tax})
    )
    month = ("storm_one_day", partial(delivered, folder / "one day", "one day"))
    found.append(Scene("undone import", *month, "undo", lambda c: {**own(c), **_charges_file()}))
    last = {"kind": "invoice", "last": "41"}
    found.append(
        Scene("numbers that go on", *month, "continue_after", lambda c: {**own(c), **last})
    )
    others = partial(delivered, folder / "others", "one day", OTHERS)
    found.append(Scene("run of several persons", "storm_others", others, "second_person", own))
    agreed = ("storm_billed_terms", partial(billed, folder / "agreed", "with terms"))
    later = place("again-releases.csv", RELEASES.lstrip().replace("10-20", "10-21"))
    found.append(
        Scene(
            "import of releases",
            *agreed,
            "take",
            lambda c: {**own(c), "kind": "releases", "path": later},
        )
    )
    held = ("storm_mendable", partial(mendable, folder / "mendable", "one day"))
    said = {"CB-CUS-003": {"purchase_order": "PO-1"}, "CB-PRC-001": {"unit_price": "1.50"}}
    found.append(Scene("repair", *held, "mend", lambda c: {**own(c), "said": said}))
    found.append(Scene("members", *done, "members", own))
    found.append(Scene("hold", *done, "hold", lambda c: {**own(c), "party": "K05"}))
    far = {"party": "K06", "today": "2060-01-01"}
    found.append(Scene("erasure", *done, "erase", lambda c: {**own(c), **far}))

    def apart(company: Company | None) -> dict[str, Any]:
        """A folder of its own for what a task leaves outside of the books."""
        return {"folder": tempfile.mkdtemp(dir=folder)}

    found.append(Scene("archive", *done, "archive", lambda c: {**own(c), **apart(c)}))
    letters = ("storm_posted", partial(posted, folder / "posted"))
    found.append(Scene("mail out", *letters, "post", lambda c: {**own(c), **apart(c)}))
    found.append(Scene("backup", *done, "back_up", apart))
    company = {"path": place("company.toml", company_file("acme")), "email": "boss@acme.example"}
    found.append(Scene("set-up", EMPTY, lambda: None, "set_up", lambda c: dict(company)))
    return found


def _charges_file() -> dict[str, Any]:
    """The import of the month's charges in the open store."""
    file = SourceFile.objects.filter(kind="charges").latest("id")
    return {"source_file": file.pk}


@dataclass
class Storm:
    """The storm over one kind of database; ``told`` gets a line of progress for each kill."""

    backend: Backend
    told: Callable[[str], None]
    again: str = ""
    """How to repeat, for the one who reads of a difference."""
    _count: int = 0
    _next: Any = None

    @contextmanager
    def clone(self, scene: Scene) -> Iterator[tuple[str, dict[str, Any]]]:
        """Open a clean clone of the scene's template; give its URL and the task's facts."""
        company = build(self.backend, scene.template, scene.make)
        self._count += 1
        name = f"storm_{self._count}"
        url = self.backend.clone(name, scene.template)
        try:
            with opened(url):
                yield url, scene.facts(company)
        finally:
            self.backend.drop(name)

    def calm(self, scene: Scene, *, apart: bool = True) -> None:
        """Do the scene without accident: what it gives, which points it reaches.

        Then ``apart``, in a process of its own: how long it takes.
        """
        with self.clone(scene) as (_, facts):
            faults.armed = lambda point: scene.reached.update([point])
            try:
                storm_work.work(scene.task, facts)
            finally:
                faults.armed = None
            scene.kept = contents()
            self.sound(scene, "no kill", facts)
        if not apart:
            return
        with self.clone(scene) as (url, facts):
            process = self._ready()
            storm_work.order(process, url, scene.task, facts)
            start = time.monotonic()
            out, errors = process.communicate()
            scene.seconds = time.monotonic() - start
            if out != "done\n":
                raise Torn(f"{scene.name} fails: {errors}")
            self.compare(scene, "no kill, in a process of its own")

    def kill(self, scene: Scene, kill: Kill) -> None:
        """Kill the scene once in a process of its own, look, do it again here, compare."""
        with self.clone(scene) as (url, facts):
            process = self._ready()
            storm_work.order(process, url, scene.task, facts, kill.point, kill.times)
            if kill.point is None:
                time.sleep(kill.seconds)
                process.kill()
            out, errors = process.communicate()
            if kill.point is not None and (process.returncode != -9 or out):
                raise Torn(f"{scene.name}, {kill}: the process was not killed: {out}{errors}")
            self._left_alone()
            self.resumed(scene, kill, facts)

    def faint(
        self,
        scene: Scene,
        kill: Kill,
        fail: Callable[[], None] = _died,
        error: type[BaseException] = Died,
        mend: Callable[[], None] = lambda: None,
    ) -> BaseException:
        """The same within this process: quicker, though Python and the database clean up.

        ``fail`` is what happens at the point, ``error`` what comes of it, ``mend`` what puts the
        cause right before the scene is done again. Returns the error.
        """
        assert kill.point is not None
        with self.clone(scene) as (_, facts):
            faults.armed = storm_work.dying(kill.point, kill.times, fail)
            try:
                storm_work.work(scene.task, facts)
            except error as seen:
                failed = seen
            else:
                raise Torn(f"{scene.name}, {kill}: it went through without a failure")
            finally:
                faults.armed = None
            mend()
            self.resumed(scene, kill, facts)
        return failed

    def resumed(self, scene: Scene, kill: Kill, facts: dict[str, Any]) -> None:
        """Look at what is left, do the scene again here, look and compare."""
        self.sound(scene, f"{kill}, before it goes on", facts)
        storm_work.work(scene.task, facts)
        self.sound(scene, f"{kill}, after it went on", facts)
        self.compare(scene, str(kill))
        self.told(f"{self.backend.name}: {scene.name}, killed {kill}")

    def compare(self, scene: Scene, kill: str) -> None:
        """Raise Torn where the books differ from those without accident."""
        found = differences(scene.kept, contents())
        if found:
            raise Torn(self._words(scene, kill, found))

    def sound(self, scene: Scene, kill: str, facts: dict[str, Any]) -> None:
        """Raise Torn where something is half there, or the audit finds something."""
        found = torn()
        if "organisation" in facts:
            works = Company(Path(), storm_work._actor(facts["organisation"]))
            found += [f"audit {code}: {row}" for code, row in works.breaches()]
        if found:
            raise Torn(self._words(scene, kill, found))

    def _words(self, scene: Scene, kill: str, found: list[str]) -> str:
        lines = "\n".join(f"  {line[:400]}" for line in found)
        return f"{self.backend.name}: {scene.name}, killed {kill}:\n{lines}\n{self.again}"

    def _ready(self) -> Any:
        """Return a process that is ready or nearly so, and have the next one get ready."""
        process = self._next or storm_work.ready()
        self._next = storm_work.ready()
        return process

    def _left_alone(self) -> None:
        """Wait until a server has noticed that the killed process is gone."""
        if connection.vendor == "sqlite":
            return
        for _ in range(1000):
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() "
                    "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
                )
                if not cursor.fetchone()[0]:
                    return
            time.sleep(0.01)
        raise Torn("the server still works for a process that is gone")

    def close(self) -> None:
        """End the process that waits for an order."""
        if self._next is not None:
            self._next.kill()
            self._next.communicate()


def at_points(scene: Scene, occurrences: int = 3) -> list[Kill]:
    """Return a kill at the first, second and last time of every point that the scene reaches."""
    found = []
    for point in faults.POINTS:
        last = scene.reached[point]
        times = sorted({1, min(2, last), last} if last else set())
        found += [Kill(point, n) for n in times[:occurrences]]
    return found


def at_random(scene: Scene, count: int, seed: str) -> list[Kill]:
    """Return kills spread over the whole scene, one at random in each equal stretch of it."""
    dice = random.Random(f"{seed} {scene.name}")
    length = scene.seconds / max(count, 1)
    return [Kill(seconds=(place + dice.random()) * length) for place in range(count)]
