"""Bills to be posted: addresses for the customers of the tiny company, a box that is scripted."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.actions.company import MASTER, Company

from cleanbill.nouns.delivery import Answer, Outcome

ADDRESSES = {
    "ALPHA": "rechnung@alpha.example",
    "BETA": "accounts@beta.example",
    "OMEGA": "omega at post",
}
"""BETA reads English, ALPHA German; OMEGA's is no address, and GAMMA has none."""


def addressed(company: Company, addresses: dict[str, str] | None = None) -> Company:
    """Give customers their e-mail addresses; return the company."""
    given = ADDRESSES if addresses is None else addresses
    head, *rows = MASTER["customers"].strip().splitlines()
    known = [f"{row},{given.get(row.partition(',')[0], '')}" for row in rows]
    company.take("customers", "\n".join([f"{head},email", *known]), name="addressed.csv")
    return company


@dataclass
class ScriptedBox:
    """Says what it is told to, message by message; then it takes everything."""

    script: list[Answer] = field(default_factory=list)
    got: list[tuple[str, bytes]] = field(default_factory=list)

    def hand_over(self, sender: str, recipient: str, message: bytes) -> Answer:
        """Note the message and answer."""
        self.got.append((recipient, message))
        return self.script.pop(0) if self.script else Answer(Outcome.TAKEN, "250 kept")
