"""The shape of a small chart: whole numbers in, marks in a box of whole numbers out.

A chart has a fixed number of slots in order of time, the latest last; a slot without a figure stays
empty, and a line breaks there. Time runs as the page does: the style sheet turns the whole around
where it is read from right to left. The last that is drawn is the figure's value now. Nothing here
speaks: words come in as they are to be shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

WIDTH, HEIGHT = 240, 56
EDGE = 5
"""So much room is left around the marks, for a point that stands at the end."""
GAP = 6
"""Between bars."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One figure of a chart: what it is, and what it says where one looks closer."""

    value: int | None
    says: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar from the ground to its figure."""

    x: int
    y: int
    width: int
    height: int
    says: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A point of a line."""

    x: int
    y: int
    says: str


@dataclass(frozen=True, slots=True)
class Chart:
    """What to draw: bars, or lines through dots, over a ground."""

    ground: int
    width: int = WIDTH
    height: int = HEIGHT
    bars: list[Bar] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    """Each the ``points`` of a polyline."""
    dots: list[Dot] = field(default_factory=list)


def bars(marks: Sequence[Mark], slots: int) -> Chart:
    """Return a chart of bars; what is below nothing hangs under the ground."""
    known = [mark.value for mark in marks if mark.value is not None]
    low, high = min([0, *known]), max([0, *known])
    ground = _level(0, low, high)
    step = (WIDTH - 2 * EDGE + GAP) // slots
    drawn = []
    for at, mark in _placed(marks, slots):
        if mark.value:
            level = _level(mark.value, low, high)
            tall = max(1, abs(level - ground))
            top = ground - tall if mark.value > 0 else ground
            drawn.append(Bar(EDGE + at * step, top, step - GAP, tall, mark.says))
    return Chart(ground, bars=drawn)


def line(marks: Sequence[Mark], slots: int, low: int = 0, high: int | None = None) -> Chart:
    """Return a chart of a line between ``low`` and ``high``, or the highest of its figures."""
    known = [mark.value for mark in marks if mark.value is not None]
    top = max([low, *known]) if high is None else high
    step = (WIDTH - 2 * EDGE) // (slots - 1)
    left = WIDTH - EDGE - step * (slots - 1)
    placed = [(at, mark) for at, mark in _placed(marks, slots) if mark.value is not None]
    dots = [
        Dot(left + at * step, _level(mark.value or 0, low, top), mark.says) for at, mark in placed
    ]
    return Chart(HEIGHT - EDGE, lines=_lines(dots, step), dots=dots)


def _lines(dots: Sequence[Dot], step: int) -> list[str]:
    """Lines through dots that stand side by side."""
    lines: list[list[Dot]] = []
    for dot in dots:
        if lines and dot.x - lines[-1][-1].x == step:
            lines[-1].append(dot)
        else:
            lines.append([dot])
    return [" ".join(f"{d.x},{d.y}" for d in own) for own in lines if len(own) > 1]


def _placed(marks: Sequence[Mark], slots: int) -> list[tuple[int, Mark]]:
    """Each mark with its slot; the last mark stands in the last."""
    own = marks[-slots:]
    return list(enumerate(own, start=slots - len(own)))


def _level(value: int, low: int, high: int) -> int:
    """How far down from the top a figure stands, between the edges."""
    room = HEIGHT - 2 * EDGE
    if high == low:
        return HEIGHT - EDGE
    return EDGE + room - ((value - low) * room + (high - low) // 2) // (high - low)
