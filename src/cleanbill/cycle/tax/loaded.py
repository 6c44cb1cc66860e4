"""What an organisation has loaded for its taxes: certificates of exemption, American rates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from cleanbill.cycle.tax.american import American
from cleanbill.engine.tables import MasterData


@dataclass(frozen=True, slots=True)
class Exemption:
    """A claim of exemption in a country, or a region of it; ``proven`` by a certificate or not."""

    kind: str
    country: str
    region: str | None
    certificate: str | None
    valid_from: date
    valid_to: date | None
    proven: bool

    @property
    def lacks(self) -> str:
        """What a claim that is not proven lacks, in words."""
        if self.certificate is None:
            return f"the exemption ({self.kind}) was claimed without a certificate"
        return f"certificate {self.certificate} ({self.kind}) ended: it held until {self.valid_to}"


@dataclass(frozen=True, slots=True)
class Loaded:
    """Tables from outside, to be asked by day and place."""

    exemptions: Mapping[str, tuple[Exemption, ...]] = field(default_factory=dict)
    american: American = field(default_factory=American)

    def exemption(
        self, customer: str | None, country: str, region: str, day: date
    ) -> Exemption | None:
        """Return the customer's exemption in a region on a day; one that ended proves nothing."""
        claims = [
            e
            for e in self.exemptions.get(customer or "", ())
            if e.country == country and e.region in (None, region) and e.valid_from <= day
        ]
        current = [e for e in claims if e.valid_to is None or day < e.valid_to]
        for claim in current:
            if claim.proven:
                return claim
        unproven = current or claims[-1:]
        return replace(unproven[0], proven=False) if unproven else None

    @property
    def days(self) -> set[date]:
        """The days on which anything loaded begins or ends."""
        of_claims = {
            day
            for claims in self.exemptions.values()
            for claim in claims
            for day in (claim.valid_from, claim.valid_to)
            if day is not None
        }
        return of_claims | self.american.days


def exemptions(master: MasterData) -> dict[str, tuple[Exemption, ...]]:
    """Return the exemptions of each customer, the earlier ones first."""
    claims: dict[str, tuple[Exemption, ...]] = {}
    ordered = master.exemptions.sort("customer", "valid_from", maintain_order=True)
    for row in ordered.iter_rows(named=True):
        claim = Exemption(
            row["kind"],
            row["country"],
            row["region"],
            row["certificate"],
            row["valid_from"] or date.min,
            row["valid_to"],
            row["certificate"] is not None,
        )
        claims[row["customer"]] = (*claims.get(row["customer"], ()), claim)
    return claims
