"""Review drafts: the checks that only make sense on a whole bill with its totals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import polars as pl

from cleanbill.cycle.verify.catalogue import DRAFT_CHECKS, UNTOLD_TAX
from cleanbill.cycle.verify.declare import RowCheck
from cleanbill.cycle.verify.facts import decided
from cleanbill.cycle.verify.failed import failures_found
from cleanbill.cycle.verify.judged_bills import beside_bills
from cleanbill.cycle.verify.searched import NOBODY
from cleanbill.cycle.verify.stated import stated
from cleanbill.cycle.verify.trial import tried
from cleanbill.cycle.verify.verdicts import NOTHING, Verdicts, hits, weights
from cleanbill.engine.findings import effective_severity, findings_of
from cleanbill.engine.plan import collected
from cleanbill.nouns.decision import DEFERRED
from cleanbill.nouns.policy import Policy
from cleanbill.nouns.seller import Seller

_HOME_SINCE = date(2021, 7, 1)
"""Since when distance sales are taxed where they go (Directive 2006/112/EC Art. 33, as amended by
Directive (EU) 2017/2455), below a threshold (Art. 59c) still at home."""
_TAXED_AT_HOME = (
    (pl.col("treatment") == "domestic") & pl.col("tax_place_foreign") & pl.col("tax_place_eu")
)
_ASSUMED = _TAXED_AT_HOME & (pl.col("customer_kind") == "business")
"""Lines taxed at home because an EU customer gave no VAT id."""
_DISTANT = (
    _TAXED_AT_HOME
    & pl.col("customer_kind").is_in(["consumer", "cash"])
    & ~pl.col("item_kind").is_in(["service", "subscription", "fee"])
    & (pl.col("service_date") >= _HOME_SINCE)
)


def review(
    drafts: pl.DataFrame,
    lines: pl.DataFrame,
    policy: Policy,
    seller: Seller,
    parts: pl.DataFrame | None = None,
    usual: pl.DataFrame | None = None,
    *,
    verdicts: Verdicts | None = None,
    checks: Sequence[RowCheck] = DRAFT_CHECKS,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the drafts with ``held`` and the findings about them.

    In: drafts with totals, their lines with treatment, and what coupons take off them: a bill that
    a coupon brings to zero is no surprise; USUAL, by which their totals are judged. A draft with a
    blocking finding is held whole; its charges stay unbilled.
    """
    couponed = pl.Series(dtype=pl.Int64) if parts is None else parts["draft"].unique()
    facts = _with_facts(drafts, lines, policy, seller, verdicts).with_columns(
        pl.col("draft").is_in(couponed.implode()).alias("couponed")
    )
    facts = beside_bills(facts, lines, usual, policy.checks)
    severities = {c.check.code: effective_severity(c.check, policy.severities) for c in checks}
    # Without a tax nothing goes out, whatever anybody has decided.
    severities |= {code: "block" for code in UNTOLD_TAX if code in severities}
    some = verdicts or NOTHING
    running = [c for c in checks if some.wanted(c.check.code, severities[c.check.code])]
    wrong, failures = tried(facts, running, {False: pl.lit(True), True: pl.lit(True)})
    by_code = {c.check.code: c.check for c in running}
    called = facts.select("customer", pl.col("draft_key").alias("subject")) if verdicts else facts
    weighed = weights(verdicts, severities, called, charges=False)
    for code, weight in weighed.items():
        facts = facts.with_columns(weight.alias(f"_weight {code}"))
        if code in wrong.columns:
            wrong = wrong.with_columns(wrong[code] & (weight != "off"))
    found = [
        findings_of(
            by_code[code],
            stated(facts.filter(wrong[code]), by_code[code].parameters),
            pl.col(f"_weight {code}") if code in weighed else severities[code],
            subject=pl.col("draft_key"),
            parameters=tuple(by_code[code].parameters),
            at_stake=pl.col("gross_minor").abs(),
        )
        for code in wrong.columns
        if wrong[code].any()
    ]
    held = pl.Series("held", [False] * drafts.height, dtype=pl.Boolean)
    for what in ("block", DEFERRED):
        hit = hits(wrong, severities, weighed, what)
        held = held if hit is None else held | hit
    on_lines = [replace(f, rows=_lines_of(f.rows, drafts, lines)) for f in failures]
    told = failures_found(lines, on_lines, lines, policy)
    if len(told.held):
        unseen = lines.filter(pl.col("charge_id").is_in(told.held.implode()))["draft"].unique()
        held = held | drafts["draft"].is_in(unseen.implode())
    return drafts.with_columns(held), pl.concat([*found, told.findings])


def kept_back(
    charges: pl.DataFrame, held: pl.Series, lines: Sequence[pl.DataFrame], findings: pl.DataFrame
) -> pl.DataFrame:
    """Return the charges with the disposition of those ``held`` that are on no bill.

    In: ids of charges, the lines of drafts that did not go out, and what was found. Where a person
    has let a draft wait, and nothing else holds it, its charges wait.
    """
    waits = pl.lit(False)
    put_off = findings.filter(
        (pl.col("subject_kind") == "draft") & (pl.col("severity") == DEFERRED)
    )
    if put_off.height:
        about_drafts = pl.col("subject_kind") == "draft"
        blocked = findings.filter(about_drafts & (pl.col("severity") == "block"))["subject"]
        only = pl.col("draft_key").is_in(put_off["subject"].implode()) & ~pl.col("draft_key").is_in(
            blocked.implode()
        )
        ids = [rows.filter(only)["charge_id"] for rows in lines if rows.height]
        waits = pl.col("charge_id").is_in(pl.concat([NOBODY, *ids]).implode())
    disposition = (
        pl.when(waits)
        .then(pl.lit("waiting"))
        .when(pl.col("charge_id").is_in(held.implode()))
        .then(pl.lit("held"))
        .otherwise(pl.col("disposition"))
    )
    return charges.with_columns(disposition.alias("disposition"))


def _lines_of(
    some: pl.Series | None, drafts: pl.DataFrame, lines: pl.DataFrame
) -> pl.Series | None:
    """Return which lines stand on some of the drafts."""
    return None if some is None else lines["draft"].is_in(drafts.filter(some)["draft"].implode())


def _with_facts(
    drafts: pl.DataFrame,
    lines: pl.DataFrame,
    policy: Policy,
    seller: Seller,
    verdicts: Verdicts | None,
) -> pl.DataFrame:
    """Add to drafts what only their lines tell, and what is the same for all."""
    known = drafts.lazy().with_columns(
        *decided(policy, seller, seller_day(drafts), verdicts),
        pl.col("draft").is_in(_drafts_with(lines, _ASSUMED).implode()).alias("assumed"),
        pl.col("draft").is_in(_drafts_with(lines, _DISTANT).implode()).alias("distant"),
    )
    known = _engine_troubles(known, lines)
    return collected(_mixed_orders(known, lines).with_columns(_same_content(drafts, lines)))


def seller_day(drafts: pl.DataFrame) -> date:
    """Return the last issue date of the drafts."""
    latest = drafts["issue_date"].max() if drafts.height else None
    return latest if isinstance(latest, date) else date.min


def _drafts_with(lines: pl.DataFrame, fact: pl.Expr) -> pl.Series:
    """Return the drafts that have a line of which the fact holds."""
    if not lines["tax_place_foreign"].any():
        return pl.Series(dtype=pl.Int64)
    return lines.filter(fact)["draft"].unique().cast(pl.Int64)


def _engine_troubles(drafts: pl.LazyFrame, lines: pl.DataFrame) -> pl.LazyFrame:
    """Bring what kept a tax engine from telling the taxes of a draft; mostly nothing."""
    told = ("engine_name", "engine_trouble", "engine_says")
    if told[1] not in lines.columns or lines[told[1]].null_count() == lines.height:
        return drafts.with_columns(pl.lit(None, dtype=pl.String).alias(c) for c in told)
    troubled = lines.lazy().filter(pl.col(told[1]).is_not_null())
    firsts = troubled.group_by("draft").agg(pl.col(told).first())
    return drafts.join(firsts, on="draft", how="left", maintain_order="left")


def _mixed_orders(drafts: pl.LazyFrame, lines: pl.DataFrame) -> pl.LazyFrame:
    """Count the different purchase orders on each draft, where there are any."""
    if lines["purchase_order"].null_count() == lines.height:
        return drafts.with_columns(pl.lit(None, dtype=pl.Int64).alias("orders"))
    counted = (
        lines.lazy()
        .group_by("draft")
        .agg(pl.col("purchase_order").drop_nulls().n_unique().cast(pl.Int64).alias("orders"))
    )
    return drafts.join(counted, on="draft", how="left", maintain_order="left")


def _same_content(drafts: pl.DataFrame, lines: pl.DataFrame) -> pl.Series:
    """Tell which drafts repeat, line by line, an earlier one of the same customer."""
    head = ["kind", "customer", "currency", "payable_minor", "line_count"]
    alike = drafts.filter(drafts.select(head).is_duplicated() & drafts["customer"].is_not_null())
    if alike.is_empty():
        return pl.Series("same_content", [False] * drafts.height, dtype=pl.Boolean)
    told = pl.struct("item", "quantity_e6", "net_minor", "service_date").struct.json_encode()
    contents = (
        lines.filter(pl.col("draft").is_in(alike["draft"].implode()))
        .group_by("draft")
        .agg(told.sort().str.join("|").alias("content"))
    )
    again = alike.join(contents, on="draft").sort("draft")
    repeated = again.filter(pl.int_range(pl.len()).over(*head, "content") > 0)["draft"]
    return drafts["draft"].is_in(repeated.implode()).alias("same_content")
