"""Tax numbers with true check digits, reckoned here from the published rules of each country."""

from __future__ import annotations

from random import Random


def german(dice: Random) -> str:
    """ISO 7064, mod 11,10."""
    digits = [dice.randint(1, 9), *(dice.randint(0, 9) for _ in range(7))]
    product = 10
    for digit in digits:
        summed = (digit + product) % 10 or 10
        product = summed * 2 % 11
    return "DE" + "".join(map(str, digits)) + str((11 - product) % 10)


def austrian(dice: Random) -> str:
    """Every second digit doubled, its digits summed; 4 is added."""
    digits = [dice.randint(0, 9) for _ in range(7)]
    total = 4
    for place, digit in enumerate(digits):
        total += digit // 5 + digit * 2 % 10 if place % 2 else digit
    return "ATU" + "".join(map(str, digits)) + str(-total % 10)


def belgian(dice: Random) -> str:
    """97 less the remainder of the first eight digits."""
    base = dice.randint(4_000_000, 7_999_999)
    return f"BE0{base}{97 - base % 97:02d}"


def dutch(dice: Random) -> str:
    """Weights 9 to 2, modulo 11."""
    while True:
        digits = [dice.randint(1, 9), *(dice.randint(0, 9) for _ in range(7))]
        check = sum(d * w for d, w in zip(digits, range(9, 1, -1), strict=True)) % 11
        if check < 10:
            return "NL" + "".join(map(str, digits)) + f"{check}B01"


def french(dice: Random) -> str:
    """A number of nine digits by Luhn, before it a key of two."""
    base = dice.randint(30_000_000, 89_999_999)
    siren = base * 10 + _luhn(str(base))
    return f"FR{(12 + 3 * (siren % 97)) % 97:02d}{siren}"


def italian(dice: Random) -> str:
    """Eleven digits by Luhn; the eighth to tenth are a province."""
    base = f"{dice.randint(100_000, 9_999_999):07d}{dice.randint(1, 95):03d}"
    return f"IT{base}{_luhn(base)}"


def polish(dice: Random) -> str:
    """Weights 6, 5, 7, 2, 3, 4, 5, 6, 7, modulo 11."""
    while True:
        digits = [dice.randint(1, 9), *(dice.randint(0, 9) for _ in range(8))]
        check = sum(d * w for d, w in zip(digits, (6, 5, 7, 2, 3, 4, 5, 6, 7), strict=True)) % 11
        if check < 10:
            return "PL" + "".join(map(str, digits)) + str(check)


def swiss(dice: Random) -> str:
    """Weights 5, 4, 3, 2, 7, 6, 5, 4, modulo 11."""
    while True:
        digits = [dice.randint(1, 9), *(dice.randint(0, 9) for _ in range(7))]
        total = sum(d * w for d, w in zip(digits, (5, 4, 3, 2, 7, 6, 5, 4), strict=True))
        check = (11 - total % 11) % 11
        if check < 10:
            return "CHE" + "".join(map(str, digits)) + f"{check}MWST"


def british(dice: Random) -> str:
    """Weights 8 to 2; with the two check digits the sum is a multiple of 97."""
    while True:
        base = dice.randint(1_000_000, 9_990_000)
        total = sum(int(d) * w for d, w in zip(str(base), range(8, 1, -1), strict=True))
        check = 97 - total % 97
        if 0 < check < 97:
            return f"GB{base}{check:02d}"


def routing_id(dice: Random, number: int) -> str:
    """The address of a German public body for electronic invoices, mod 97-10."""
    coarse, fine = f"{dice.randint(1, 16):02d}{dice.randint(100, 999)}", f"{number:06d}"
    return f"{coarse}-{fine}-{98 - int(f'{coarse}{fine}00') % 97:02d}"


TAX_NUMBER = {
    "DE": german, "AT": austrian, "BE": belgian, "NL": dutch, "FR": french, "IT": italian,
    "PL": polish, "CH": swiss, "GB": british,
}  # fmt: skip
"""By country, how a number of a company there is made."""


def _luhn(digits: str) -> int:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return -total % 10
