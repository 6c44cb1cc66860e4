"""What each difference says to a specialist, and what to do about it."""

from __future__ import annotations

import polars as pl

from cleanbill.engine.text import money_text, trimmed_text
from cleanbill.nouns.currency import DECIMALS
from cleanbill.nouns.scales import PRICE_DECIMALS, QUANTITY_DECIMALS, RATE_DECIMALS

_LEVELS = {
    "customer": "the price agreed with this customer",
    "plan": "the price of the customer's plan",
    "list": "the list price",
    "charge": "the price that the charge itself brings",
}
_WHERE = "old bill {old_bill}, row {old_row}"
_SAYS = {
    "missed": "{who} was never billed {what} of {day}{charge}: {size}.",
    "no_charge": "{bill}, row {old_row}, {bills} {who} {what} for {size}; no charge says so.",
    "double": "{bill}, row {old_row}, repeats bill {twin_bill}, row {twin_row}: {what} for {who}, "
    "{size} billed twice.",
    "price": "{bill} takes {old_price} from {who} for {what} of {day}; right is {our_price}, "
    "{level}: {more}.",
    "quantity": "{bill} has {old_quantity} of {what} for {who}; the charge {reference} says "
    "{our_quantity}: {more}.",
    "discount": "{bill} gives {who} another discount on {what} than was agreed: {more}.",
    "tax_rate": "{bill} has {old_rate} tax on {what} for {who}; right is {our_rate}: {more}.",
    "tax_category": "{bill} has the tax category {old_category} on {what} for {who}; right is "
    "{our_category}. The sum stays.",
    "tax": "{bill} has a tax on {what} for {who} that does not follow from its rate {old_rate}: "
    "{more}.",
    "customer": "{bill} has {what}, charge {reference}, for {old_who}; it belongs to {our_who}: "
    "{size} with the wrong one.",
    "period": "{bill} has {what} for {who} in another period than its charge {reference} of {day}: "
    "{size}. {why}",
    "currency": "{bill} has {what} for {who} in {old_currency}, the charge {reference} is in "
    "{our_currency}: {size}.",
    "credit": "{who}: a credit of {size} for {what} is on one side only ({bill}).",
    "held": "{bill} {bills} {who} {what} for {size}; we hold it: {why}",
    "not_billable": "{bill} {bills} {who} {what} for {size}; it is not billed here: {why}",
    "old_sum": "{bill}, row {old_row}, asks for another sum than it adds up to: {more}.",
    "rounding": "{bill}: {what} for {who} is rounded otherwise, {more}.",
    "unexplained": "{bill} of {who} asks for {old_total}, ours for {our_total}: {more}, and no "
    "line or charge is worth just that.",
}
_TO_DO = {
    "missed": "Bill it now with the next run, or say why not.",
    "no_charge": "Find the delivery or service; import its charge, or credit the customer.",
    "double": "Credit the second one.",
    "price": "Correct the old bill by the difference, or load the price that was agreed.",
    "quantity": "Check the delivery note; correct the old bill or the charge.",
    "discount": "Check the agreement; credit what was promised, or mend the agreement here.",
    "tax_rate": "Correct the old bill and the tax return, or mend the item's tax category here.",
    "tax_category": "Check the item's tax category on both sides.",
    "tax": "Work the old bill's tax out again and correct it.",
    "customer": "Credit the one and bill the other.",
    "period": "Check the service date and the cut-off; accrue it where it belongs.",
    "currency": "Check the customer's currency in the agreement; correct the side that is wrong.",
    "credit": "Find the cancellation: import it, or take the credit back.",
    "held": "Resolve the finding, then it is billed here, too; or take the old bill back.",
    "not_billable": "Take the old bill back, or change the policy that says it is not billable.",
    "old_sum": "Ask for the bill itself; its total and its rows do not fit.",
    "rounding": "Nothing, within the tolerance.",
    "unexplained": "Compare the two bills line by line; a file with lines names the cause.",
}


def worded(found: pl.DataFrame) -> pl.DataFrame:
    """Return the differences with numbers as text, ``says`` and ``what_to_do``."""
    shown = found.with_columns(_texts()).with_columns(
        pl.col("old_total_minor").alias("old_amount_minor"),
        pl.col("our_total_minor").alias("our_amount_minor"),
        pl.col("cause").replace_strict(_TO_DO, return_dtype=pl.String).alias("what_to_do"),
    )
    if shown.is_empty():
        return shown.with_columns(pl.lit("").alias("says"))
    parts = [
        part.with_columns(_filled(_SAYS[str(cause)]).alias("says"))
        for (cause,), part in shown.group_by("cause", maintain_order=True)
    ]
    doubt = (
        pl.when(pl.col("certain"))
        .then(pl.lit(""))
        .otherwise(pl.lit(" Other rows fitted as well: look at them together."))
    )
    return pl.concat(parts).with_columns(pl.col("says") + doubt)


def _filled(text: str) -> pl.Expr:
    """Return the text with each ``{name}`` taken from the column ``text name``."""
    pieces = []
    for place, piece in enumerate(text.replace("}", "{").split("{")):
        if piece:
            named = pl.col(f"text {piece}").fill_null("—")
            pieces.append(pl.lit(piece) if place % 2 == 0 else named)
    said = pl.concat_str(pieces).str.strip_chars()
    return said.str.slice(0, 1).str.to_uppercase() + said.str.slice(1)


def _texts() -> list[pl.Expr]:
    """Return the columns ``text …`` that sentences are made of, and numbers as text."""
    more = pl.when(pl.col("difference_minor") > 0).then(pl.lit(" too little"))
    numbers: dict[str, pl.Expr] = {}
    for side in ("old", "our"):
        price = trimmed_text(pl.col(f"{side}_unit_price_e8"), PRICE_DECIMALS)
        quantity = trimmed_text(pl.col(f"{side}_quantity_e6"), QUANTITY_DECIMALS)
        numbers |= {f"{side}_price": price, f"{side}_quantity": quantity}
    texts = {
        **numbers,
        **{name: pl.col(name) for name in ("reference", "twin_bill", "old_currency")},
        **{name: pl.col(name).cast(pl.String) for name in ("day", "old_row", "twin_row")},
        "our_currency": pl.col("our_currency"),
        "who": _who("customer"),
        "old_who": _who("old_customer"),
        "our_who": _who("our_customer"),
        "what": _what(),
        "bill": _bill(),
        "bills": pl.when(pl.col("old_total_minor") < 0)
        .then(pl.lit("credits"))
        .otherwise(pl.lit("bills")),
        "size": _money(pl.col("concerned_minor").abs()),
        "more": _money(pl.col("difference_minor").abs()) + more.otherwise(pl.lit(" too much")),
        "level": _level(),
        "why": (pl.col("our_why") + pl.lit(".")).fill_null(""),
        "charge": (pl.lit(", charge ") + pl.col("reference")).fill_null(""),
        "old_category": pl.col("old_tax_category"),
        "our_category": pl.col("our_tax_category"),
    }
    for side in ("old", "our"):
        rate = trimmed_text(pl.col(f"{side}_rate"), RATE_DECIMALS) + pl.lit(" %")
        texts[f"{side}_total"] = _money(pl.col(f"{side}_total_minor"))
        # Whole bills bear no one rate, and prices with tiers are no one price.
        texts[f"{side}_rate"] = pl.coalesce(rate, _money(pl.col(f"{side}_tax_minor")))
        all_in_all = _money(pl.col(f"{side}_net_minor")) + pl.lit(" in all")
        texts[f"{side}_price"] = pl.coalesce(numbers[f"{side}_price"], all_in_all)
    return [
        *(text.alias(f"text {name}") for name, text in texts.items()),
        *(text.alias(name) for name, text in numbers.items()),
    ]


def _money(minor: pl.Expr) -> pl.Expr:
    decimals = pl.col("currency").replace_strict(DECIMALS, default=2, return_dtype=pl.Int8)
    return money_text(minor, decimals) + pl.lit(" ") + pl.col("currency")


def _who(column: str) -> pl.Expr:
    named = pl.lit("customer ") + pl.col(column)
    return named.fill_null("a customer without a number")


def _what() -> pl.Expr:
    both = pl.format("{} ({})", "item", "description")
    return pl.coalesce(both, "item", "description", pl.lit("the whole bill"))


def _bill() -> pl.Expr:
    return pl.coalesce(pl.lit("old bill ") + pl.col("old_bill"), pl.lit("our bill"))


def _level() -> pl.Expr:
    """Where the right price comes from, and since when it holds."""
    known = pl.col("our_price_level").replace_strict(
        _LEVELS, default="as our price says", return_dtype=pl.String
    )
    since = pl.lit(" since ") + pl.col("our_price_from").cast(pl.String)
    return known + since.fill_null("")
