"""``items.csv``: goods, services, subscriptions, metered use and fees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cleanbill.actions.sample.draw import Draw
from cleanbill.actions.sample.rows import Row
from cleanbill.actions.sample.vocabulary import GOODS, GOODS_BY_METRE

Model = Literal["unit", "flat", "graduated", "volume", "package", "percentage"]
Role = Literal["sold", "unlisted", "ended", "untaxed"]


@dataclass(frozen=True, slots=True)
class Item:
    """An item and what the generator knows about its price."""

    item: str
    description: str
    kind: str
    unit: str
    base: int
    """Price in ten-thousandths of a euro: of a unit, of the first tier, or the flat amount."""
    model: Model = "unit"
    tax_category: str = "standard"
    role: Role = "sold"
    """``unlisted``: never had a list price; ``ended``: has none any more; ``untaxed``: its tax
    category has no rate in Germany."""
    changes: bool = False
    """Its price goes up within the month."""

    @property
    def row(self) -> Row:
        """The item's row of ``items.csv``."""
        return {
            "item": self.item,
            "description": self.description,
            "kind": self.kind,
            "unit": self.unit,
            "tax_category": self.tax_category,
            "blocked": "false",
        }


HOURS = (
    Item("SRV-100", "Wartung Lüftungsanlage", "service", "HUR", 865_000),
    Item("SRV-110", "Wartung Kälteanlage", "service", "HUR", 920_000, changes=True),
    Item("SRV-120", "Störungsdienst", "service", "HUR", 1_185_000),
    Item("SRV-130", "Programmierung Steuerung", "service", "HUR", 1_340_000),
    Item("SRV-140", "Messung Volumenstrom", "service", "HUR", 745_000),
)
TRAVEL = Item("ANF-100", "Anfahrtspauschale", "service", "C62", 480_000, "flat")
TRAINING = Item(
    "FOB-100", "Anerkannte Fortbildung", "service", "DAY", 6_900_000, tax_category="exempt"
)
"""Sold in Germany only, where it is exempt."""
MONITORING = Item("ABO-100", "Fernüberwachung Basis", "subscription", "MON", 390_000)
SUBSCRIPTIONS = (
    MONITORING,
    Item("ABO-110", "Fernüberwachung Plus", "subscription", "MON", 690_000),
    Item("ABO-200", "Vollwartungsvertrag", "subscription", "MON", 2_490_000, "flat"),
)
METERED = (
    Item("NUT-100", "Messdatenabrufe", "service", "C62", 120, "graduated"),
    Item("NUT-110", "Verwaltete Meldungen", "service", "C62", 850, "graduated", changes=True),
    Item("NUT-200", "Datenvolumen", "service", "E34", 8_900, "volume"),
    Item("NUT-300", "Alarme per Kurznachricht, je 100", "service", "C62", 69_000, "package"),
)
SPECIAL_WORK = Item(
    "MAN-100", "Sonderleistung nach Angebot", "manual", "C62", 2_400_000, role="unlisted"
)
"""It has no list price: each charge brings its own."""
PAYMENTS = Item("ZAH-100", "Zahlungsabwicklung", "fee", "C62", 2_500, "percentage")
FREIGHT = (
    Item("FRA-100", "Fracht und Verpackung", "freight", "C62", 149_000, "flat"),
    Item("FRA-200", "Speditionsfracht", "freight", "C62", 890_000, "flat"),
)
ENDED = tuple(
    Item(f"ALT-{n}00", f"Filtermatte alte Bauart {n}", "goods", "C62", 125_000, role="ended")
    for n in (1, 2, 3)
)
UNTAXED = Item(
    "ZEI-100",
    "Fachzeitschrift, Einzelheft",
    "goods",
    "C62",
    125_000,
    tax_category="super_reduced",
    role="untaxed",
)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All items, and the goods that fill most orders."""

    goods: tuple[Item, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        """Every item in the order of the file."""
        services = (*HOURS, TRAVEL, TRAINING, *SUBSCRIPTIONS, *METERED, SPECIAL_WORK, PAYMENTS)
        return (*self.goods, *services, *FREIGHT, *ENDED, UNTAXED)


def catalogue(goods: int, draw: Draw) -> Catalogue:
    """Return a catalogue with a number of goods, some by the metre, some at the reduced rate."""
    return Catalogue(tuple(_goods(number, draw) for number in range(goods)))


def _goods(number: int, draw: Draw) -> Item:
    key = f"WAR-{1_001 + number}"
    changes = number % 5 == 4
    if number % 10 == 7:
        book = f"Handbuch Anlagentechnik, Band {number // 10 + 1}"
        price = draw.between(190, 890) * 1_000
        return Item(key, book, "goods", "C62", price, tax_category="reduced")
    if number % 10 == 9:
        name = GOODS_BY_METRE[number // 10 % len(GOODS_BY_METRE)]
        price = draw.between(80, 1_900) * 100
        return Item(key, f"{name} Typ {number // 10 + 1}", "goods", "MTR", price, changes=changes)
    turn, place = divmod(number, len(GOODS))
    times = 100 if number % 8 == 3 else draw.pick((1, 2, 5, 10, 50))
    price = draw.between(25, 60) * 1_000 * times
    return Item(key, f"{GOODS[place]} DN {20 + 5 * turn}", "goods", "C62", price, changes=changes)
