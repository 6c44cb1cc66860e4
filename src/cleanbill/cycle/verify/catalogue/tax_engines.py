"""Checks on what chosen tax engines said, or did not say, of a draft; each holds its bill."""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.verify.declare import BLOCK, MASTER_DATA, SPECIALIST, RowCheck, row_check
from cleanbill.nouns.finding import Owner
from cleanbill.nouns.tax_engine import Trouble


def _trouble(
    code: str,
    troubles: tuple[Trouble, ...],
    title: str,
    reason: str,
    repair: str,
    owner: Owner = SPECIALIST,
) -> RowCheck:
    """Declare the check on drafts that an engine left in one of these troubles."""
    return row_check(
        *(code, BLOCK, title, reason, repair),
        pl.col("engine_trouble").is_in([str(t) for t in troubles]).fill_null(False),
        "customer engine_name engine_says",
        where="engine_trouble",
        owner=owner,
        draft=True,
    )


CHECKS = (
    _trouble(
        "CB-TAX-015",
        (Trouble.UNASKED, Trouble.UNANSWERED),
        "Tax engine has not answered",
        "{engine_name} has not told the taxes of this bill of {customer}: {engine_says}.",
        "Run again once it answers; nothing else is held for it.",
    ),
    _trouble(
        "CB-TAX-016",
        (Trouble.LIMITED,),
        "Tax engine wants to be asked less often",
        "{engine_name} did not answer for this bill of {customer}, as it was asked too often: "
        "{engine_says}.",
        "Run again later: what it has answered is kept and not asked again.",
    ),
    _trouble(
        "CB-TAX-017",
        (Trouble.REFUSED,),
        "Tax engine refused",
        "{engine_name} will not tell the taxes of this bill of {customer}: {engine_says}.",
        "Correct what it names (mostly the address, or how one signs in to it), and run again.",
        MASTER_DATA,
    ),
    _trouble(
        "CB-TAX-018",
        (Trouble.UNFIT,),
        "Answer does not fit the bill",
        "{engine_name} answered this bill of {customer} with something else: {engine_says}.",
        "Report the answer to those who run the engine or its adapter; until it fits, bill by "
        "other means.",
    ),
    _trouble(
        "CB-TAX-019",
        (Trouble.SUMS,),
        "Taxes of the answer do not add up",
        "What {engine_name} says of this bill of {customer} fails our own sums: {engine_says}.",
        "Report the answer to those who run the engine or its adapter; until it adds up, bill by "
        "other means.",
    ),
    _trouble(
        "CB-TAX-020",
        (Trouble.UNLINKED,),
        "Credit without taxes to take back",
        "{engine_name} tells taxes here and is never asked about credits, but this one of "
        "{customer} names no sale that was billed.",
        "Name in cancels the charge that is credited.",
    ),
)
