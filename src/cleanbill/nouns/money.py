"""Money: an amount in whole minor units of one currency. Sums of two currencies do not exist."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from cleanbill.nouns.currency import decimals_of
from cleanbill.nouns.scales import AMOUNT_MAX_MINOR, scaled, unscaled


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies were added or compared."""


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount: ``Money(1999, "EUR")`` is 19.99 euro."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        decimals_of(self.currency)

    @classmethod
    def of(cls, amount: Decimal | int | str, currency: str) -> Money:
        """Return the money of a decimal amount; raises NotExact when cents would be lost.

        >>> Money.of("19.99", "EUR")
        Money(minor=1999, currency='EUR')
        """
        return cls(scaled(amount, decimals_of(currency), AMOUNT_MAX_MINOR), currency)

    @property
    def amount(self) -> Decimal:
        """The amount in major units, with all the currency's decimals."""
        return unscaled(self.minor, decimals_of(self.currency))

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self} and {other} have no common currency")
        return other.minor

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"
