"""Numbers that pass their checksums and belong to nobody: counted down from the highest.

They are found by trying, with the same library that checks them when files are read.
"""

from __future__ import annotations

from collections.abc import Iterator

from stdnum import iban
from stdnum.at import uid as at_uid
from stdnum.ch import vat as ch_vat
from stdnum.de import leitweg
from stdnum.de import vat as de_vat
from stdnum.eu import vat as eu_vat
from stdnum.fr import siren
from stdnum.gb import vat as gb_vat
from stdnum.nl import btw


def _de() -> Iterator[str]:
    for number in range(999_999_999, 0, -1):
        if de_vat.is_valid(str(number)):
            yield f"DE{number}"


def _at() -> Iterator[str]:
    for number in range(99_999_999, 0, -1):
        if at_uid.is_valid(f"U{number:08d}"):
            yield f"ATU{number:08d}"


def _fr() -> Iterator[str]:
    for number in range(999_999_999, 0, -1):
        if siren.is_valid(str(number)):
            yield f"FR{int(f'{number}12') % 97:02d}{number}"


def _nl() -> Iterator[str]:
    for number in range(999_999_999, 0, -1):
        for branch in range(99, 1, -1):
            if btw.is_valid(f"{number}B{branch:02d}"):
                yield f"NL{number}B{branch:02d}"
                break


def _ch() -> Iterator[str]:
    for number in range(999_999_999, 0, -1):
        if ch_vat.is_valid(f"CHE{number}MWST"):
            yield f"CHE{number}MWST"


def _gb() -> Iterator[str]:
    for number in range(999_999_999, 0, -1):
        if gb_vat.is_valid(str(number)):
            yield f"GB{number}"


class VatIds:
    """VAT identification numbers by country, each handed out once."""

    def __init__(self) -> None:
        self._by_country = {
            "DE": _de(), "AT": _at(), "FR": _fr(), "NL": _nl(), "CH": _ch(), "GB": _gb(),
        }  # fmt: skip

    def following(self, country: str) -> str:
        """Return the next unused number of a country."""
        return next(self._by_country[country])


def with_wrong_check(vat_id: str) -> str:
    """Return the number of an EU country with one digit changed so that its checksum fails.

    The fifth character before the end is a digit and no suffix in each of the countries.
    """
    for step in range(1, 10):
        wrong = f"{vat_id[:-5]}{(int(vat_id[-5]) + step) % 10}{vat_id[-4:]}"
        if not eu_vat.is_valid(wrong):
            return wrong
    raise AssertionError("one of the digits breaks every checksum")


def german_iban(bank_code: int, account: int) -> str:
    """Return the IBAN of a German bank code and account with its check digits."""
    rest = f"{bank_code:08d}{account:010d}"
    return f"DE{iban.calc_check_digits(f'DE00{rest}')}{rest}"


def routing_id(number: int) -> str:
    """Return a Leitweg-ID, the address of a German public body for electronic invoices."""
    for check in range(98, 1, -1):
        found = f"02000-{number:05d}-{check:02d}"
        if leitweg.is_valid(found):
            return found
    raise AssertionError("one of the check digits fits every number")
