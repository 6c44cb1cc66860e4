"""Price plan files: TOML or JSON that people write, read into price rows or refused in words.

The published shape is ``docs/schema/plan-1.json``; ``shape`` is the same for the machine.
"""

from cleanbill.formats.plan_file.problems import PlanFileError, Problem
from cleanbill.formats.plan_file.read import Plan, read

__all__ = ["Plan", "PlanFileError", "Problem", "read"]
