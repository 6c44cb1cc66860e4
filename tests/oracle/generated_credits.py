"""Credits of what a batch sold: whole bills, and lines part by part in several runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random

from tests.oracle.bill import Bill, Line, invoices
from tests.oracle.facts import Batch, Charge
from tests.oracle.generated import parts, sold
from tests.oracle.generated_prices import scaled

RUNS = 3
MILLIONTH = scaled(1, 6)


@dataclass(frozen=True, slots=True)
class Sequence:
    """Partial credits of one invoiced line, and an attempt to credit more than is left of it."""

    line: Line
    steps: tuple[Decimal, ...]
    beyond: str
    """The reference of the attempt."""

    @property
    def whole(self) -> bool:
        """Whether the steps credit all of the line."""
        return sum(self.steps) == self.line.charge.quantity


def creditable(batch: Batch) -> list[Bill]:
    """Return the invoices that are sent and have no line of negative quantity."""
    sent = invoices(batch)
    return [bill for bill in sent if all(line.charge.quantity > 0 for line in bill.lines)]


def fully(seed: str, bill_count: int) -> tuple[Batch, list[Bill], list[Charge]]:
    """Return a batch, its invoices, and cancellations of every line of each of them."""
    rng = Random(seed)
    batch = sold(rng, bill_count, 0)
    issued = creditable(batch)
    lines = [line.charge for bill in issued for line in bill.lines]
    whole = [credit(rng, charge, charge.quantity, "F") for charge in lines]
    return batch, issued, numbered(batch, whole)


def in_parts(seed: str, bill_count: int) -> tuple[Batch, list[Sequence], list[list[Charge]]]:
    """Return a batch, sequences of partial credits of its lines, and the runs they come in.

    The last run is that of the attempts to credit more than is left, by a millionth of a unit or
    by the whole line once more.
    """
    rng = Random(seed)
    batch = sold(rng, bill_count, 0)
    runs: list[list[Charge]] = [[] for _ in range(RUNS + 1)]
    sequences = []
    for line in (line for bill in creditable(batch) for line in bill.lines):
        charge = line.charge
        steps = tuple(parts(rng, charge.quantity))
        turns = sorted(rng.randrange(RUNS) for _ in steps)
        for number, (turn, quantity) in enumerate(zip(turns, steps, strict=True), start=1):
            runs[turn].append(credit(rng, charge, quantity, f"X{number}"))
        left = charge.quantity - sum(steps)
        more = left + rng.choice((MILLIONTH, charge.quantity))
        beyond = credit(rng, charge, more, "B")
        runs[RUNS].append(beyond)
        sequences.append(Sequence(line, steps, beyond.reference))
    ids = iter(numbered(batch, [charge for run in runs for charge in run]))
    return batch, sequences, [[next(ids) for _ in run] for run in runs]


def credit(rng: Random, charge: Charge, quantity: Decimal, mark: str) -> Charge:
    """Return a cancellation of so many units; its sign means nothing."""
    return replace(
        charge,
        reference=f"{charge.reference}-{mark}",
        kind="cancellation",
        cancels=charge.reference,
        quantity=quantity * rng.choice((1, -1)),
    )


def numbered(batch: Batch, charges: Iterable[Charge]) -> list[Charge]:
    """Return the charges with numbers that no charge of the batch has."""
    first = len(batch.charges) + 1
    return [replace(charge, charge_id=number) for number, charge in enumerate(charges, first)]
