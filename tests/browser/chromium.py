"""A Chromium to test with: one that is there, else Debian's package, else Playwright's own.

``CLEANBILL_CHROMIUM`` names one by its path. Installing happens once, whichever of several test
processes comes first; where none can be had, the tests fail and say what was tried.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")


class NoChromium(RuntimeError):
    """There is none and none could be installed; the message says what was tried."""


def chromium(
    which: Callable[[str], str | None] = shutil.which,
    run: Callable[[list[str]], str] | None = None,
) -> str | None:
    """Return the path of a Chromium; None for the one that Playwright has downloaded.

    ``run`` carries out a command and returns what it said if it failed. Raises NoChromium.
    """
    named = os.environ.get("CLEANBILL_CHROMIUM")
    if named:
        if not Path(named).is_file():
            raise NoChromium(f"CLEANBILL_CHROMIUM names {named}, where there is no file")
        return named
    with (Path(tempfile.gettempdir()) / f"cleanbill-chromium-{os.getuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _found(which) or _installed(which, run or _said)


def _found(which: Callable[[str], str | None]) -> str | None:
    return next((path for path in map(which, NAMES) if path), None)


def _installed(which: Callable[[str], str | None], run: Callable[[list[str]], str]) -> str | None:
    tried = []
    if os.getuid() == 0 and which("apt-get"):
        for command in (
            ["apt-get", "update", "-qq"],
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"],
        ):
            told = run(command)
            if told:
                tried.append(f"{' '.join(command)}: {told}")
        path = _found(which)
        if path:
            return path
    own = [sys.executable, "-m", "playwright", "install", "chromium"]
    told = run(own)
    if not told:
        return None
    tried.append(f"{' '.join(own[1:])}: {told}")
    raise NoChromium(
        "The browser tests need Chromium, and none could be had. Install the package chromium, or "
        "name one in CLEANBILL_CHROMIUM. Tried:\n" + "\n".join(tried)
    )


def _said(command: list[str]) -> str:
    """Carry a command out; return what it said if it failed, else nothing."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    return "" if done.returncode == 0 else (done.stderr or done.stdout).strip()[-800:] or "failed"
