"""The words of the sample: invented names, and towns and streets that fit the country."""

from __future__ import annotations

PREFIXES = (
    "Aldermoor", "Birkenhag", "Brackmoor", "Distelkamp", "Donauwerk", "Eibental", "Elsterhof",
    "Falkenried", "Federmark", "Ginsterau", "Hainwalde", "Haselbruch", "Heidequell", "Immenthal",
    "Kiesgrund", "Kranichsee", "Larchenfels", "Lindmoor", "Mohnfeld", "Moorkamp", "Morgenau",
    "Nebelhorst", "Otternbach", "Quellmark", "Rabenstieg", "Rohrdommel", "Sandhorn", "Schilfau",
    "Silberdistel", "Steinbuche", "Talwind", "Tannmoos", "Ulmenried", "Wacholder", "Weidenbruch",
    "Wiesenthor", "Windhalm", "Zeisigau", "Zirbental", "Zwillinghof",
)  # fmt: skip
"""Invented first words of company names."""

TRADES = {
    "DE": (
        "Papier", "Logistik", "Textil", "Metallbau", "Lebensmittel", "Maschinenbau", "Glas",
        "Kunststofftechnik", "Möbel", "Druck", "Elektronik", "Verpackung", "Keramik", "Getränke",
        "Holzwerke", "Kältetechnik", "Werkzeuge", "Optik", "Baustoffe", "Medizintechnik",
    ),
    "FR": (
        "Papeterie", "Logistique", "Textiles", "Métallerie", "Alimentation", "Verrerie", "Meubles",
        "Imprimerie", "Emballages", "Céramique", "Boissons", "Outillage", "Optique", "Matériaux",
    ),
    "NL": (
        "Papier", "Logistiek", "Textiel", "Metaalbouw", "Voeding", "Glas", "Meubelen", "Drukwerk",
        "Verpakkingen", "Keramiek", "Dranken", "Gereedschap", "Optiek", "Bouwstoffen",
    ),
    "GB": (
        "Paper", "Logistics", "Textiles", "Metalworks", "Foods", "Glass", "Furniture", "Print",
        "Packaging", "Ceramics", "Drinks", "Tools", "Optics", "Building Supplies",
    ),
}  # fmt: skip

FORMS = {
    "DE": ("GmbH", "AG", "GmbH & Co. KG", "KG"),
    "AT": ("GmbH", "AG"),
    "FR": ("SARL", "SAS"),
    "NL": ("B.V.",),
    "CH": ("AG", "GmbH"),
    "GB": ("Ltd", "plc"),
}

HOUSEHOLDS = {
    "DE": "Privathaushalt",
    "AT": "Privathaushalt",
    "FR": "Foyer privé",
    "NL": "Particulier huishouden",
    "CH": "Privathaushalt",
    "GB": "Private household",
}
"""Consumers are numbered households: the sample names no persons."""

PUBLIC_BODIES = (
    "Amt für Gebäudewirtschaft", "Stadtbetriebe", "Landesinstitut für Prüfwesen", "Hafenbehörde",
    "Zweckverband Wasser", "Hochschule für Gestaltung",
)  # fmt: skip
PUBLIC_TOWNS = ("Musterau", "Neu Hagental", "Oberlindmoor", "Sankt Ginster", "Altenschilf")

TOWNS = {
    "DE": (
        ("20457", "Hamburg"), ("28195", "Bremen"), ("30159", "Hannover"), ("10115", "Berlin"),
        ("50667", "Köln"), ("60311", "Frankfurt am Main"), ("70173", "Stuttgart"),
        ("80331", "München"), ("01067", "Dresden"), ("04109", "Leipzig"), ("24103", "Kiel"),
        ("18055", "Rostock"),
    ),
    "AT": (("1010", "Wien"), ("2320", "Schwechat"), ("4020", "Linz"), ("5020", "Salzburg")),
    "FR": (("67000", "Strasbourg"), ("69002", "Lyon"), ("59000", "Lille"), ("44000", "Nantes")),
    "NL": (("1012 AB", "Amsterdam"), ("3011 AA", "Rotterdam"), ("9711 LM", "Groningen")),
    "CH": (("8001", "Zürich"), ("4051", "Basel"), ("3011", "Bern"), ("9000", "St. Gallen")),
    "GB": (("M1 1AE", "Manchester"), ("LS1 4AP", "Leeds"), ("BS1 4DJ", "Bristol")),
}  # fmt: skip

STREETS = {
    "DE": ("Industriestraße", "Werkstraße", "Am Güterbahnhof", "Hafenweg", "Lindenallee"),
    "AT": ("Industriestraße", "Werksgasse", "Donaulände", "Bahnstraße"),
    "FR": ("Rue de l'Industrie", "Avenue du Port", "Rue des Tilleuls"),
    "NL": ("Industrieweg", "Havenstraat", "Lindelaan"),
    "CH": ("Industriestrasse", "Werkstrasse", "Seeweg"),
    "GB": ("Foundry Road", "Dock Street", "Linden Avenue"),
}
STREET_NUMBER_FIRST = ("FR", "GB")

LANGUAGES = {"DE": "de", "AT": "de", "CH": "de", "FR": "en", "NL": "en", "GB": "en"}
"""Abroad the company bills in English where German is not spoken."""

GOODS = (
    "Filtermatte", "Keilriemen", "Dichtungssatz", "Absperrventil", "Lagerbock", "Wellenkupplung",
    "Temperatursensor", "Druckschalter", "Luftfilter", "Lüfterrad", "Rohrschelle", "Stellmotor",
    "Thermostat", "Umwälzpumpe", "Schaltrelais", "Klemmleiste", "Wartungsset", "Ölfilter",
    "Kugellager", "Rückschlagklappe",
)  # fmt: skip
GOODS_BY_METRE = ("Steuerleitung", "Kupferrohr", "Dichtband")

SITES = ("Werk 1", "Werk 2", "Lager Nord", "Lager Süd", "Verwaltung")

_PLAIN_LETTERS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "é": "e", "è": "e", "&": None, ".": None}
)


def web_name(name: str) -> str:
    """Return a name as it stands in a web address: ``donauwerk-papier-ag``."""
    return "-".join(name.lower().translate(_PLAIN_LETTERS).split())
