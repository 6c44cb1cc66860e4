"""The sample company: plausible source files with planted errors and the key to them.

What comes in: a folder, a seed, a size. What goes out: ``company.toml``, the five source files of
``docs/import-files.md`` and ``answer-key.csv``, the same bytes for the same seed on any machine.
Everything in them is invented: companies, numbers, addresses of the web.
"""

from cleanbill.actions.sample.errors import ERRORS, PlantedError
from cleanbill.actions.sample.size import LARGE, SMALL, SampleSize
from cleanbill.actions.sample.timeline import LAST_DAY, PERIOD
from cleanbill.actions.sample.write import SampleSummary, write_sample

__all__ = [
    "ERRORS",
    "LARGE",
    "LAST_DAY",
    "PERIOD",
    "SMALL",
    "PlantedError",
    "SampleSize",
    "SampleSummary",
    "write_sample",
]
