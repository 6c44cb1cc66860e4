"""Which customers are wrong: the functions behind the checks on customers."""

from __future__ import annotations

import polars as pl
from stdnum.de import leitweg

from cleanbill.cycle.verify.look import Tables
from cleanbill.cycle.verify.postcodes import forms
from cleanbill.cycle.verify.vat_ids import KNOWN, issued_by, vat_id_valid
from cleanbill.nouns.country import COUNTRIES

_PLACEHOLDER = (
    r"(?i)^(?:[^\p{L}\p{N}]*|[x?]+|n/?a|none|null|nil|tb[da]|unknown|unbekannt|dummy|asdf\w*|"
    r"qwert\w*|test|test (?:customer|company|kunde|firma|gmbh|ltd)|"
    r"(?:customer|company|kunde|firma) test|"
    r"placeholder|muster(?:mann|firma|kunde)?|max mustermann|(?:john|jane) doe|street|"
    r"stra(?:ss|ß)e|musterstr(?:aße|asse|\.) ?\d*|city|stadt|musterstadt|address|adresse)$"
)
"""What people enter where a field must not be empty. Whole texts only: a Test may be a name."""
_ADDRESS = (
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~\p{L}-]+@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+"
    r"[\p{L}]{2,}"
)
_E_MAIL = rf"(?i)^{_ADDRESS}(?:\s*[;,]\s*{_ADDRESS})*$"
"""One address, or several with a comma or semicolon between them."""
_TERRITORIES = {
    **dict.fromkeys(("MC", "GP", "GF", "MQ", "RE", "YT", "MF", "BL"), "FR"),
    **{"IM": "GB", "XI": "GB", "IC": "ES", "AX": "FI"},
}
"""Places whose companies bear the VAT id of another country."""
_WITH_STATES = ("US", "CA", "AU")


def _rows(tables: Tables, wrong: pl.Expr, **brought: str | pl.Expr) -> pl.LazyFrame:
    """The customers of whom this is true, with the columns that the texts speak of."""
    more = [(pl.col(c) if isinstance(c, str) else c).alias(name) for name, c in brought.items()]
    found = tables.customers.lazy().filter(wrong)
    return found.select("customer", pl.col("customer").alias("subject"), *more)


def vat_id_wrong(tables: Tables) -> pl.LazyFrame:
    """VAT ids of countries whose rules are known that fail them, though no tax hangs on it."""
    place = pl.col("country").replace(_TERRITORIES)
    judged = tables.customers.filter(
        pl.col("vat_id").is_not_null()
        & (issued_by(pl.col("vat_id")).is_in(KNOWN) | place.is_in(KNOWN))
    )
    wrong = [number for number in judged["vat_id"].unique() if not vat_id_valid(number)]
    depending = tables.charges.filter(
        pl.col("customer_vat_id").is_not_null()
        & pl.col("tax_place_foreign")
        & pl.col("tax_place_eu")
    )
    stopped = pl.col("customer").is_in(depending["customer"].unique().implode())
    hit = pl.col("vat_id").is_in(wrong) & pl.col("customer").is_in(judged["customer"].implode())
    return _rows(tables, hit & ~stopped, customer_vat_id="vat_id")


def country_differs(tables: Tables) -> pl.LazyFrame:
    """Customers whose VAT id bears the letters of a country other than their own."""
    other = issued_by(pl.col("vat_id"))
    own = pl.col("country").replace(_TERRITORIES)
    wrong = other.is_in(KNOWN) & pl.col("country").is_in(sorted(COUNTRIES)) & (other != own)
    return _rows(
        tables,
        wrong,
        customer_vat_id="vat_id",
        customer_country="country",
        other=other,
    )


def postcode_wrong(tables: Tables) -> pl.LazyFrame:
    """Postcodes that have not the form of their country."""
    code = pl.col("postcode").str.strip_chars().str.to_uppercase()
    here = [c for c in tables.customers["country"].unique().sort() if c in forms()]
    wrong: pl.Expr = pl.lit(False)
    like: pl.Expr = pl.lit(None, dtype=pl.String)
    for country in here:
        pattern, example = forms()[country]
        wrong = (
            pl.when(pl.col("country") == country).then(~code.str.contains(pattern)).otherwise(wrong)
        )
        like = pl.when(pl.col("country") == country).then(pl.lit(example)).otherwise(like)
    return _rows(tables, wrong, customer_postcode="postcode", customer_country="country", like=like)


def name_placeholder(tables: Tables) -> pl.LazyFrame:
    """Names that somebody entered because the field must not be empty."""
    wrong = pl.col("name").str.strip_chars().str.contains(_PLACEHOLDER)
    return _rows(tables, wrong, customer_name="name")


def street_placeholder(tables: Tables) -> pl.LazyFrame:
    """Streets or cities that somebody entered because the field must not be empty."""
    wrong = pl.any_horizontal(
        pl.col(c).str.strip_chars().str.contains(_PLACEHOLDER).fill_null(False)
        for c in ("street", "city")
    )
    return _rows(tables, wrong, customer_street="street", customer_city="city")


def e_mail_implausible(tables: Tables) -> pl.LazyFrame:
    """Addresses that no mail can go to."""
    address = pl.col("email").str.strip_chars()
    wrong = ~address.str.contains(_E_MAIL) | address.str.contains("..", literal=True)
    return _rows(tables, wrong, customer_email="email")


def e_mail_missing(tables: Tables) -> pl.LazyFrame:
    """Customers without an address, where the policy wants one."""
    return _rows(tables, pl.lit(tables.limits.email_required) & pl.col("email").is_null())


def consumer_with_vat_id(tables: Tables) -> pl.LazyFrame:
    """Consumers who have what only businesses have."""
    return _rows(tables, (pl.col("kind") == "consumer") & pl.col("vat_id").is_not_null())


def kind_missing(tables: Tables) -> pl.LazyFrame:
    """Customers abroad of whom nobody has said what they are: it decides where they are taxed."""
    abroad = pl.col("country") != tables.seller.address.country
    return _rows(tables, pl.col("kind").is_null() & abroad, customer_country="country")


def _german_public() -> pl.Expr:
    return (pl.col("kind") == "public") & (pl.col("country") == "DE")


def public_without_reference(tables: Tables) -> pl.LazyFrame:
    """Public bodies in Germany without a Leitweg-ID."""
    return _rows(tables, _german_public() & pl.col("buyer_reference").is_null())


def leitweg_id_wrong(tables: Tables) -> pl.LazyFrame:
    """Public bodies in Germany whose reference is no Leitweg-ID."""
    public = tables.customers.filter(_german_public() & pl.col("buyer_reference").is_not_null())
    ids = public["buyer_reference"].unique()
    wrong = [one for one in ids if not leitweg.is_valid(one)]
    return _rows(
        tables,
        _german_public() & pl.col("buyer_reference").is_in(wrong),
        customer_buyer_reference="buyer_reference",
    )


def lacks_region(tables: Tables) -> pl.LazyFrame:
    """Addresses in countries of states that do not name theirs."""
    addressed = pl.col("street").is_not_null() | pl.col("postcode").is_not_null()
    wrong = pl.col("country").is_in(_WITH_STATES) & addressed & pl.col("region").is_null()
    return _rows(tables, wrong, customer_country="country")


def seller_itself(tables: Tables) -> pl.LazyFrame:
    """Customers that bear the VAT id of whoever bills them."""
    own = _plain(pl.lit(tables.seller.vat_id))
    wrong = pl.lit(bool(tables.seller.vat_id)) & (_plain(pl.col("vat_id")) == own)
    return _rows(tables, wrong, customer_vat_id="vat_id")


def _plain(number: pl.Expr) -> pl.Expr:
    return number.str.replace_all(r"[^\p{L}\p{N}]", "").str.to_uppercase()
