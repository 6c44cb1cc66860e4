"""How long one waits for an engine, and how often one asks again: stated, bounded, without a clock.

Whoever asks brings the waiting along, so that a test waits for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cleanbill.engine.attempts import FAULTS
from cleanbill.gateways.tax_engine import EngineFailure, TaxEngine
from cleanbill.nouns.tax_engine import PASSING, NoAnswer, TaxAnswer, TaxRequest, Trouble

Said = TaxAnswer | NoAnswer


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds until an answer counts as late, and seconds before each time one asks again."""

    timeout_seconds: int = 30
    pauses: tuple[int, ...] = (1, 4, 15)
    at_once: int = 50
    """So many requests go out together."""


def asked(
    engine: TaxEngine,
    requests: Sequence[TaxRequest],
    patience: Patience,
    wait: Callable[[int], None],
) -> list[Said]:
    """Return what an engine says to each request, in its place; raises nothing that it causes.

    What failed in passing is asked again after each pause. Once an engine answers nothing at all to
    the last of these, the rest is not asked any more.
    """
    said: list[Said] = []
    for start in range(0, len(requests), patience.at_once):
        part = requests[start : start + patience.at_once]
        answers, gone = _patiently(engine, part, patience, wait)
        said += answers
        if gone is not None:
            said += [gone] * (len(requests) - len(said))
            break
    return said


def _patiently(
    engine: TaxEngine,
    requests: Sequence[TaxRequest],
    patience: Patience,
    wait: Callable[[int], None],
) -> tuple[list[Said], NoAnswer | None]:
    """Return what is said to these requests, and why nothing at all was said at last, if so."""
    said: list[Said] = [_SILENCE] * len(requests)
    left = list(range(len(requests)))
    for pause in (*patience.pauses, None):
        answers, gone = _once(engine, [requests[place] for place in left], patience)
        for place, answer in zip(left, answers, strict=True):
            said[place] = answer
        left = [place for place in left if _passing(said[place])]
        if not left or pause is None:
            break
        wait(pause)
    return said, gone


def _once(
    engine: TaxEngine, requests: Sequence[TaxRequest], patience: Patience
) -> tuple[list[Said], NoAnswer | None]:
    """Ask once. What an adapter breaks with is no reason to bill nobody else."""
    try:
        found = list(engine.answers(requests, patience.timeout_seconds))
    except EngineFailure as error:
        failed = NoAnswer(error.trouble, error.told)
        return [failed] * len(requests), failed
    except (*FAULTS, OSError) as error:
        # Only its kind: what it says may repeat what was asked.
        failed = NoAnswer(Trouble.UNANSWERED, f"the adapter failed with {type(error).__name__}")
        return [failed] * len(requests), failed
    return [*found, *[_SILENCE] * len(requests)][: len(requests)], None


def _passing(said: Said) -> bool:
    return isinstance(said, NoAnswer) and said.trouble in PASSING


_SILENCE = NoAnswer(Trouble.UNANSWERED, "it said nothing of this bill")
