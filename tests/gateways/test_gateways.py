"""Waiting for engines is bounded and needs no clock; recorded answers are found, or nothing is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.cycle.test_engine_answers import GOOD, REQUEST

from cleanbill.gateways import known_engines
from cleanbill.gateways.known_engines import FOLDER, engine_of
from cleanbill.gateways.patience import Patience, Said, asked
from cleanbill.gateways.recorded_engine import RecordedEngine
from cleanbill.gateways.tax_engine import EngineFailure
from cleanbill.nouns.tax_engine import NoAnswer, TaxRequest, Trouble

ANSWER = GOOD["half up"][1]
LATE = NoAnswer(Trouble.UNANSWERED, "late")
REFUSED = NoAnswer(Trouble.REFUSED, "no such place")
PATIENCE = Patience(timeout_seconds=5, pauses=(1, 2), at_once=2)


@dataclass
class Scripted:
    """An engine that says what it is told to, call by call; then it answers everything."""

    script: list[list[Said] | Exception]
    calls: list[int] = field(default_factory=list)
    timeouts: set[int] = field(default_factory=set)

    def answers(self, requests: Sequence[TaxRequest], timeout_seconds: int) -> list[Said]:
        self.calls.append(len(requests))
        self.timeouts.add(timeout_seconds)
        said = self.script.pop(0) if self.script else [ANSWER] * len(requests)
        if isinstance(said, Exception):
            raise said
        return said


def ask(engine: Scripted, count: int = 2) -> tuple[list[Said], list[int]]:
    """Return what is said, and the pauses that were made."""
    pauses: list[int] = []
    return asked(engine, [REQUEST] * count, PATIENCE, pauses.append), pauses


def test_only_what_passes_is_asked_again() -> None:
    engine = Scripted([[REFUSED, LATE], [LATE]])
    assert ask(engine) == ([REFUSED, ANSWER], [1, 2])
    assert (engine.calls, engine.timeouts) == ([2, 1, 1], {5})


def test_it_ends() -> None:
    engine = Scripted([[LATE, LATE]] * 9)
    assert ask(engine) == ([LATE, LATE], [1, 2])
    assert engine.calls == [2, 2, 2]


def test_an_engine_that_is_gone_is_not_asked_about_the_rest() -> None:
    gone = EngineFailure(Trouble.LIMITED, "60 a minute")
    engine = Scripted([gone] * 9)
    said, pauses = ask(engine, 5)
    assert said == [NoAnswer(Trouble.LIMITED, "60 a minute")] * 5
    assert (engine.calls, pauses) == ([2, 2, 2], [1, 2])


def test_a_refusal_of_all_is_not_tried_again() -> None:
    engine = Scripted([EngineFailure(Trouble.REFUSED, "sign in first")])
    said, pauses = ask(engine, 5)
    assert [one.trouble for one in said if isinstance(one, NoAnswer)] == [Trouble.REFUSED] * 5
    assert (engine.calls, pauses) == ([2], [])


def test_too_few_and_too_many_answers() -> None:
    few = Scripted([[ANSWER]])
    assert ask(few) == ([ANSWER, ANSWER], [1])
    many = Scripted([[ANSWER, ANSWER, REFUSED]])
    assert ask(many) == ([ANSWER, ANSWER], [])


def test_an_adapter_that_breaks_says_nothing_of_the_customer() -> None:
    said, _ = ask(Scripted([KeyError("Straße 1")] * 3))
    assert said == [NoAnswer(Trouble.UNANSWERED, "the adapter failed with KeyError")] * 2


def test_recorded_answers(tmp_path: Path) -> None:
    silent = RecordedEngine(tmp_path / "none")
    nothing = silent.answers([REQUEST], 1)[0]
    assert isinstance(nothing, NoAnswer)
    assert nothing.trouble is Trouble.UNANSWERED
    behind = Scripted([])
    recorder = RecordedEngine(tmp_path / "some", behind)
    assert recorder.answers([REQUEST], 1) == [ANSWER]
    assert recorder.answers([REQUEST], 1) == [ANSWER]
    assert behind.calls == [1]
    place = next((tmp_path / "some").iterdir())
    assert "Straße 1" in place.read_text("utf-8")
    place.write_text("{}", encoding="utf-8")
    broken = RecordedEngine(tmp_path / "some").answers([REQUEST], 1)[0]
    assert isinstance(broken, NoAnswer)
    assert broken.trouble is Trouble.UNFIT


def test_what_an_engine_behind_does_not_answer_is_not_recorded(tmp_path: Path) -> None:
    recorder = RecordedEngine(tmp_path / "some", Scripted([[REFUSED], []]))
    assert recorder.answers([REQUEST], 1) == [REFUSED]
    said = recorder.answers([REQUEST], 1)[0]
    assert isinstance(said, NoAnswer)
    assert said.trouble is Trouble.UNANSWERED
    assert not (tmp_path / "some").exists()


def test_engines_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FOLDER, raising=False)
    with pytest.raises(LookupError, match=FOLDER):
        engine_of("recorded")
    monkeypatch.setenv(FOLDER, str(tmp_path))
    assert isinstance(engine_of("recorded"), RecordedEngine)
    with pytest.raises(LookupError, match=r"docs/operate\.md"):
        engine_of("nobody")

    class Entry:
        def load(self) -> type[Scripted]:
            return lambda: Scripted([])  # type: ignore[return-value]

    monkeypatch.setattr(known_engines, "entry_points", lambda group, name: [Entry()])
    assert isinstance(engine_of("our-own"), Scripted)
