"""Checks about checks: what could not be looked at, and why. As grave as the check it speaks of."""

from __future__ import annotations

from cleanbill.cycle.verify.declare import WARN
from cleanbill.cycle.verify.stated import kinds_of
from cleanbill.nouns.finding import Check, Owner, Subject

CHECK_LACKS = Check(
    "CB-SYS-001",
    WARN,
    Subject.CHECK,
    "A check lacks what it needs",
    "{check} ({title}) has not looked at anything: it lacks {why}.",
    "Report this to whoever maintains the installation. To bill without this check, switch {check} "
    "off in the policy.",
    Owner.MASTER_DATA,
    kinds_of("check title why"),
)
CHECK_FAILS = Check(
    "CB-SYS-002",
    WARN,
    Subject.CHECK,
    "A check fails",
    "{check} ({title}) has not looked at anything: it ran into an error: {why}.",
    "Report this to whoever maintains the installation. To bill without this check, switch {check} "
    "off in the policy.",
    Owner.MASTER_DATA,
    kinds_of("check title why"),
)
FAILS_ON_CHARGE = Check(
    "CB-SYS-003",
    WARN,
    Subject.CHARGE,
    "A check fails on this charge",
    "{check} ({title}) could not judge {reference}: {why}.",
    "Look for values out of the ordinary in {reference} and what it names; correct them, or report "
    "this to whoever maintains the installation.",
    parameters=kinds_of("check title why reference"),
)
DECLARED = (CHECK_LACKS, CHECK_FAILS, FAILS_ON_CHARGE)
