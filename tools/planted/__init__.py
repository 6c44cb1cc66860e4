"""Companies made up for evidence: clean months, then errors planted in the last as field edits.

What comes in: a seed (text) and how many bills the month under test has. What goes out: the files
that a company imports, a year of months before it, and the key to what was planted. Nothing here
knows a check: the generator imports no part of the product.
"""

from tools.planted.company import Company, company
from tools.planted.edits import EDITS, Edit
from tools.planted.planting import Planted, plant
from tools.planted.write import write_history, write_master, write_month

__all__ = [
    "EDITS",
    "Company",
    "Edit",
    "Planted",
    "company",
    "plant",
    "write_history",
    "write_master",
    "write_month",
]
