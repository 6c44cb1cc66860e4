"""The example of a check: read as people write it, run through the cycle, told in sentences.

A folder below ``tests/checks`` bears the code of a check. ``given.toml`` says what differs from
``base.toml``, in the columns of import files; text that is empty means "not given". ``expect.toml``
says what the check finds, word for word, and in ``right`` which near misses it must let pass. Where
a near miss needs another company or other terms, ``given.toml`` has a table ``right`` of its own:
with it instead, the check finds nothing.

A charge may stand for many (``times``). ``history`` are lines of earlier bills: of so many
``bills``, so many days apart (``every``), the last of them ``on`` a day. ``fault`` makes billing a
customer fail; ``broken`` breaks a check (see ``_screened``); charges with a ``version`` above 1 are
corrections of billed ones, as an import proposes them.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
from tests.checks.ordered import ROW, orders_of

from cleanbill.cycle import price, run, tax, verify
from cleanbill.cycle.isolate import isolated
from cleanbill.cycle.verify.catalogue import BY_CODE, CHARGE_CHECKS
from cleanbill.engine.history_tables import HISTORY_LINES, USUAL
from cleanbill.engine.tables import (
    AGREEMENTS,
    CHARGES,
    CUSTOMERS,
    FINDINGS,
    ITEMS,
    ORIGINALS,
    PRICES,
    TIERS,
    MasterData,
    Schema,
    empty,
)
from cleanbill.formats import company_toml
from cleanbill.nouns.condition import canonical, read_conditions
from cleanbill.nouns.currency import DECIMALS
from cleanbill.nouns.finding import worded
from cleanbill.nouns.scales import scaled

FOLDER = Path(__file__).parent
GIVEN = set(
    "about until company customers items prices agreements orders history charges fault broken "
    "right".split()
)
ELSEWHERE = {
    "CB-TRM-001": "tests/actions/test_draw.py",
    "CB-TRM-002": "tests/actions/test_draw.py",
    "CB-TRM-003": "tests/actions/test_charges_from_terms.py",
    **{f"CB-DOC-{n:03}": "tests/actions/test_coupons.py" for n in range(10, 15)},
    **dict.fromkeys(("CB-RTN-001", "CB-RTN-002"), "tests/actions/test_retainers.py"),
    **dict.fromkeys(("CB-TRM-004", "CB-PRC-016", "CB-PRC-017"), "tests/actions/test_bundles.py"),
    **dict.fromkeys(("CB-CHG-052", "CB-CHG-053"), "tests/actions/test_billed_before.py"),
    **{f"CB-CHG-{n:03}": "tests/actions/test_order_habits.py" for n in (54, 55, 56, 57, 60)},
    "CB-HIS-015": "tests/actions/test_order_habits.py",
    "CB-TAX-007": "tests/actions/test_taxed_places.py",
    **{f"CB-TAX-{n:03}": "tests/actions/test_tax_engine.py" for n in range(15, 21)},
}
"""Checks that other rooms report, tried where terms, files and books are at hand."""
Table = dict[str, Any]
_SCALES = {
    **dict.fromkeys(("quantity", "up_to", "package_size", "percent"), ("_e6", 6)),
    **dict.fromkeys(("discount_percent", "document_discount_percent"), ("_e6", 6)),
    "unit_price": ("_e8", 8),
    "increment": ("_e6", 6),
}
_MONEY = {"amount": "amount_minor", "flat_amount": "flat_minor"} | {
    name: f"{name}_minor" for name in ("minimum", "maximum", "value")
}
_PRICE_KEY = ("item", "customer", "plan", "currency", "model", "valid_from", "conditions")


def folders() -> dict[str, Path]:
    """Return the folder of each example by the code of its check."""
    return {path.parent.name: path.parent for path in sorted(FOLDER.glob("*/given.toml"))}


def expected(code: str) -> Table:
    """Return what the example says that the check finds."""
    return tomllib.loads((FOLDER / code / "expect.toml").read_text("utf-8"))


def about(code: str) -> str:
    """Return the sentence that says what the example is about."""
    given = tomllib.loads((FOLDER / code / "given.toml").read_text("utf-8"))
    return str(given["about"])


def found(code: str, *, right: bool = False) -> list[Table]:
    """Return what a check finds in its example, or in the near miss: subject, reason, repair."""
    findings = _findings(code, right=right).filter(pl.col("code") == code)
    check = BY_CODE[code]
    seen = []
    for row in findings.sort("subject").to_dicts():
        facts = json.loads(row["parameters"])
        assert facts.keys() == check.parameters.keys()
        sentences = {
            "reason": worded(check, check.reason, facts),
            "repair": worded(check, check.repair, facts),
        }
        seen.append({"subject": row["subject"], **sentences})
    return seen


def named(code: str) -> set[str]:
    """Return everything in the example that a finding could be about."""
    given = _given(code, right=False)
    keys = {"charges": "reference", "customers": "customer", "items": "item"}
    names = {str(row[key]) for table, key in keys.items() for row in given[table]}
    bills = run.bill(*_tables(given), **_days(given)).bills if "broken" not in given else None
    prices = _prices(given["prices"])[0] if given["prices"] else pl.DataFrame()
    for row in prices.to_dicts():
        whose = row["customer"] or row["plan"] or "list"
        names.add(f"{row['item']} {whose} {row['currency']} {row['valid_from']}")
    names |= {f"{a.get('customer') or 'everybody'} {a['agreement']}" for a in given["agreements"]}
    return names | (set(bills["draft_key"]) if bills is not None else set())


def tables_of(code: str) -> tuple[pl.DataFrame, MasterData, Any, Any]:
    """Return charges, master data, seller and policy of the example of a check."""
    return _tables(_given(code, right=False))


def orders_in(code: str) -> pl.DataFrame:
    """Return the purchase orders of an example as the typed rows of a file."""
    rows = _typed(_given(code, right=False)["orders"], ROW)
    return rows.with_row_index("row", 1).cast({"row": pl.Int64})


@cache
def _base() -> Table:
    return tomllib.loads((FOLDER / "base.toml").read_text("utf-8"))


def _given(code: str, *, right: bool) -> Table:
    """Return the example laid over what holds for all."""
    base, own = _base(), tomllib.loads((FOLDER / code / "given.toml").read_text("utf-8"))
    assert own.keys() <= GIVEN, own.keys() - GIVEN
    own |= own.pop("right", {}) if right else {}
    return _over(base, own)


def _over(base: Table, own: Table) -> Table:
    """Lay what an example says over what holds for all."""
    merged = {**base, **{k: own[k] for k in own if k in ("until", "fault", "broken")}}
    merged["company"] = _laid_over(base["company"], own.get("company", {}))
    for table, row, key in (("customers", "customer", "customer"), ("items", "item", "item")):
        theirs = {r[key]: r for r in base[table]}
        mine = {r[key]: {**base[row], **theirs.get(r[key], {}), **r} for r in own.get(table, [])}
        merged[table] = list((theirs | mine).values())
    merged["prices"] = [{**base["price"], **r} for r in own.get("prices", base["prices"])]
    merged["agreements"] = [{**base["agreement"], **r} for r in own.get("agreements", [])]
    merged["orders"] = [{**base["ordered"], **r} for r in own.get("orders", [])]
    merged["history"] = [{**base["history"], **r} for r in own.get("history", [])]
    rows = own.get("charges", [{"reference": "S-1"}])
    merged["charges"] = [{**base["charge"], **r} for row in rows for r in _several(row)]
    return merged


def _several(row: Table) -> list[Table]:
    """Return a charge, or as many as it says with ``times``, each with a reference of its own."""
    times = row.get("times", 1)
    if times == 1:
        return [row]
    return [{**row, "reference": f"{row['reference']}-{n}"} for n in range(1, times + 1)]


def _laid_over(below: Table, above: Table) -> Table:
    both = dict(below)
    for key, value in above.items():
        nested = isinstance(value, dict) and isinstance(below.get(key), dict)
        both[key] = _laid_over(below[key], value) if nested else value
    return both


@cache
def _findings(code: str, *, right: bool) -> pl.DataFrame:
    """Run an example, once for all tests that ask what is found in it."""
    given = _given(code, right=right)
    charges, master, seller, policy = _tables(given)
    corrected = [r["reference"] for r in given["charges"] if r.get("version", 1) > 1]
    if corrected:
        rows = charges.filter(pl.col("reference").is_in(corrected))
        return verify.corrections(rows.with_columns(pl.lit(2).alias("version")))
    if "broken" in given:
        return _screened(given["broken"], charges, master, seller, policy)

    def bill(part: pl.DataFrame) -> run.Batch:
        if "fault" in given and given["fault"] in part["customer"]:
            raise ArithmeticError("the amount is beyond all bounds")
        return run.bill(part, master, seller, policy, **_days(given))

    return pl.concat([empty(FINDINGS), *(b.findings for b in isolated(charges, bill))])


def _screened(
    broken: Table, charges: pl.DataFrame, master: MasterData, seller: Any, policy: Any
) -> pl.DataFrame:
    """Screen with a broken check: it ``lacks`` a column, ``fails``, or ``fails_on`` a charge."""
    known = verify.identify(charges, master, seller, policy)
    known = tax.determine(price.quote(known, master, policy), seller, tax.rules())
    checks = CHARGE_CHECKS
    if "lacks" in broken:
        known = known.drop(broken["lacks"])
    else:
        bad = pl.lit(True) if "fails" in broken else pl.col("reference") == broken["fails_on"]
        text = pl.when(bad).then(pl.lit("ten")).otherwise(pl.lit("10"))
        wrong = text.cast(pl.Int64, strict=True) < 0
        checks = tuple(
            replace(c, wrong=wrong) if c.check.code == broken["check"] else c for c in checks
        )
    links = verify.link(known, empty(ORIGINALS))
    days = _base()["until"]
    return verify.screen(known, links, master, policy, days, seller, row_checks=checks)[1]


def _days(given: Table) -> Table:
    return {"until": given["until"], "issue_date": given["until"]}


def _tables(given: Table) -> tuple[pl.DataFrame, MasterData, Any, Any]:
    company = given["company"]
    seller = company_toml.seller_of(company["seller"])
    policy = company_toml.policy_of(company["policy"])
    customers = _typed(given["customers"], CUSTOMERS)
    prices, tiers = _prices(given["prices"])
    numbered = [{"agreement_id": n, **row} for n, row in enumerate(given["agreements"], 1)]
    master = MasterData(
        customers,
        _typed(given["items"], ITEMS),
        prices,
        tiers,
        _typed(numbered, AGREEMENTS),
        twins=verify.twins(customers),
        orders=orders_of(_typed(given["orders"], ROW)),
        usual=_usual(given["history"]),
    )
    defaults = {"occurrence": 1, "repeats": 0, "content_hash": 0}
    rows = [{"charge_id": n, **defaults, **row} for n, row in enumerate(given["charges"], 1)]
    return _typed(rows, CHARGES), master, seller, policy


def _usual(rows: list[Table]) -> pl.DataFrame:
    """What earlier bills make usual. Lines of a customer on one day stand on one bill."""
    if not rows:
        return empty(USUAL)
    lines: list[Table] = []
    for row in rows:
        net = Decimal(row["quantity"]) * Decimal(row["unit_price"])
        figures = {
            "quantity_e6": scaled(row["quantity"], 6, 10**18),
            "line_price_e8": scaled(row["unit_price"], 8, 10**18),
            "net_minor": int(net * 100),
        }
        named = {key: row[key] for key in ("customer", "item", "currency", "unit")}
        for back in range(row["bills"]):
            day = row["on"] - timedelta(days=back * row["every"])
            lines.append({**named, **figures, "day": day})
    bills = sorted({(line["customer"], line["day"]) for line in lines})
    for line in lines:
        whose = (line["customer"], line["day"])
        line["bill_id"] = bills.index(whose)
        line["bill_net_minor"] = sum(
            n["net_minor"] for n in lines if (n["customer"], n["day"]) == whose
        )
    usual = verify.usual_of(pl.DataFrame(lines, schema=dict(HISTORY_LINES)))
    return pl.concat([usual, verify.usual_of_items(usual)])


def _prices(rows: list[Table]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of one price are its tiers, as in import files; one of ``model = ""`` has none."""
    ids: dict[tuple[Any, ...], int] = {}
    heads, tiers = [], []
    for row in rows:
        key = tuple(row.get(c) for c in _PRICE_KEY)
        if key not in ids:
            ids[key] = len(ids) + 1
            heads.append({"price_id": ids[key], "version": 1, **row})
        place = sum(t["price_id"] == ids[key] for t in tiers) + 1
        if not row.get("without_tiers"):
            tiers.append({**row, "price_id": ids[key], "tier": place})
    return _typed(heads, PRICES), _typed(tiers, TIERS)


def _typed(rows: list[Table], schema: Schema) -> pl.DataFrame:
    """Rows as people write them, in the columns and scales of a table."""
    made = []
    for row in rows:
        one: Table = dict.fromkeys(schema)
        decimals = DECIMALS.get(row.get("currency", "EUR"), 2)
        for name, value in row.items():
            if name == "conditions":
                value = canonical(read_conditions(value))
            suffix, places = _SCALES.get(name, ("", 0))
            column = _MONEY.get(name, name + suffix)
            if column not in schema or value == "":
                continue
            number = suffix or name in _MONEY
            one[column] = (
                scaled(value, decimals if name in _MONEY else places, 10**18) if number else value
            )
        made.append(one)
    return pl.DataFrame(made, schema=dict(schema), orient="row")


LAST_DAY = _base()["until"]


def tables_with(
    charges: list[Table], **tables: list[Table]
) -> tuple[pl.DataFrame, MasterData, Any, Any]:
    """Return charges, master data, seller and policy of an example that is told in a test."""
    return _tables(_over(_base(), {"charges": charges, **tables}))
