"""Ask the price lists what whole periods of recurring terms come to: all of a batch at once.

It is the pricing of every line that answers: the price of the customer, its plan or the list that
is in force on the day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import polars as pl

from cleanbill.cycle import price, verify
from cleanbill.cycle.draw.terms import Context
from cleanbill.cycle.price import Answer, Ask
from cleanbill.engine.tables import CHARGES, MasterData, conformed
from cleanbill.nouns.policy import PriceSource
from cleanbill.nouns.recurring import RecurringTerms
from cleanbill.nouns.scales import PRICE_DECIMALS, PRICE_MAX_E8, QUANTITY_DECIMALS


def asked(
    questions: Sequence[tuple[RecurringTerms, Ask]], context: Context
) -> Iterator[Answer | None]:
    """Yield the answer to each question, in order; None where no price is in force."""
    rows = conformed(
        pl.DataFrame(
            {
                "charge_id": range(len(questions)),
                "reference": [terms.reference for terms, _ in questions],
                "customer": [terms.customer for terms, _ in questions],
                "item": [ask.item for _, ask in questions],
                "quantity_e6": [ask.quantity_e6 for _, ask in questions],
                "currency": [terms.currency for terms, _ in questions],
                "service_date": [ask.day for _, ask in questions],
            }
        ).with_columns(pl.lit("sale").alias("kind")),
        CHARGES,
    )
    master = context.master()
    known = verify.identify(rows, master, context.seller, context.policy)
    found = price.chosen(known, master.prices, PriceSource.LIST)
    quoted = price.amounts(found, master).sort("charge_id")
    columns = ("quantity_e6", "line_price_e8", "gross_minor", "discount_percent_e6", "decimals")
    keys = ("price_level", "price_id", "price_version")
    for quantity, each, gross, discount, decimals, level, *price_key in quoted.select(
        *columns, *keys
    ).iter_rows():
        own = (discount or None, level, *price_key)
        if level is None or gross is None:
            yield None
        elif each is not None:
            yield Answer(quantity, each, *own)
        else:
            whole = gross * 10 ** (PRICE_DECIMALS - decimals)
            yield Answer(10**QUANTITY_DECIMALS, whole, *own) if whole <= PRICE_MAX_E8 else None


def begins(terms: RecurringTerms, master: MasterData) -> list[date]:
    """Return the days on which a price of these terms may begin or end."""
    items = {cut.item for cut in terms.cuts()}
    own = pl.col("customer").is_null() | (pl.col("customer") == terms.customer)
    rows = master.prices.filter(
        own & pl.col("item").is_in(list(items)) & (pl.col("currency") == terms.currency)
    )
    plans = master.agreements.filter(own)
    days = pl.concat(
        [table[c].drop_nulls() for table in (rows, plans) for c in ("valid_from", "valid_to")]
    )
    return days.unique().sort().to_list()
