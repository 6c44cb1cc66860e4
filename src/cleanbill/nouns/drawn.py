"""Charges that are drawn from terms: what is agreed with a customer, charged as it falls due."""

from __future__ import annotations

RECURRING = "recurring"
"""The kind of terms that are charged period by period."""
MILESTONES = "milestones"
"""Contracts that are charged by milestones."""
PROGRESS = "progress"
"""Contracts that are charged by what is complete to date."""
SPEND = "spend"
"""Promises to spend at least, or to be charged at most, so much in a period."""
BUNDLES = "bundles"
"""What bundles are made of: charges of a bundle become charges of its components."""
DRAWN = (RECURRING, MILESTONES, PROGRESS, BUNDLES, SPEND)
"""Every kind of terms; the source of a charge drawn from them has its name.

The price that such a charge brings is its own: it was worked out from the terms and no price list
overrides it, whatever the policy says of prices. No file may bring charges under these names.
"""
RETAINER = "retainer"
"""The source of a charge that fills a retainer up to its level; no file may bring one either."""
OWN_PRICE = (*DRAWN, RETAINER)
"""Sources of charges whose price is their own."""
PIECE = "C62"
"""The unit of what is counted as a whole."""
