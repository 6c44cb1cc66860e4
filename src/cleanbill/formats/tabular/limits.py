"""How large a file may be before it is refused, so that a hostile one costs little.

Bytes, rows, columns and seconds. Whoever needs more changes them here, in one place.
"""

from __future__ import annotations

MAX_FILE_BYTES = 1 << 30
MAX_ROWS = 5_000_000
MAX_COLUMNS = 1_000
MAX_CELL_BYTES = 1_000_000
MAX_LINE_BYTES = 16 << 20
"""A stretch without any line break that is longer than this is no table."""

XLSX_MAX_ROWS = 1_048_576
XLSX_MAX_UNPACKED_BYTES = 500_000_000
XLSX_MAX_PARTS = 5_000
XLSX_MEMORY_BYTES = 1 << 30
"""Address space that the reading child process may take beyond its own code."""
XLSX_SECONDS = 60
"""Processor and wall clock seconds of the reading child process."""

SAMPLE_ROWS = 10_000
"""Rows that ``sniff`` looks at."""
