"""The revenue cycle on one page: charges -> verified, priced, taxed, totalled, numbered bills.

| step | adds | from |
|---|---|---|
| ``verify.identify`` | customer, item, agreement, not-billable reason | master data, policy |
| ``price.quote`` | price, tier, gross, discount, net | price tables |
| ``tax.determine`` | treatment, taxes, rules, or what is missing | seller, place, day, tax data |
| ``verify.allotted`` | the purchase order | charge, agreement, orders, policy |
| ``verify.link`` | the sale that a cancellation reverses | sales of this batch and before |
| ``verify.screen`` | findings; what is clear, held, waiting, not billable | all of the above |
| ``invoice.gather`` | which lines stand on one bill | agreements |
| ``invoice.discounted`` | each line's share of the document discount | agreements |
| ``redeem.invoices`` | each line's share of coupons | coupons, drafts before |
| ``tax.assess`` | tax groups and each line's share | lines of a draft |
| ``invoice.totals``, ``verify.review`` | what the bill adds up to; findings on drafts | |
| ``retain.credited`` | what retainers have left to credit | coupons, drafts before |
| ``invoice.credited`` | figures of reversed lines | drafted and earlier lines |
| ``issue_chunk`` | number, document, postings | first number of the series |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl

from cleanbill.cycle import invoice, price, redeem, retain, tax, verify
from cleanbill.cycle.batch import (
    LINE,
    LINE_WHERE_USED,
    OUTCOME,
    TERMS,
    Batch,
    Drafts,
    Issued,
    joined,
)
from cleanbill.cycle.chunk import issue_chunk
from cleanbill.engine.tables import CHARGES, FINDINGS, ORIGINALS, MasterData, conformed, empty
from cleanbill.engine.thrift import thrifty
from cleanbill.nouns.policy import Policy
from cleanbill.nouns.seller import Seller

__all__ = ["Batch", "Issued", "bill", "issue_chunk", "reverse"]

NO_ANSWERS = tax.Answers()


def bill(
    charges: pl.DataFrame,
    master: MasterData,
    seller: Seller,
    policy: Policy,
    *,
    until: date,
    issue_date: date,
    originals: pl.DataFrame | None = None,
    earliest: Mapping[str, date] | None = None,
    parts: pl.DataFrame | None = None,
    verdicts: verify.Verdicts | None = None,
    answers: pl.DataFrame | None = None,
) -> Batch:
    """Make drafts of all charges that can be billed by ``until``; say why of the others.

    In: CHARGES of one seller, the master data, earlier billed sales (ORIGINALS with their amounts)
    that cancellations may reverse, the coupons' ``parts`` of them, and what people decided.
    Invoices stand before credit notes. Where bills are dated by service, none is dated before the
    day that ``earliest`` gives for its kind (the last issued). ``answers`` are those of tax engines
    so far; what is still to be asked comes back. Charges that are ``settled``, by this run before
    it went on, are looked at by checks and not billed again.
    """
    bounds = earliest or {}
    earlier = empty(ORIGINALS) if originals is None else originals
    rules = tax.rules()
    # One name for the growing table: what a step has used up must not be kept in memory.
    near, charges = tax.asks_for_places(seller, rules), thrifty(conformed(charges, CHARGES))
    charges = thrifty(verify.identify(charges, master, seller, policy, places=near))
    charges = price.quote(charges, master, policy)
    charges = tax.determine(charges, seller, rules, master)
    charges = verify.allotted(charges, master, policy, until)
    links = verify.link(_unsettled(charges), earlier)
    charges, findings = verify.screen(
        charges, links, master, policy, until, seller, verdicts=verdicts
    )
    outcome = charges.select(OUTCOME)
    sold, cancellations = (_clear(charges, kind) for kind in ("sale", "cancellation"))
    del charges, links
    said = tax.Answers() if answers is None else tax.Answers(answers, master.exemptions)
    sold, returning = retain.sold(sold, master.coupons)
    sales, refused, reviewed, drafted = redeem.invoices(
        invoice.discounted(invoice.gather(sold, policy, issue_date, bounds)),
        master.coupons,
        policy,
        drafts=lambda lines: _drafts(lines, seller, policy, said),
        reviewed=lambda drafts: _reviewed(drafts, policy, seller, verdicts, master.usual),
    )
    drafts, unfit = [sales], refused.clear()
    held = [refused["charge_id"], returning["charge_id"]]
    findings = pl.concat([findings, verify.drawn_already(returning)])
    if cancellations.height:
        made, gone, unfit, noted = _credits(
            *(cancellations, master.coupons, sales, earlier, parts, verdicts),
            *(seller, policy, issue_date, bounds, drafted),
        )
        drafts.append(made)
        held.append(gone)
        findings = pl.concat([findings, noted])
    findings = pl.concat([findings, reviewed])
    outcome = verify.kept_back(outcome, pl.concat(held), [refused, unfit], findings)
    worded = _worded(joined(drafts), seller, tax.with_answers(rules, said.table))
    return Batch(
        charges=outcome,
        bills=worded.bills,
        lines=worded.lines,
        groups=worded.groups,
        taxes=worded.taxes,
        findings=findings,
        customers=master.customers.join(worded.bills, on="customer", how="semi"),
        parts=worded.parts,
        questions=tax.questions(refused),
    )


def _unsettled(charges: pl.DataFrame) -> pl.DataFrame:
    """The charges that this run has not billed already: those stand among the earlier sales."""
    return charges.filter(~pl.col("settled")) if "settled" in charges.columns else charges


def _clear(charges: pl.DataFrame, kind: str) -> pl.DataFrame:
    """The charges of a kind that can be billed, with what they take onto a bill."""
    wanted = (pl.col("disposition") == "clear") & (pl.col("kind") == kind)
    more = [column for column in LINE_WHERE_USED if column in charges.columns]
    return thrifty(charges.lazy().filter(wanted).select(*LINE, *more).collect())


def _drafts(
    lines: pl.DataFrame, seller: Seller, policy: Policy, answers: tax.Answers = NO_ANSWERS
) -> Drafts:
    """Tax and total the gathered lines of invoices."""
    taxed, groups, taxes = tax.drafted(lines, seller, answers)
    return Drafts(invoice.totals(taxed, groups, seller, policy), taxed, groups, taxes)


def _reviewed(
    drafts: Drafts,
    policy: Policy,
    seller: Seller,
    verdicts: verify.Verdicts | None,
    usual: pl.DataFrame | None = None,
) -> tuple[Drafts, pl.DataFrame, pl.DataFrame]:
    """Part the drafts that may go out from the lines of those that a finding holds."""
    reviewed, findings = verify.review(
        drafts.bills, drafts.lines, policy, seller, drafts.parts, usual, verdicts=verdicts
    )
    if not reviewed["held"].any():
        return replace(drafts, bills=reviewed.drop("held")), drafts.lines.clear(), findings
    stays = pl.col("draft").is_in(reviewed.filter("held")["draft"].implode())
    kept = replace(drafts, bills=reviewed.drop("held")).where(~stays)
    return kept, drafts.lines.filter(stays), findings


def _credits(
    cancellations: pl.DataFrame,
    coupons: pl.DataFrame,
    sales: Drafts,
    earlier: pl.DataFrame,
    parts: pl.DataFrame | None,
    verdicts: verify.Verdicts | None,
    seller: Seller,
    policy: Policy,
    *dated: Any,
) -> tuple[Drafts, pl.Series, pl.DataFrame, pl.DataFrame]:
    """Return the credit notes that go out, the charges that do not, the lines of those of them that
    are drafted, and the findings.
    """
    (notes, orphans), beyond = retain.credited(
        cancellations,
        coupons,
        sales.parts,
        lambda wanted: _credit_notes(wanted, sales, earlier, parts, seller, policy, *dated),
    )
    kept, unfit, noted = _reviewed(notes, policy, seller, verdicts)
    gone = pl.concat([beyond["charge_id"], orphans["charge_id"], unfit["charge_id"]])
    found = [verify.drawn_already(beyond), noted, verify.orphaned(orphans)]
    return kept, gone, unfit, pl.concat(found)


def _credit_notes(
    cancellations: pl.DataFrame,
    sales: Drafts,
    earlier: pl.DataFrame,
    parts: pl.DataFrame | None,
    seller: Seller,
    policy: Policy,
    issue_date: date,
    earliest: Mapping[str, date],
    first_draft: int,
) -> tuple[Drafts, pl.DataFrame]:
    """Draft credit notes; a cancellation whose sale did not get onto a bill comes back.

    Drafts are counted on from ``first_draft``, past every invoice, held ones too.
    """
    billed = pl.concat([earlier, sales.lines], how="diagonal_relaxed")
    dated = billed.select(
        pl.col("charge_id").alias("original_id"),
        pl.col("issue_date").alias("not_before"),
        _included(billed).alias("_included"),
    )
    named = pl.col("original_id").is_not_null()
    usual = "inclusive" if "inclusive" in cancellations.columns else None
    known = (
        cancellations.drop("not_before", strict=False)
        .join(dated, on="original_id", how="left", maintain_order="left")
        # The reversal of a line stands on a bill like that line's, whatever prices include today.
        .with_columns(pl.when(named).then("_included").otherwise(usual).alias("inclusive"))
        .drop("_included")
    )
    lost = named & pl.col("not_before").is_null()
    gathered = invoice.gather(known.filter(~lost), policy, issue_date, earliest)
    further = tax.billed(earlier, sales.lines, sales.taxes)
    lines, taxes = invoice.credited(gathered.filter(named), billed, further)
    returned = invoice.coupons_returned(lines, redeem.billed_parts(sales, parts))
    alone = gathered.filter(~named)
    if alone.height:
        size = pl.col("quantity_e6").abs()
        alone, _, own = tax.drafted(
            invoice.discounted(alone.with_columns(size)), seller, NO_ANSWERS, crediting=True
        )
        lines = pl.concat([lines, alone], how="diagonal_relaxed").sort(
            "draft", "line", maintain_order=True
        )
        taxes = pl.concat([taxes, own]).sort("draft", "line", "tax_no")
    groups = tax.summed(lines, taxes)
    offset = pl.col("draft") + first_draft
    moved = [
        frame.with_columns(offset.alias("draft"))
        for frame in (invoice.totals(lines, groups, seller, policy), lines, groups, taxes, returned)
    ]
    return Drafts(*moved), known.filter(lost)


def _included(billed: pl.DataFrame) -> pl.Expr:
    """Whether the price of a billed line included tax."""
    if "included_minor" not in billed.columns:
        return pl.lit(None, dtype=pl.Boolean)
    return pl.col("included_minor").is_not_null()


def reverse(
    lines: pl.DataFrame,
    customers: pl.DataFrame,
    seller: Seller,
    policy: Policy,
    issue_date: date,
    parts: pl.DataFrame | None = None,
    only: Mapping[int, int] | None = None,
) -> Batch:
    """Draft the credit note that takes back what is left of a bill: an exact reversal.

    In: the billed lines with amounts, ``credited_e6`` and the columns of their charges; rows of
    CUSTOMERS; the coupons' parts of the lines. The batch has no bill when everything has been
    credited before. Its lines consume no charge. With ``only``, so much of the charges it names.
    """
    left = pl.col("quantity_e6") - pl.col("credited_e6")
    if only is not None:
        left = pl.col("charge_id").replace_strict(dict(only), default=0, return_dtype=pl.Int64)
    wanted = lines.filter(left != 0).with_columns(
        pl.lit("cancellation").alias("kind"),
        pl.col("charge_id").alias("original_id"),
        left.alias("quantity_e6"),
        pl.lit("").alias("grouping"),
        pl.lit(False).alias("cash"),
        *(
            pl.lit(None, dtype=kind).alias(column)
            for column, kind in TERMS.items()
            if column not in lines.columns
        ),
    )
    none = invoice.discounted(invoice.gather(wanted.clear(), policy, issue_date, {}))
    nothing = _drafts(none, seller, policy)
    reversal, _ = _credit_notes(wanted, nothing, lines, parts, seller, policy, issue_date, {}, 0)
    worded = _worded(reversal, seller, tax.rules())
    uncharged = worded.lines.with_columns(pl.lit(None, dtype=pl.Int64).alias("charge_id"))
    named = customers.join(worded.bills, on="customer", how="semi")
    tables = (worded.bills, uncharged, worded.groups, worded.taxes)
    return Batch(wanted, *tables, empty(FINDINGS), named, worded.parts)


def _worded(drafts: Drafts, seller: Seller, rules: tax.Rules) -> Drafts:
    """Give each bill its language, and its tax rows law and reason in that language."""
    spoken = pl.coalesce("customer_language", pl.lit(seller.language))
    bills = drafts.bills.with_columns(spoken.alias("language"))
    languages = bills.select("draft", "language")
    groups = drafts.groups.join(languages, on="draft", how="left", maintain_order="left")
    return replace(drafts, bills=bills, groups=tax.worded(groups, rules).drop("language"))
