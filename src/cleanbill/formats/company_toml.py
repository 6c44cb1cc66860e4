"""The company file: who bills and what the organisation has decided, as TOML people edit.

``read`` gives an organisation name, a Seller and a Policy; ``write`` is not needed, because what
screens change lives in the database. Unknown keys are errors: a misspelt decision must not be
silently ignored.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from cleanbill.nouns.country import COUNTRIES
from cleanbill.nouns.currency import decimals_of
from cleanbill.nouns.limits import Limits
from cleanbill.nouns.look import look_of, problems
from cleanbill.nouns.policy import (
    IssueDates,
    NotBillable,
    OrderChoice,
    Policy,
    PriceSource,
    Uncancelled,
)
from cleanbill.nouns.retention import checked_year_end
from cleanbill.nouns.seller import (
    Address,
    Bank,
    ChosenEngine,
    Contact,
    Registration,
    Seller,
    Taxability,
)
from cleanbill.nouns.tax import WITHHOLDINGS, Inclusive


class CompanyFileError(ValueError):
    """The company file cannot be used; the message says where and what to do."""


@dataclass(frozen=True, slots=True)
class Company:
    """What a company file says."""

    name: str
    slug: str
    seller: Seller
    policy: Policy


def read(text: str) -> Company:
    """Return the company described by the TOML text; raises CompanyFileError."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CompanyFileError(f"the company file is no TOML: {error}") from error
    _only(data, ("organisation", "seller", "policy", "tax"), "the file")
    organisation = _table(data, "organisation", "the file")
    _only(organisation, ("name", "slug"), "[organisation]")
    return Company(
        name=_text(organisation, "name", "[organisation]"),
        slug=_text(organisation, "slug", "[organisation]"),
        seller=replace(
            seller_of(_table(data, "seller", "the file")),
            tax_engines=tax_engines_of(data.get("tax", {})),
        ),
        policy=policy_of(data.get("policy", {})),
    )


def _only(data: Mapping[str, Any], allowed: tuple[str, ...], where: str) -> None:
    for key in data:
        if key not in allowed:
            near = get_close_matches(key, allowed, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise CompanyFileError(
                f"{where} has the unknown key {key!r}{hint} Allowed: {', '.join(allowed)}"
            )


def _table(data: Mapping[str, Any], key: str, where: str) -> dict[str, Any]:
    value = data.get(key)
    if not isinstance(value, dict):
        raise CompanyFileError(f"{where} lacks the table [{key}]")
    return value


def _text(data: Mapping[str, Any], key: str, where: str) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not value.strip():
        raise CompanyFileError(f"{where} lacks the text {key!r}")
    return value


def _built(kind: Any, data: Mapping[str, Any], where: str) -> Any:
    _only(data, tuple(f.name for f in fields(kind)), where)
    try:
        return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in data.items()})
    except (TypeError, ValueError) as error:
        raise CompanyFileError(f"{where}: {error}") from error


def seller_of(data: Mapping[str, Any]) -> Seller:
    """Return the Seller of a [seller] table."""
    plain = {
        k: v
        for k, v in data.items()
        if k
        not in (
            "address",
            "contact",
            "bank",
            "registrations",
            "taxability",
            "series",
            "tax_engines",
        )
    }
    series = data.get("series", {})
    _only(series, ("invoice", "credit_note"), "[seller.series]")
    currency = _text(data, "currency", "[seller]")
    try:
        decimals_of(currency)
    except ValueError as error:
        raise CompanyFileError(f"[seller] currency: {error}") from error
    address = _built(Address, _table(data, "address", "[seller]"), "[seller.address]")
    if not address.country:
        raise CompanyFileError("[seller.address] lacks 'country', a two-letter ISO code")
    return _seller(
        {
            **plain,
            "address": address,
            "contact": _built(Contact, data.get("contact", {}), "[seller.contact]"),
            "bank": _built(Bank, data.get("bank", {}), "[seller.bank]"),
            "registrations": tuple(
                _built(Registration, {"country": "", **r}, "[[seller.registrations]]")
                for r in data.get("registrations", [])
            ),
            "taxability": tuple(
                _built(Taxability, t, "[[seller.taxability]]") for t in data.get("taxability", [])
            ),
            "invoice_series": series.get("invoice", "INV-"),
            "credit_note_series": series.get("credit_note", "CN-"),
        }
    )


def tax_engines_of(data: Mapping[str, Any]) -> tuple[ChosenEngine, ...]:
    """Return the engines that a [tax] table chooses, by country of taxation."""
    _only(data, ("engine",), "[tax]")
    chosen = data.get("engine", {})
    if not isinstance(chosen, dict):
        raise CompanyFileError('[tax.engine] must be a table, as in US = "recorded"')
    for country, engine in chosen.items():
        if country not in COUNTRIES:
            raise CompanyFileError(
                f"[tax.engine] {country!r} is no country; expected a two-letter ISO code"
            )
        if not isinstance(engine, str) or not re.fullmatch(r"[a-z][a-z0-9-]{0,19}", engine):
            raise CompanyFileError(
                f"[tax.engine] {country}: {engine!r} is no name of an engine; expected up to 20 "
                "small letters, digits and hyphens"
            )
    return tuple(ChosenEngine(country, chosen[country]) for country in sorted(chosen))


def _seller(data: Mapping[str, Any]) -> Seller:
    seller: Seller = _built(Seller, data, "[seller]")
    _look(seller)
    if seller.tax_method not in ("per_group", "per_line"):
        raise CompanyFileError("[seller] tax_method must be 'per_group' or 'per_line'")
    if seller.inclusive_method not in set(Inclusive):
        raise CompanyFileError(
            "[seller] inclusive_method must be one of " + ", ".join(map(repr, map(str, Inclusive)))
        )
    if seller.withholding and seller.withholding not in WITHHOLDINGS:
        raise CompanyFileError(
            f"[seller] withholding {seller.withholding!r} is none of {', '.join(WITHHOLDINGS)}"
        )
    if seller.withholding and seller.address.country != "ES":
        raise CompanyFileError(
            "[seller] withholding: customers withhold income tax from sellers in Spain only; "
            "leave it out"
        )
    try:
        checked_year_end(seller.business_year_end)
    except ValueError as error:
        raise CompanyFileError(f"[seller] business_year_end: {error}") from error
    if seller.invoice_series == seller.credit_note_series:
        raise CompanyFileError("[seller.series] invoice and credit_note must differ")
    return seller


def _look(seller: Seller) -> None:
    """Refuse what the look of documents cannot be, by the rules that hold on its page, too."""
    contact = {f"contact_{f.name}": getattr(seller.contact, f.name) for f in fields(Contact)}
    names = ("accent", "initials", "tagline", "website", "legal")
    said = {**{name: getattr(seller, name) for name in names}, **contact}
    for name, value in said.items():
        if name == "legal":
            if not isinstance(value, tuple) or not all(isinstance(row, str) for row in value):
                raise CompanyFileError('[seller] legal must be a list of texts, as in ["HRB 1"]')
        elif not isinstance(value, str):
            raise CompanyFileError(f"{_place(name)} must be text, not {value!r}")
    raw = {"accent": seller.accent} if seller.accent else {}
    for name, problem in problems({**look_of(seller), **raw}).items():
        raise CompanyFileError(f"{_place(name)}: {problem}")


def _place(name: str) -> str:
    part, _, field = name.rpartition("_")
    return f"[seller.{part}] {field}" if part else f"[seller] {field}"


def policy_of(data: Mapping[str, Any]) -> Policy:
    """Return the Policy of a [policy] table; what is not said keeps its careful default."""
    values = dict(data)
    try:
        if "price_source" in values:
            values["price_source"] = PriceSource(values["price_source"])
        if "issue_dates" in values:
            values["issue_dates"] = IssueDates(values["issue_dates"])
        if "purchase_orders" in values:
            values["purchase_orders"] = OrderChoice(values["purchase_orders"])
        if "unlinked_cancellations" in values:
            values["unlinked_cancellations"] = {
                kind: Uncancelled(what) for kind, what in values["unlinked_cancellations"].items()
            }
    except ValueError as error:
        raise CompanyFileError(f"[policy]: {error}") from error
    if "not_billable" in values:
        values["not_billable"] = [
            _built(NotBillable, rule, "[[policy.not_billable]]") for rule in values["not_billable"]
        ]
    for code, severity in values.get("severities", {}).items():
        if severity not in ("block", "warn", "info", "off"):
            raise CompanyFileError(
                f"[policy.severities] {code}: {severity!r} is none of block, warn, info, off"
            )
    if "approval_above" in values:
        values["approval_above"] = _limits(values["approval_above"])
    for name, most in (("review_riskiest", 10_000), ("review_percent", 100)):
        number = values.get(name, 0)
        if type(number) is not int or not 0 <= number <= most:
            raise CompanyFileError(f"[policy] {name} must be a whole number from 0 to {most:,}")
    if "checks" in values:
        values["checks"] = _built(Limits, values["checks"], "[policy.checks]")
    policy: Policy = _built(Policy, values, "[policy]")
    if policy.eu_business_without_vat_id != "domestic":
        raise CompanyFileError("[policy] eu_business_without_vat_id: only 'domestic' is known")
    return policy


def _limits(table: Any) -> dict[str, int]:
    """Return amounts by currency, given as text so that nothing is rounded, in minor units."""
    where = "[policy.approval_above]"
    if not isinstance(table, Mapping):
        raise CompanyFileError(f'{where} is no table; write EUR = "10000.00", a line per currency')
    limits = {}
    for currency, text in table.items():
        try:
            decimals = decimals_of(currency)
            amount = Decimal(text) if isinstance(text, str) else None
            if amount is None or not amount.is_finite() or amount < 0:
                raise ValueError('write the amount as text, as in "10000.00"')
            minor = amount.scaleb(decimals)
            if minor != minor.to_integral_value() or minor >= 10**18:
                raise ValueError(f"{text!r} has more than {decimals} decimals, or too many digits")
        except (ValueError, ArithmeticError) as error:
            raise CompanyFileError(f"{where} {currency}: {error}") from error
        limits[currency] = int(minor)
    return limits
