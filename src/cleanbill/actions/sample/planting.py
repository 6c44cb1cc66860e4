"""Planting: choosing rows for each kind of error, editing them, and writing down what was done."""

from __future__ import annotations

from dataclasses import dataclass, field

from cleanbill.actions.sample.draw import Draw
from cleanbill.actions.sample.errors import ERRORS, PlantedError
from cleanbill.actions.sample.rows import CHARGES, PRICES, REFERENCE_COLUMN, SOURCE_FILES, Row
from cleanbill.actions.sample.sources import Sources, is_due

Files = dict[str, list[Row]]


@dataclass(frozen=True, slots=True)
class _Spot:
    """One planted error: its kind and the cells that change."""

    error: PlantedError
    cells: Row


@dataclass(slots=True)
class _Taken:
    """What is taken already, so that no two errors meet."""

    spots: dict[tuple[str, int], _Spot] = field(default_factory=dict)
    customers: set[str] = field(default_factory=set)
    items: set[str] = field(default_factory=set)

    def add(self, spot: _Spot, place: int, row: Row) -> None:
        """Note a planted row, and with master data everything that hangs on it."""
        self.spots[spot.error.file, place] = spot
        if spot.error.file == PRICES:
            self.items.add(row["item"])
        elif spot.error.file != CHARGES:
            self.customers.add(row["customer"])


def planted(seed: int, sources: Sources) -> tuple[Files, list[Row]]:
    """Return the files with errors planted, and the rows of the answer key to them."""
    taken = _Taken()
    for error in ERRORS:
        draw = Draw(seed, f"error {error.name}")
        rows = sources.files[error.file]
        wanted = max(1, (len(rows) * error.share + 5_000) // 10_000)
        for place in draw.taken(_candidates(error, sources, taken), wanted):
            cells = error.edit(rows[place], sources, draw)
            taken.add(_Spot(error, cells), place, rows[place])
    return _written(sources, taken.spots)


def _candidates(error: PlantedError, sources: Sources, taken: _Taken) -> list[int]:
    """Return the places of the rows that the error fits and no other error touches."""
    charged = error.file == CHARGES
    return [
        place
        for place, row in enumerate(sources.files[error.file])
        if error.fits(row, sources)
        and (error.file, place) not in taken.spots
        and row.get("customer") not in taken.customers
        and row.get("item") not in taken.items
        and (not charged or is_due(sources.profiles[row["customer"]], row))
        and not (charged and row["reference"] in sources.charges.originals)
    ]


def _written(sources: Sources, spots: dict[tuple[str, int], _Spot]) -> tuple[Files, list[Row]]:
    files: Files = {}
    key: list[Row] = []
    for file in SOURCE_FILES:
        rows = files[file] = []
        for place, row in enumerate(sources.files[file]):
            spot = spots.get((file, place))
            if spot is None:
                rows.append(row)
                continue
            rows.extend([row | spot.cells] * (2 if spot.error.repeats else 1))
            key.extend(_answers(spot, row, len(rows)))
    return files, key


def _answers(spot: _Spot, row: Row, number: int) -> list[Row]:
    """Return the lines of the answer key for one error: one for each changed cell."""
    line = {
        "file": spot.error.file,
        "row": str(number),
        "reference": row[REFERENCE_COLUMN[spot.error.file]],
        "error": spot.error.name,
        "expected_finding": spot.error.finding,
    }
    if not spot.cells:
        return [line]
    return [
        line | {"field": column, "before": row.get(column, ""), "after": after}
        for column, after in spot.cells.items()
    ]
