"""Draw charges from terms: what has fallen due, and what corrects charges drawn before.

In: sets of terms as they are kept, each with what was drawn from it before; master data; a day.
Out: rows of CHARGES with the basis of each as JSON, what is to be remembered of each set of terms,
and findings on those that cannot be charged: one of them never stops the others.

Kinds of terms differ in how they fall due and in what they write down as the basis of a charge.
``KINDS`` says how each is drawn, told and replayed, and nothing else knows one from another.
"""

from cleanbill.cycle.draw.bundles import part_name
from cleanbill.cycle.draw.draw import KINDS, Draw, Kind, draw, explained, replayed, told
from cleanbill.cycle.draw.replay_bundles import bundle_shown
from cleanbill.cycle.draw.slots import reckoned
from cleanbill.cycle.draw.terms import Context, Found, Refused, Wanted

__all__ = [
    "KINDS",
    "Context",
    "Draw",
    "Found",
    "Kind",
    "Refused",
    "Wanted",
    "bundle_shown",
    "draw",
    "explained",
    "part_name",
    "reckoned",
    "replayed",
    "told",
]
