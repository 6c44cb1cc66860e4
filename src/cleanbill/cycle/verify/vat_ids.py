"""VAT ids: form and checksum by country, and which country gave one."""

from __future__ import annotations

from functools import lru_cache

import polars as pl
from stdnum.ch import vat as swiss
from stdnum.eu import vat as european
from stdnum.exceptions import ValidationError
from stdnum.gb import vat as british
from stdnum.no import mva as norwegian

KNOWN = (
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "GR", "ES", "FI", "FR", "HR", "HU", "IE"),
    *("IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "GB", "CH", "NO"),
)
"""Countries whose VAT ids can be judged."""
PREFIXES = {"EL": "GR", "XI": "GB"}
"""Prefixes that are not the country's own code."""


@lru_cache(maxsize=200_000)
def vat_id_valid(number: str) -> bool:
    """Tell whether a VAT id has the form and checksum of its country (python-stdnum's rules).

    EU ids, British ones (part of the EU's set until 2020), Swiss and Norwegian ones.
    """
    compact = number.replace(" ", "").replace(".", "").replace("-", "").upper()
    rule, rest = {
        "GB": (british, compact),
        "XI": (british, compact[2:]),
        "CH": (swiss, compact),
        "NO": (norwegian, compact.removeprefix("NO")),
    }.get(compact[:2], (european, compact))
    try:
        return bool(rule.validate(rest))
    except ValidationError:
        return False


def issued_by(vat_id: pl.Expr) -> pl.Expr:
    """Return the country whose prefix a VAT id bears."""
    return vat_id.str.strip_chars().str.slice(0, 2).str.to_uppercase().replace(PREFIXES)
