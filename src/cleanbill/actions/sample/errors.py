"""The planted errors: a table of which row is edited how, and which finding it should raise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cleanbill.actions.sample import edits as to
from cleanbill.actions.sample import fitting as on
from cleanbill.actions.sample.draw import Draw
from cleanbill.actions.sample.rows import AGREEMENTS, CHARGES, CUSTOMERS, PRICES, Row
from cleanbill.actions.sample.sources import Sources

REJECTED = "rejected"
"""In place of a finding: the row does not even get past reading the file."""


@dataclass(frozen=True, slots=True)
class PlantedError:
    """One kind of error: which rows of which file it fits, and what it makes of them."""

    name: str
    finding: str
    share: int
    """So many rows of ten thousand of the file get it, at least one."""
    fits: Callable[[Row, Sources], bool]
    edit: Callable[[Row, Sources, Draw], Row]
    """The cells that change; none of them where the whole row is repeated."""
    file: str = CHARGES
    repeats: bool = False
    """The row is written twice."""


ERRORS = (
    PlantedError(
        "vat_id_checksum", "CB-CUS-002", 40, on.reverse_charge, to.wrong_vat_id, CUSTOMERS
    ),
    PlantedError(
        "customer_without_address", "CB-CUS-001", 40, on.plain_business, to.no_address, CUSTOMERS
    ),
    PlantedError(
        "customer_without_country",
        "CB-CUS-004",
        40,
        on.plain_business,
        to.cell("country", ""),
        CUSTOMERS,
    ),
    PlantedError(
        "customer_unknown_country",
        "CB-CUS-004",
        40,
        on.plain_business,
        to.cell("country", "XX"),
        CUSTOMERS,
    ),
    PlantedError(
        "customer_blocked",
        "CB-CUS-005",
        40,
        on.plain_business,
        to.cell("blocked", "true"),
        CUSTOMERS,
    ),
    PlantedError(
        "overlapping_agreements",
        "CB-AGR-002",
        40,
        on.ended_agreement,
        to.cell("valid_to", ""),
        AGREEMENTS,
    ),
    PlantedError(
        "overlapping_prices", "CB-PRC-002", 5, on.changed_price, to.cell("valid_to", ""), PRICES
    ),
    PlantedError(
        "cancellation_ambiguous", "CB-CHG-013", 10, on.twin_cancellation, to.cell("cancels", "")
    ),
    PlantedError(
        "cancellation_without_original", "CB-CHG-012", 10, on.cancellation, to.unknown_original
    ),
    PlantedError(
        "cancellation_exceeds_original", "CB-CHG-014", 10, on.cancellation, to.threefold_original
    ),
    PlantedError(
        "purchase_order_missing", "CB-CUS-003", 15, on.needs_order, to.cell("purchase_order", "")
    ),
    PlantedError("before_the_agreement", "CB-AGR-001", 10, on.by_piece, to.day_before_agreement),
    PlantedError("category_without_rate", "CB-TAX-001", 10, on.german_goods, to.untaxed_item),
    PlantedError(
        "amount_out_of_bounds", "CB-CHG-016", 10, on.dear_goods, to.cell("quantity", "900000000000")
    ),
    PlantedError("price_ended", "CB-PRC-001", 10, on.goods, to.ended_item),
    PlantedError("exact_duplicate", "CB-CHG-001", 20, on.sale, to.nothing, repeats=True),
    PlantedError("quantity_zero", "CB-CHG-002", 15, on.by_piece, to.cell("quantity", "0")),
    PlantedError("price_zero", "CB-CHG-003", 10, on.unlisted, to.cell("unit_price", "0")),
    PlantedError("price_negative", "CB-CHG-004", 10, on.unlisted, to.negative_price),
    PlantedError("quantity_negative", "CB-CHG-005", 15, on.by_piece, to.negative_quantity),
    PlantedError("customer_unknown", "CB-CHG-006", 10, on.sale, to.unknown_customer),
    PlantedError("item_unknown", "CB-CHG-007", 15, on.sale, to.unknown_item),
    PlantedError("customer_missing", "CB-CHG-008", 10, on.sale, to.cell("customer", "")),
    PlantedError("service_date_missing", REJECTED, 10, on.sale, to.cell("service_date", "")),
    PlantedError("service_date_far_future", "CB-CHG-010", 10, on.by_piece, to.day_in_2027),
    PlantedError("currency_differs", "CB-CHG-011", 10, on.by_piece, to.other_currency),
    PlantedError("test_row", "CB-CHG-017", 15, on.sale, to.cell("description", "TEST do not bill")),
)
"""All kinds, in the order in which they choose their rows: the choosiest first."""
