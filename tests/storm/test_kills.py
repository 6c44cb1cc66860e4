"""A short storm: whatever writes the books is killed, finished by another process, and compared.

`make storm` kills at every point three times on both databases, and at random moments.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tools import storm_kills
from tools.storm_kills import Kill, Scene, Storm, Torn, at_points, at_random, scenes

from cleanbill.store import faults
from cleanbill.store.models import RunStep

FAINTS = {"sqlite": 1, "postgresql": 0}
"""Whether every point is tried once within this process as well."""


@pytest.mark.slow
def test_nothing_is_lost_and_nothing_happens_twice(
    storm: Storm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(storm_kills, "CHUNK", 10)
    monkeypatch.setattr(storm_kills, "PARTITION", 60)
    wanted = scenes(tmp_path)
    for scene in wanted:
        storm.calm(scene)
    reached = {point for scene in wanted for point in scene.reached}
    assert reached == set(faults.POINTS)
    tried: set[str] = set()
    for scene in wanted:
        for kill in at_points(scene, FAINTS[storm.backend.name]):
            if kill.point not in tried:
                tried.add(str(kill.point))
                storm.faint(scene, kill)
    for scene, kill in _deaths(wanted, FAINTS[storm.backend.name]):
        storm.kill(scene, kill)


def _deaths(wanted: list[Scene], half: int) -> Iterator[tuple[Scene, Kill]]:
    """A few real deaths: in the first chunk, between two, at the end, and at two random moments.

    Of the other scenes one half dies on each database; `make storm` kills all on both.
    """
    run = wanted[0]
    yield run, Kill("table.posting.after", 1)
    yield run, Kill("chunk.committed", 2)
    yield run, Kill("run.close.before", 1)
    for kill in at_random(run, 2, "short"):
        yield run, kill
    for scene in wanted[1 + half :: 2]:
        yield scene, at_points(scene)[len(at_points(scene)) // 2]


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_the_storm_sees_what_is_broken(storm: Storm, tmp_path: Path, monkeypatch):
    """A step of the run goes missing: what is left of the chunk is not whole."""
    scene = scenes(tmp_path)[0]
    storm.calm(scene)
    real = storm.sound

    def robbed(*arguments):
        RunStep.objects.all()[0].delete()
        real(*arguments)

    monkeypatch.setattr(storm, "sound", robbed)
    with pytest.raises(Torn, match=r"killed chunk.committed:2(.|\n)*a run whose steps are not its"):
        storm.faint(scene, Kill("chunk.committed", 2))
