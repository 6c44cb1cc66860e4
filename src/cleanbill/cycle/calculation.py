"""Versions of calculation: a bill names the one it was worked out by, and each stays executable.

A rule that gives another amount for the same input is a new version: the old function stays, under
its old number, so that what it issued can be worked out again to the cent. What merely adds a
feature that earlier bills cannot have used needs none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from cleanbill.cycle import price, tax
from cleanbill.engine.tables import MasterData
from cleanbill.formats.bill_json import CALCULATION_VERSION


@dataclass(frozen=True, slots=True)
class Calculation:
    """How one version works out amounts: of a charge whose price is chosen, of a draft's taxes."""

    amounts: Callable[[pl.DataFrame, MasterData], pl.DataFrame]
    assess: Callable[[pl.DataFrame, str, str], tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]]


CALCULATIONS = {"1": Calculation(price.amounts, tax.assess)}
"""Every version that a bill may name."""
CURRENT = CALCULATION_VERSION
"""The version that bills are issued by."""
METHODS = ("per_group", "per_line")
"""When tax is rounded."""
