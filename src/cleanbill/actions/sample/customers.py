"""``customers.csv``: businesses with VAT ids, numbered households, public bodies."""

from __future__ import annotations

from collections import Counter

from cleanbill.actions.sample.draw import Draw
from cleanbill.actions.sample.identifiers import VatIds, routing_id
from cleanbill.actions.sample.profiles import Profile
from cleanbill.actions.sample.rows import Row
from cleanbill.actions.sample.vocabulary import (
    FORMS,
    HOUSEHOLDS,
    LANGUAGES,
    PREFIXES,
    PUBLIC_BODIES,
    PUBLIC_TOWNS,
    STREET_NUMBER_FIRST,
    STREETS,
    TOWNS,
    TRADES,
    web_name,
)


class _Names:
    """Company names, each handed out once."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._firsts = {
            country: draw.shuffled([f"{p} {t}" for p in PREFIXES for t in trades])
            for country, trades in TRADES.items()
        }
        self._used: Counter[str] = Counter()

    def following(self, country: str) -> str:
        language = country if country in TRADES else "DE"
        firsts = self._firsts[language]
        turn, place = divmod(self._used[language], len(firsts))
        self._used[language] += 1
        number = f" {turn + 1}" if turn else ""
        return f"{firsts[place]}{number} {self._draw.pick(FORMS[country])}"


def customer_rows(found: list[Profile], vat_ids: VatIds, draw: Draw) -> list[Row]:
    """Return the rows of ``customers.csv``, one for each profile."""
    names = _Names(draw)
    bodies = 0
    rows = []
    for profile in found:
        row = _address(profile, draw)
        match profile.kind:
            case "consumer":
                row["name"] = f"{HOUSEHOLDS[profile.country]} {profile.customer[2:]}"
                row["email"] = f"haushalt-{profile.customer[2:]}@post.example"
            case "public":
                row["name"] = _public_name(bodies)
                row["email"] = f"rechnungseingang@{web_name(row['name'])}.example"
                row["buyer_reference"] = routing_id(90_000 + bodies)
                bodies += 1
            case _:
                row["name"] = names.following(profile.country)
                mailbox = "rechnung" if LANGUAGES[profile.country] == "de" else "accounts"
                row["email"] = f"{mailbox}@{web_name(row['name'])}.example"
                row["vat_id"] = vat_ids.following(profile.country)
        rows.append(row)
    return rows


def _public_name(number: int) -> str:
    body = PUBLIC_BODIES[number % len(PUBLIC_BODIES)]
    turn, place = divmod(number // len(PUBLIC_BODIES), len(PUBLIC_TOWNS))
    return f"{body} {PUBLIC_TOWNS[place]}" + (f" {turn + 1}" if turn else "")


def _address(profile: Profile, draw: Draw) -> Row:
    postcode, city = draw.pick(TOWNS[profile.country])
    street, number = draw.pick(STREETS[profile.country]), draw.between(1, 180)
    first = profile.country in STREET_NUMBER_FIRST
    storey = profile.kind == "business" and draw.chance(15)
    return {
        "customer": profile.customer,
        "kind": profile.kind,
        "street": f"{number} {street}" if first else f"{street} {number}",
        "street2": f"Tor {draw.between(1, 9)}" if storey and not first else "",
        "city": city,
        "postcode": postcode,
        "country": profile.country,
        "language": LANGUAGES[profile.country],
        "blocked": "false",
    }
