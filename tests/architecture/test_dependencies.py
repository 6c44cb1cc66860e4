"""The product imports only what it installs: what tests bring along is not there for users."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]


def imported() -> dict[str, str]:
    """Every top package that the product imports, with a file that does."""
    found = {}
    for path in sorted((ROOT / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            else:
                continue
            found |= {name.partition(".")[0]: str(path.relative_to(ROOT)) for name in names}
    return found


def test_every_import_is_of_something_that_is_installed_with_the_product():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = set(re.findall(r"^([a-z0-9][a-z0-9._-]*)==", text, flags=re.MULTILINE))
    assert len(locked) > 20
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    # What a person asks for by name (PostgreSQL) is there when it is used.
    asked = (one for group in project["optional-dependencies"].values() for one in group)
    locked |= {re.split(r"[\[<>=]", one)[0] for one in asked}
    of_package = packages_distributions()
    missing = {
        name: where
        for name, where in imported().items()
        if name not in sys.stdlib_module_names
        and name != "cleanbill"
        and not {re.sub(r"[._]", "-", d.lower()) for d in of_package.get(name, [])} & locked
    }
    assert missing == {}
