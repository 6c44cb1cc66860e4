"""How a check is declared: its texts, what it needs, the rows it finds wrong, the repair.

Three kinds, one form: an *expression* over identified, priced and taxed charges, or over drafts,
of which all run in one pass; and a *function* from tables to wrong rows, for what an expression
over one row cannot say. Limits, the seller and the run's last day stand in every row, so that an
expression is the same for every organisation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from cleanbill.cycle.verify.look import Tables
from cleanbill.cycle.verify.stated import column_of, kinds_of
from cleanbill.nouns.finding import Check, Owner, Proposal, Severity, Subject

BLOCK, WARN, INFO = Severity.BLOCK, Severity.WARN, Severity.INFO
SPECIALIST, MASTER_DATA = Owner.SPECIALIST, Owner.MASTER_DATA


@dataclass(frozen=True, slots=True, eq=False)
class RowCheck:
    """A check by an expression that is true on wrong rows of one table."""

    check: Check
    wrong: pl.Expr
    table: str = "charges"
    where: tuple[str, ...] = ()
    """Columns without which a row cannot be wrong: all null, and the check need not run."""
    waiting: bool = False
    """Whether charges after the cut-off are looked at, too."""

    @property
    def needs(self) -> Mapping[str, tuple[str, ...]]:
        """The columns that the expression and the texts read, by table."""
        told = {column_of(name, kind) for name, kind in self.check.parameters.items()}
        return {self.table: tuple(sorted({*self.wrong.meta.root_names(), *told}))}


@dataclass(frozen=True, slots=True, eq=False)
class TableCheck:
    """A check by a function from tables to the rows that are wrong.

    What comes out has ``about`` (the column by which charges meet the row; none: all charges do),
    ``subject`` (what a person calls it, for all but charges), and the columns of the parameters.
    """

    check: Check
    find: Callable[[Tables], pl.LazyFrame]
    about: str
    needs: Mapping[str, tuple[str, ...]]
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By table, the columns without which no row can be wrong."""


def row_check(
    code: str,
    severity: Severity,
    title: str,
    reason: str,
    repair: str,
    wrong: pl.Expr,
    says: str = "",
    *,
    owner: Owner = SPECIALIST,
    proposal: Proposal | None = None,
    where: str = "",
    waiting: bool = False,
    draft: bool = False,
) -> RowCheck:
    """Declare a check on charges or, with ``draft``, on drafts; names are parted by spaces."""
    subject = Subject.DRAFT if draft else Subject.CHARGE
    check = Check(
        *(code, severity, subject, title, reason, repair, owner),
        kinds_of(says),
        proposal,
    )
    table = "drafts" if draft else "charges"
    return RowCheck(check, wrong, table, tuple(where.split()), waiting)


_SUBJECTS = {
    "charge_id": Subject.CHARGE,
    "customer": Subject.CUSTOMER,
    "item": Subject.ITEM,
    "price_id": Subject.PRICE,
    "agreement_id": Subject.AGREEMENT,
    "": Subject.SELLER,
}


def table_check(
    code: str,
    severity: Severity,
    title: str,
    reason: str,
    repair: str,
    find: Callable[[Tables], pl.LazyFrame],
    says: str = "",
    *,
    about: str,
    needs: Mapping[str, str],
    where: Mapping[str, str] | None = None,
    owner: Owner = MASTER_DATA,
    proposal: Proposal | None = None,
) -> TableCheck:
    """Declare a check by a function; names are parted by spaces."""
    check = Check(
        *(code, severity, _SUBJECTS[about], title, reason, repair, owner),
        kinds_of(says),
        proposal,
    )
    split = {table: tuple(columns.split()) for table, columns in needs.items()}
    applies = {table: tuple(columns.split()) for table, columns in (where or {}).items()}
    return TableCheck(check, find, about, split, applies)
