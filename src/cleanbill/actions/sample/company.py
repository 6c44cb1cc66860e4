"""``company.toml``: the organisation, its one seller, and its policy."""

from __future__ import annotations

from pathlib import Path

from cleanbill.actions.sample.identifiers import german_iban

_FILE = """\
# The sample company. Everything here is invented; the numbers pass their checksums and belong to
# nobody.

[organisation]
name = "Nordlicht Anlagenservice"
slug = "nordlicht"

[seller]
key = "nordlicht"
name = "Nordlicht Anlagenservice GmbH"
tagline = "Technischer Betrieb für Industrie und Logistik"
initials = "NL"
accent = "#1f4e3d"
currency = "EUR"
language = "de"
timezone = "Europe/Berlin"
vat_id = "{vat_id}"
tax_number = "22/999/99999"
tax_method = "per_group"
website = "www.nordlicht.example"
legal = ["Amtsgericht Hamburg, HRB 999871"]

[seller.address]
lines = ["Kaispeicherweg 11"]
city = "Hamburg"
postcode = "20457"
country = "DE"

[seller.contact]
name = "Rechnungsstelle"
phone = "+49 40 66969 100"
email = "rechnung@nordlicht.example"

[seller.bank]
holder = "Nordlicht Anlagenservice GmbH"
iban = "{iban}"
bic = "BSPLDEHHXXX"
bank = "Beispielbank Hamburg"

[[seller.registrations]]
country = "DE"
number = "{vat_id}"
valid_from = 2015-01-01

[[seller.registrations]]
country = "EU"
scheme = "OSS"
number = "{vat_id}"
valid_from = 2021-07-01

[seller.series]
invoice = "RE-2026-"
credit_note = "GS-2026-"

[policy]
price_source = "list_then_charge"
cash_sales = false
"""

_UNASSIGNED_BANK_CODE = 99_999_999
_ACCOUNT = 1_000_001


def write_company(folder: Path, vat_id: str) -> Path:
    """Write ``company.toml`` with the seller's VAT id."""
    path = folder / "company.toml"
    iban = german_iban(_UNASSIGNED_BANK_CODE, _ACCOUNT)
    path.write_text(_FILE.format(vat_id=vat_id, iban=iban), encoding="utf-8", newline="\n")
    return path
