"""Charges that are drawn from terms: what is agreed with a customer, charged as it falls due."""

from __future__ import annotations

RECURRING = "recurring"
"""The kind of terms that are charged period by period."""
DRAWN = (RECURRING,)
"""Every kind of terms; the source of a charge drawn from them has its name.

The price that such a charge brings is its own: it was worked out from the terms and no price list
overrides it, whatever the policy says of prices. No file may bring charges under these names.
"""
PIECE = "C62"
"""The unit of what is counted as a whole."""
