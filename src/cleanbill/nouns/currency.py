"""Currencies: the ISO 4217 codes in use and how many decimals each has.

Source: ISO 4217 table A.1 (minor units). Codes that have no minor unit by definition
(precious metals, testing codes) are left out: nobody is billed in them.
"""

from __future__ import annotations

from functools import cache

_BY_DECIMALS: dict[int, str] = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN "
        "BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD "
        "FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW "
        "KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR "
        "MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG "
        "SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD "
        "USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG BGN HRK ANG"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}

DECIMALS: dict[str, int] = {
    code: decimals for decimals, codes in _BY_DECIMALS.items() for code in codes.split()
}
"""Decimals of the minor unit by currency code: ``DECIMALS["JPY"] == 0``."""


class UnknownCurrency(ValueError):
    """The code is no currency that ISO 4217 lists with a minor unit."""


@cache
def decimals_of(code: str) -> int:
    """Return the number of decimals of a currency: 0, 2, 3 or 4.

    >>> decimals_of("KWD")
    3
    """
    try:
        return DECIMALS[code]
    except KeyError:
        raise UnknownCurrency(
            f"{code!r} is no ISO 4217 currency; expected a code such as EUR, USD or JPY"
        ) from None
