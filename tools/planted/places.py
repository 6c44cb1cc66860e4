"""Towns, streets and made-up names, so that every customer has an address of its country."""

from __future__ import annotations

from random import Random
from string import ascii_uppercase

TOWNS = {
    "DE": ("Hamburg", "Bremen", "Hannover", "Köln", "Leipzig", "Kassel", "Ulm", "Erfurt"),
    "AT": ("Wien", "Linz", "Graz", "Salzburg"),
    "BE": ("Gent", "Liège", "Antwerpen"),
    "NL": ("Utrecht", "Rotterdam", "Zwolle", "Breda"),
    "FR": ("Lyon", "Lille", "Nantes", "Metz"),
    "IT": ("Torino", "Verona", "Parma"),
    "PL": ("Poznań", "Łódź", "Gdynia"),
    "CH": ("Zürich", "Bern", "Basel"),
    "GB": ("Leeds", "Bristol", "Hull"),
}
_STREETS = {
    "DE": "Hauptweg", "AT": "Bahngasse", "BE": "Havenlaan", "NL": "Dijkstraat",
    "FR": "Rue du Canal", "IT": "Via del Porto", "PL": "ulica Nowa", "CH": "Seeweg",
    "GB": "Mill Lane",
}  # fmt: skip
_FORMS = {
    "DE": ("GmbH", "AG", "KG"), "AT": ("GmbH", "AG"), "BE": ("NV",), "NL": ("B.V.",),
    "FR": ("SARL", "SAS"), "IT": ("S.r.l.",), "PL": ("Sp. z o.o.",), "CH": ("AG",), "GB": ("Ltd",),
}  # fmt: skip
_HEADS = "Bal Cor Dan Fel Gor Hal Jor Kel Lin Mar Nor Os Pel Ran Sol Tor Ul Ver Wes Zan".split()
_MIDDLES = "a e i o u ara edo ilu oma ura".split()
_TAILS = "berg dorf feld gard holm kamp lund mark nau rode sted tal vik wald".split()
_TRADES = "Technik Bau Logistik Druck Metall Optik Energie Textil Glas Papier".split()
SPEAKS_GERMAN = ("DE", "AT", "CH")


def names(dice: Random, count: int) -> list[str]:
    """Return so many different made-up names."""
    words = [h + m + t for h in _HEADS for m in _MIDDLES for t in _TAILS]
    pairs = [f"{word} {trade}" for word in words for trade in _TRADES]
    return dice.sample(pairs, count)


def legal_form(dice: Random, country: str) -> str:
    """Return what companies of the country are called."""
    return dice.choice(_FORMS[country])


def postcode(dice: Random, country: str) -> str:
    """Return a postcode as the country writes them."""
    number = dice.randint(1_000, 8_999)
    match country:
        case "NL":
            return f"{number} {dice.choice(ascii_uppercase)}{dice.choice(ascii_uppercase)}"
        case "GB":
            return f"{dice.choice(('LS', 'BS', 'HU'))}{dice.randint(1, 28)} {dice.randint(1, 9)}AB"
        case "PL":
            return f"{dice.randint(10, 99)}-{dice.randint(100, 999)}"
        case "DE" | "FR" | "IT":
            return f"{dice.randint(10_000, 89_999)}"
    return str(number)


def street(dice: Random, country: str) -> str:
    """Return a street with a number."""
    return f"{_STREETS[country]} {dice.randint(1, 240)}"
