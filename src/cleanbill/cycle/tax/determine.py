"""Which taxes a supply bears: by seller, customer, place, item and day.

Cases are few where lines are many, so each distinct case is determined once, by the regime of the
seller's country. Of the day, only the stretch without a change counts where places are many.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date

import polars as pl

from cleanbill.cycle.tax import external
from cleanbill.cycle.tax.american import american
from cleanbill.cycle.tax.external.answered import TREATMENT
from cleanbill.cycle.tax.loaded import Loaded, exemptions
from cleanbill.cycle.tax.regimes import Case, Regime, regime_of
from cleanbill.cycle.tax.rules import Rules
from cleanbill.cycle.tax.spain import beside
from cleanbill.engine.answer_tables import ENGINE_FACTS
from cleanbill.engine.tables import TAXES, MasterData
from cleanbill.nouns.seller import Seller

ANSWER = {
    "treatment": pl.String,
    "tax_category": pl.String,
    "rate_percent_e6": pl.Int64,
    "tax_rule": pl.String,
    "tax_place_foreign": pl.Boolean,
    "tax_place_eu": pl.Boolean,
    "tax_gap": pl.String,
    "tax_needed": pl.String,
    **TAXES,
}
TABLES = MasterData()


def asks_for_places(seller: Seller, rules: Rules) -> bool:
    """Tell whether taxes depend on more of a customer's address than its country."""
    return bool(seller.tax_engines) or regime_of(seller, rules).near


def determine(
    lines: pl.DataFrame, seller: Seller, rules: Rules, master: MasterData = TABLES
) -> pl.DataFrame:
    """Return the lines (same order) with the columns of ANSWER.

    Needs the columns that the regime asks for (``Case``). Category is the letter of UNTDID 5305;
    it, rate and rule are null where no tax can be told: ``tax_gap`` and ``tax_needed`` say why, or
    are null where the item's category has no rate on the day. ``tax_place_foreign`` and
    ``tax_place_eu`` say whether the place lies abroad, and whether it and the seller lie in the EU
    that day. ``master`` brings exemptions and loaded rates. Where the seller has chosen engines,
    ``engine_facts`` is what they are asked about, and nothing is told of such lines here.
    """
    if not seller.tax_engines:
        return _by_rules(lines, seller, rules, master)
    facts = external.chosen(lines, seller)
    lines = lines.with_row_index("_place")
    own = _by_rules(lines.filter(facts.is_null()), seller, rules, master)
    theirs = lines.with_columns(facts).filter(facts.is_not_null())
    abroad = pl.col("engine_facts").struct.field("country") != seller.address.country
    told = {"treatment": pl.lit(TREATMENT), "tax_place_foreign": abroad, "tax_gap": pl.lit(ASKED)}
    said = theirs.with_columns(
        told.get(c, pl.lit(None)).cast(kind).alias(c) for c, kind in ANSWER.items()
    ).with_columns(pl.lit(False).alias("tax_place_eu"))
    parts = [own.with_columns(pl.lit(None, dtype=ENGINE_FACTS).alias("engine_facts")), said]
    return pl.concat(parts, how="diagonal_relaxed").sort("_place").drop("_place")


ASKED = "engine"
"""The gap of lines that an engine is asked about: it closes once their bill is drafted."""


def _by_rules(
    lines: pl.DataFrame, seller: Seller, rules: Rules, master: MasterData
) -> pl.DataFrame:
    """Return the lines with what the regime of the seller's country says of them."""
    regime = regime_of(seller, rules)
    loaded = _loaded(lines, regime, seller, master)
    asked, added = _asked(lines, regime, seller, rules, loaded)
    cases = asked.select(regime.needs).unique(maintain_order=True)
    rows = [
        regime.answer(Case(**dict(zip(regime.needs, row, strict=True))), seller, rules, loaded)
        for row in cases.iter_rows()
    ]
    answers = pl.DataFrame(rows, schema=ANSWER, orient="row")
    answered = asked.join(
        pl.concat([cases, answers], how="horizontal"),
        on=list(regime.needs),
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    if not added:
        return beside(answered, seller)
    return answered.with_columns(lines["service_date"]).drop("exempted", "tax_state", strict=False)


def _loaded(lines: pl.DataFrame, regime: Regime, seller: Seller, master: MasterData) -> Loaded:
    claims = exemptions(master) if "exempted" in regime.needs else {}
    if "customer_postcode" not in regime.needs:
        return Loaded(claims)
    written = [lines["customer_postcode"], lines["ship_to_postcode"]]
    zips = pl.concat([s.alias("zip") for s in (*written, pl.Series([seller.address.postcode]))])
    return Loaded(claims, american(master.us_rates, master.us_boundaries, zips))


def _asked(
    lines: pl.DataFrame, regime: Regime, seller: Seller, rules: Rules, loaded: Loaded
) -> tuple[pl.DataFrame, bool]:
    """Return the lines with what the regime asks for beside their columns, and whether any was."""
    if not regime.near:
        return lines, False
    tax_id = pl.col("customer_vat_id").str.replace_all(r"[\s-]", "")
    claiming = pl.Series(list(loaded.exemptions), dtype=pl.String)
    found = lines.with_columns(
        pl.when(tax_id.str.contains(r"^\d{2}[A-Z0-9]{13}$"))
        .then(tax_id.str.head(2))
        .alias("tax_state"),
        pl.when(pl.col("customer").is_in(claiming.implode()))
        .then(pl.col("customer"))
        .alias("exempted"),
    )
    days = sorted(loaded.days | rules.regional.days | set(regime.days) | _days(seller))
    own = lines["service_date"].unique()
    begun = [None if day is None else _begun(days, day) for day in own]
    return found.with_columns(
        pl.col("service_date").replace_strict(own, pl.Series(begun, dtype=pl.Date))
    ), True


def _days(seller: Seller) -> set[date]:
    """The days on which a registration begins or ends."""
    found = {day for r in seller.registrations for day in (r.valid_from, r.valid_to)}
    return {day for day in found if day is not None}


def _begun(days: list[date], day: date) -> date:
    """Return the first day of the stretch without a change in which a day lies."""
    place = bisect_right(days, day)
    return days[place - 1] if place else day
