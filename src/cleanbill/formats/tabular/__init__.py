"""Files of rows: CSV, XLSX, Parquet and JSON Lines in, typed rows and reject files out.

``sniff`` looks at a file and shows what it found; ``read`` makes a table of text columns;
``mapped`` turns it, by a profile, into typed rows, rejected rows with reasons, and control totals.
Nothing is rounded, guessed silently or lost: every row is either accepted or rejected.
"""

from cleanbill.formats.tabular.answers import answers, plain
from cleanbill.formats.tabular.columns import KINDS
from cleanbill.formats.tabular.errors import UnreadableFile, WrongProfile
from cleanbill.formats.tabular.fields import Field, Type
from cleanbill.formats.tabular.identity import content_hash
from cleanbill.formats.tabular.layout import ColumnLook, FileFormat, Layout
from cleanbill.formats.tabular.mapping import Intake, mapped
from cleanbill.formats.tabular.mends import Mends, mended
from cleanbill.formats.tabular.profile import Formats, Profile, Rule, builtin_profiles, dump
from cleanbill.formats.tabular.profile_text import load_profile
from cleanbill.formats.tabular.read import read
from cleanbill.formats.tabular.refused import refused
from cleanbill.formats.tabular.rejects import write_rejects, write_rows
from cleanbill.formats.tabular.settled import Notation
from cleanbill.formats.tabular.sniff import sniff
from cleanbill.formats.tabular.suggest import suggested
from cleanbill.formats.tabular.totals import balanced, control_totals

__all__ = [
    "KINDS",
    "ColumnLook",
    "Field",
    "FileFormat",
    "Formats",
    "Intake",
    "Layout",
    "Mends",
    "Notation",
    "Profile",
    "Rule",
    "Type",
    "UnreadableFile",
    "WrongProfile",
    "answers",
    "balanced",
    "builtin_profiles",
    "content_hash",
    "control_totals",
    "dump",
    "load_profile",
    "mapped",
    "mended",
    "plain",
    "read",
    "refused",
    "sniff",
    "suggested",
    "write_rejects",
    "write_rows",
]
