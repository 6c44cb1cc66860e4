"""A real browser before the real server, over the books that the demo leaves.

The demo runs once per test process; `cleanbill serve` answers on a free port with its worker. A
desk is a signed-in browser window: of a role, in a language, of a width, light or dark.
With ``CLEANBILL_SCREENS=1``, pictures of the pages are left in ``build/screens``.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from tests.browser.chromium import chromium

SCREENS = Path(__file__).parents[2] / "build" / "screens"
_CLEANBILL = [sys.executable, "-c", "from cleanbill.shells.cli import main; main()"]
HANDS_IN = Path(__file__).with_name("hands_in.py")
PATIENCE = 60
"""Seconds in which the server has to answer."""
SLOWEST = 15_000
"""Milliseconds that a page may take on a machine that has other things to do."""


@dataclass(frozen=True)
class Place:
    """Where the workbench is served, over which books, and the password of its colleagues."""

    url: str
    password: str
    environment: dict[str, str]
    folder: Path

    def run(self, *arguments: str) -> str:
        """Run a command of Cleanbill over the same books; return what it printed."""
        return subprocess.run(
            [*_CLEANBILL, *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout


@pytest.fixture(scope="session")
def place(master_key_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The demo's books, served."""
    folder = tmp_path_factory.mktemp("demo")
    environment = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    environment |= {"CLEANBILL_DATABASE_URL": f"sqlite:///{folder / 'demo/cleanbill.sqlite3'}"}
    made = Place("", "", environment, folder).run("demo", str(folder / "demo"))
    password = re.search(r"password\s+(\S+)", made)
    assert password, "the demo does not tell the password of its colleagues"
    subprocess.run(
        [sys.executable, str(HANDS_IN), "admin@example.com", "1"],
        cwd=folder,
        env=environment,
        check=True,
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(
            [*_CLEANBILL, "serve", "--port", str(port)],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _answers(url, server, folder / "server.log")
            yield Place(url, password[1], environment, folder)
        finally:
            server.terminate()
            server.wait(timeout=PATIENCE)


def _answers(url: str, server: subprocess.Popen[Any], log: Path) -> None:
    for _ in range(PATIENCE * 5):
        if server.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{url}/accounts/login/", timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"cleanbill serve does not answer:\n{log.read_text()}")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium. Of the package only: while it is open, Django takes the thread for a busy loop."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield started
        started.close()


@pytest.fixture(scope="package")
def sessions(browser: Browser, place: Place) -> Callable[[str], Any]:
    """Give the cookies of a role, which signs in once, through the door."""
    kept: dict[str, Any] = {}

    def of(role: str) -> Any:
        if role not in kept:
            context = browser.new_context(base_url=place.url, locale="en")
            context.set_default_timeout(SLOWEST)
            sign_in(context.new_page(), role, place.password)
            kept[role] = context.storage_state()
            context.close()
        return kept[role]

    return of


def sign_in(page: Page, role: str, password: str) -> None:
    """Sign in as a colleague of the demo, with the mouse."""
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(f"{role.replace('_', '-')}@example.com")
    page.locator("input[name=password]").fill(password)
    page.locator("form.stack-form button[type=submit]").click()
    page.wait_for_url("**/o/*/")


Desk = Callable[..., Page]


@pytest.fixture
def desk(browser: Browser, place: Place, sessions: Callable[[str], Any]) -> Iterator[Desk]:
    """Return a function that opens a window; an error of a page's script fails the test."""
    opened: list[BrowserContext] = []
    wrong: list[str] = []

    def open_window(
        role: str | None = "specialist",
        *,
        language: str = "en",
        width: int = 1280,
        height: int = 800,
        scheme: Any = "light",
    ) -> Page:
        context = browser.new_context(
            base_url=place.url,
            locale=language,
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            reduced_motion="reduce",
            storage_state=sessions(role) if role else None,
        )
        context.set_default_timeout(SLOWEST)
        opened.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "console",
            lambda told: wrong.append(told.text) if "Content Security" in told.text else None,
        )
        return page

    yield open_window
    for context in opened:
        context.close()
    assert not wrong


@pytest.fixture
def shot() -> Callable[[Page, str], None]:
    """Return a function that keeps a picture of the whole page, for who wants to look at them.

    Pictures take a quarter of the browser's time and no test looks at them.
    """
    if not os.environ.get("CLEANBILL_SCREENS"):
        return lambda page, name: None
    SCREENS.mkdir(parents=True, exist_ok=True)

    def keep(page: Page, name: str) -> None:
        page.screenshot(path=SCREENS / f"{name}.png", full_page=True)

    return keep
