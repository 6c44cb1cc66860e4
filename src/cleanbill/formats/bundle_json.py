"""What a bundle is made of as one line of JSON: how it is kept, version by version.

What is not said is absent; numbers are text. Equal bundles give equal text.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from cleanbill.nouns.bundle import BundleTerms, Component, Shown
from cleanbill.nouns.scales import QUANTITY_DECIMALS, QUANTITY_MAX_E6, scaled, unscaled


def written(terms: BundleTerms) -> str:
    """Return the bundle as JSON, without its version."""
    said: dict[str, Any] = {
        "reference": terms.reference,
        "item": terms.item,
        "start": terms.start.isoformat(),
        "components": [_component(one) for one in terms.components],
    }
    if terms.end is not None:
        said["end"] = terms.end.isoformat()
    if terms.plan is not None:
        said["plan"] = terms.plan
    if terms.shown is not Shown.COMPONENTS:
        said["shown"] = terms.shown.value
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def read(text: str, version: int) -> BundleTerms:
    """Return the bundle of a version. Raises ValueError, KeyError or TypeError for other text."""
    said = json.loads(text)
    return BundleTerms(
        reference=said["reference"],
        item=said["item"],
        start=date.fromisoformat(said["start"]),
        end=date.fromisoformat(said["end"]) if "end" in said else None,
        plan=said.get("plan"),
        shown=Shown(said.get("shown", Shown.COMPONENTS)),
        components=tuple(
            Component(
                item=one["item"],
                quantity_e6=_scaled(one["quantity"]),
                share_e6=_scaled(one["share"]) if "share" in one else None,
                addon=one.get("addon", False),
            )
            for one in said["components"]
        ),
        version=version,
    )


def _component(one: Component) -> dict[str, Any]:
    said: dict[str, Any] = {"item": one.item, "quantity": _text(one.quantity_e6)}
    if one.share_e6 is not None:
        said["share"] = _text(one.share_e6)
    if one.addon:
        said["addon"] = True
    return said


def _scaled(text: str) -> int:
    return scaled(text, QUANTITY_DECIMALS, QUANTITY_MAX_E6)


def _text(number_e6: int) -> str:
    return format(unscaled(number_e6, QUANTITY_DECIMALS), "f").rstrip("0").rstrip(".")
