"""The plan of the house holds, and each contract that keeps it can be broken."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).parents[2]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
    "contracts"
]
FLOORS, ROOMS, PURE, CIRCLES = (contract["name"] for contract in CONTRACTS)
LINT = "from importlinter.cli import lint_imports; lint_imports(no_cache=True, no_logo=True)"
PLANTED = {
    "the ledger knows a format": ("ledger/post.py", "import cleanbill.formats.json_text", FLOORS),
    "a folder without a floor": ("utils/__init__.py", '"""What has no name."""', FLOORS),
    "a stage knows another stage": ("cycle/price/tiers.py", "import cleanbill.cycle.tax", ROOMS),
    "a stage without a door": ("cycle/guess/__init__.py", '"""Guess."""', ROOMS),
    "a stage knows Django": ("cycle/price/tiers.py", "import django.db", PURE),
    "a gateway knows the store": (
        "gateways/patience.py",
        "import cleanbill.store.models",
        FLOORS,
    ),
    "a stage asks the world": ("cycle/price/tiers.py", "import cleanbill.gateways", FLOORS),
    "a noun rolls dice": ("nouns/money.py", "import random", PURE),
    "two files in a circle": (
        "formats/json_text.py",
        "import cleanbill.formats.bill_json",
        CIRCLES,
    ),
}


def test_the_plan_holds() -> None:
    assert lint_imports(config_filename="pyproject.toml", no_cache=True) == EXIT_STATUS_SUCCESS


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the house in which walls may be broken."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def broken(house: Path) -> set[str]:
    """Return the names of the contracts that do not hold in the house."""
    done = subprocess.run(
        [sys.executable, "-c", LINT],
        cwd=house,
        env={**os.environ, "PYTHONPATH": str(house / "src"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    names = {contract["name"] for contract in CONTRACTS}
    told = {
        name: state
        for line in done.stdout.splitlines()
        for name, _, state in [line.rpartition(" ")]
    }
    assert names <= set(told), done.stdout + done.stderr
    return {name for name in names if told[name] == "BROKEN"}


def test_the_copy_holds(house: Path) -> None:
    assert broken(house) == set()


@pytest.mark.parametrize("what", PLANTED)
def test_a_violation_breaks_its_contract_and_no_other(house: Path, what: str) -> None:
    place, line, contract = PLANTED[what]
    file = house / "src/cleanbill" / place
    before = file.read_text() if file.exists() else None
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"{before or ''}\n{line}\n")
    try:
        assert broken(house) == {contract}
    finally:
        if before is None:
            shutil.rmtree(file.parent)
        else:
            file.write_text(before)


def test_every_contract_has_been_broken() -> None:
    assert {contract for _, _, contract in PLANTED.values()} == {c["name"] for c in CONTRACTS}
