"""Which Chromium the tests take, and that they say so where there is none."""

from __future__ import annotations

import os

import pytest
from tests.browser.chromium import NoChromium, chromium


@pytest.fixture(autouse=True)
def unnamed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLEANBILL_CHROMIUM", raising=False)


def nothing(_: str) -> None:
    return None


def test_one_that_is_there_is_taken():
    there = {"google-chrome": "/opt/chrome"}
    assert chromium(there.get, lambda _: pytest.fail("nothing to install")) == "/opt/chrome"


def test_root_installs_debians_package(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "getuid", lambda: 0)
    there = {"apt-get": "/usr/bin/apt-get"}

    def run(command: list[str]) -> str:
        if "install" in command:
            there["chromium"] = "/usr/bin/chromium"
        return ""

    assert chromium(there.get, run) == "/usr/bin/chromium"


def test_others_take_playwrights_own(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    ran = []
    assert chromium({"apt-get": "/usr/bin/apt-get"}.get, lambda c: ran.append(c) or "") is None
    assert [command[1:] for command in ran] == [["-m", "playwright", "install", "chromium"]]


def test_where_none_can_be_had_it_is_said():
    with pytest.raises(NoChromium, match=r"(?s)Install the package chromium.*no network"):
        chromium(nothing, lambda _: "no network")


def test_a_named_one_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CLEANBILL_CHROMIUM", "/nowhere/chromium")
    with pytest.raises(NoChromium, match="/nowhere/chromium"):
        chromium()
