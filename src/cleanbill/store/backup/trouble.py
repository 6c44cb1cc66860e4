"""What can go wrong with backups."""

from __future__ import annotations


class NoBackup(ValueError):
    """The backup cannot be made, or the file is none that can be restored here."""


class BooksThere(ValueError):
    """Restoring would lose the books that the database holds."""
