"""Screen charges: run the catalogue in one pass, collect findings, decide what becomes of each."""

from __future__ import annotations

from datetime import date

import polars as pl

from cleanbill.cycle.verify.catalogue import (
    AFTER_CUT_OFF,
    CATALOGUE,
    NOT_BILLABLE,
    ORIGINAL_UNBILLED,
)
from cleanbill.engine.dated import in_force, overlapping
from cleanbill.engine.findings import effective_severity, findings_of
from cleanbill.engine.plan import collected
from cleanbill.engine.tables import FINDINGS, MasterData, empty
from cleanbill.engine.text import trimmed_text
from cleanbill.nouns.drawn import DRAWN
from cleanbill.nouns.finding import Check
from cleanbill.nouns.policy import Policy, Uncancelled
from cleanbill.nouns.scales import PRICE_DECIMALS, QUANTITY_DECIMALS, RATE_DECIMALS

REFERENCES = ("purchase_order", "order", "delivery", "cost_centre", "ship_to")
_SUBJECT = pl.concat_str(
    pl.col("reference"),
    pl.when(pl.col("occurrence") > 1)
    .then(pl.concat_str(pl.lit(" #"), pl.col("occurrence").cast(pl.String)))
    .otherwise(pl.lit("")),
)
_STAKE = pl.col("net_minor").abs()
_ACTIVE = pl.col("not_billable").is_null() & ~pl.col("waiting")
_TESTS = {c.check.code: (_ACTIVE & c.wrong.fill_null(False)).alias(c.check.code) for c in CATALOGUE}


def screen(
    charges: pl.DataFrame,
    links: pl.DataFrame,
    master: MasterData,
    policy: Policy,
    until: date,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the charges with ``disposition`` and the link of cancellations, and all findings.

    In: identified, priced and taxed charges sorted by service date; ``links`` from ``link``.
    ``not_billable`` and ``waiting`` charges get their info finding and no other.
    """
    facts = _with_facts(charges, links, master, policy, until)
    severities = {c.check.code: effective_severity(c.check, policy.severities) for c in CATALOGUE}
    running = [c for c in CATALOGUE if severities[c.check.code] != "off"]
    wrong = facts.select(_TESTS[c.check.code] for c in running)
    blocking = [c.check.code for c in running if severities[c.check.code] == "block"]
    facts = facts.with_columns(
        wrong.select(pl.any_horizontal(blocking)).to_series().alias("blocked")
    )
    findings = [
        _reported(
            c.check, facts.filter(wrong[c.check.code]), severities[c.check.code], c.parameters
        )
        for c in running
        if wrong[c.check.code].any()
    ]
    facts, orphaned = _orphans(facts, links, policy)
    left_out = late = facts.clear()
    if facts["not_billable"].null_count() < facts.height:
        left_out = facts.filter(pl.col("not_billable").is_not_null())
    if facts["waiting"].any():
        late = facts.filter(pl.col("waiting") & pl.col("not_billable").is_null())
    for check, rows, parameters in (
        (AFTER_CUT_OFF, late, ("service_date", "cut_off")),
        (NOT_BILLABLE, left_out, ("not_billable",)),
        (ORIGINAL_UNBILLED, orphaned, ("proposals",)),
    ):
        findings.append(
            _reported(check, rows, effective_severity(check, policy.severities), parameters)
        )
    disposition = (
        pl.when(pl.col("not_billable").is_not_null())
        .then(pl.lit("not_billable"))
        .when(pl.col("waiting"))
        .then(pl.lit("waiting"))
        .when(pl.col("blocked"))
        .then(pl.lit("held"))
        .otherwise(pl.lit("clear"))
    )
    return facts.with_columns(disposition.alias("disposition")), pl.concat(
        findings or [empty(FINDINGS)]
    )


def _reported(
    check: Check, rows: pl.DataFrame, severity: str, parameters: tuple[str, ...]
) -> pl.DataFrame:
    if rows.is_empty():
        return empty(FINDINGS)
    shown = rows.with_columns(
        trimmed_text(pl.col("quantity_e6"), QUANTITY_DECIMALS).alias("quantity"),
        trimmed_text(pl.col("unit_price_e8"), PRICE_DECIMALS).alias("unit_price"),
        trimmed_text(pl.col("line_price_e8"), PRICE_DECIMALS).alias("line_price"),
        trimmed_text(pl.col("discount_percent_e6"), RATE_DECIMALS).alias("line_discount"),
        pl.col("required_references").str.replace_all("_", " "),
    )
    return findings_of(
        check, shown, severity, subject=_SUBJECT, parameters=parameters, at_stake=_STAKE
    )


def _orphans(
    facts: pl.DataFrame, links: pl.DataFrame, policy: Policy
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Hold cancellations whose one original is itself not billed by now."""
    if links["original_id"].null_count() == links.height:
        return facts, facts.clear()
    stuck = facts.filter(
        (pl.col("blocked") | pl.col("waiting") | pl.col("not_billable").is_not_null())
        & (pl.col("kind") == "sale")
    )["charge_id"]
    unbilled = (
        pl.col("original_id").is_not_null()
        & (pl.col("original_id").is_in(stuck.implode()) | (pl.col("original_state") == "unbilled"))
        & ~pl.col("blocked")
        & ~pl.col("waiting")
    ).fill_null(False)
    orphaned = facts.filter(unbilled)
    if effective_severity(ORIGINAL_UNBILLED, policy.severities) == "block":
        facts = facts.with_columns((pl.col("blocked") | unbilled).alias("blocked"))
    return facts, orphaned


def _with_facts(
    charges: pl.DataFrame,
    links: pl.DataFrame,
    master: MasterData,
    policy: Policy,
    until: date,
) -> pl.DataFrame:
    """Add the columns that only checks read."""
    facts = charges.lazy().join(links.lazy(), on="charge_id", how="left", maintain_order="left")
    facts = _price_overlaps(facts, master)
    alone = [
        kind for kind, what in policy.unlinked_cancellations.items() if what is Uncancelled.CREDIT
    ]
    any_kind = policy.unlinked_cancellations.get("*") is Uncancelled.CREDIT
    # What terms give back without naming an original is agreed, whatever the policy says of others.
    wanted_alone = pl.col("item_kind").is_in(alone) | any_kind | pl.col("source").is_in(DRAWN)
    required = pl.col("required_references").fill_null("")
    wanted = required.str.replace_all(" ", "").str.split(",")
    lacking = [wanted.list.contains(name) & pl.col(name).is_null() for name in REFERENCES]
    return facts.with_columns(
        pl.lit(policy.price_source.value).alias("price_source"),
        pl.lit(policy.customers_have_addresses).alias("addresses_required"),
        (wanted_alone & pl.col("cancels").is_null()).fill_null(False).alias("credit_alone"),
        pl.any_horizontal(lacking).alias("lacks_reference"),
        _waiting(until).alias("waiting"),
    ).pipe(collected)


def _waiting(until: date) -> pl.Expr:
    day = pl.col("service_date")
    cut_off = pl.col("cut_off").fill_null("any")
    over = (
        pl.when(cut_off == "month")
        .then(day.dt.month_end())
        .when(cut_off == "week")
        .then(day.dt.truncate("1w").dt.offset_by("6d"))
        .otherwise(day)
    )
    return (over > until).fill_null(False)


def _price_overlaps(facts: pl.LazyFrame, master: MasterData) -> pl.LazyFrame:
    """Mark charges on a day when two prices of their price's key are in force."""
    none = facts.with_columns(pl.lit(False).alias("prices_overlap"))
    if master.prices.is_empty():
        return none
    keys = ["item", "currency", "customer", "plan", "conditions"]
    filled = master.prices.lazy().with_columns(
        pl.col("customer", "plan", "conditions").fill_null("")
    )
    doubled = overlapping(filled, keys).pipe(collected)
    if doubled.is_empty():
        return none
    marked = doubled.lazy().with_columns(pl.lit(True).alias("prices_overlap"))
    return in_force(facts, marked, ["price_id"], ["prices_overlap"])
