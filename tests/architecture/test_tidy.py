"""Rules of the code base that no other tool holds: lengths, words, floats, clocks, docs."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from tools import docs_cli, docs_findings, docs_regimes

from cleanbill.cycle.verify.catalogue import DECLARED

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src/cleanbill"
FILE_LINES, FUNCTION_LINES = 300, 50
NO_NAMES = {"utils", "helpers", "common", "misc", "manager", "handle", "process"}
EXACT_FLOORS = ("nouns", "engine", "ledger", "cycle", "store", "actions")
"""No float lives here; files from outside (formats) may hold some and are read by their text."""
UNDIVIDED_FLOORS = ("nouns", "engine", "ledger", "cycle")
TIMELESS_FLOORS = ("nouns", "engine", "ledger", "formats", "cycle", "store")
TASKS = (
    "help",
    "demo",
    "serve",
    "test",
    "check",
    "bench",
    "cases",
    "laws",
    "storm",
    "queue",
    "docs",
    "lock",
    "clean",
)


@cache
def modules() -> dict[str, ast.Module]:
    """Return every module of the source by its place in the house; migrations are generated."""
    files = (f for f in sorted(SOURCE.rglob("*.py")) if "migrations" not in f.parts)
    return {f.relative_to(SOURCE).as_posix(): ast.parse(f.read_text("utf-8")) for f in files}


def nodes(*floors: str) -> Iterator[tuple[str, ast.AST]]:
    """Yield each node of the modules on these floors, with the place to name it by."""
    for place, tree in modules().items():
        if place.split("/")[0] in floors:
            for node in ast.walk(tree):
                yield f"{place}:{getattr(node, 'lineno', 0)}", node


@cache
def texts() -> dict[str, str]:
    """Return every text file that is kept in the repository; without git, every file."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode == 0:
        names = [name for name in listed.stdout.split("\0") if name]
    else:
        kept = ("src", "tests", "docs", "tools", "bench", "examples")
        names = [f.name for f in ROOT.iterdir() if f.is_file()]
        names += [f.relative_to(ROOT).as_posix() for k in kept for f in (ROOT / k).rglob("*.*")]
    found = {}
    for name in names:
        if "__pycache__" not in name and (ROOT / name).is_file():
            found[name] = (ROOT / name).read_bytes().decode("utf-8", "ignore")
    return found


def test_every_door_has_a_sign() -> None:
    doors = {p: ast.get_docstring(t) for p, t in modules().items() if p.endswith("__init__.py")}
    unsigned = [p for p, sign in doors.items() if not re.match(r"[A-Z`].+?[.:]", sign or "", re.S)]
    assert not unsigned


def test_no_file_is_long() -> None:
    lengths = {p: (SOURCE / p).read_text("utf-8").count("\n") for p in modules()}
    assert not {p: n for p, n in lengths.items() if n > FILE_LINES}


def test_no_function_is_long() -> None:
    """Count what a function does: its statements, without signature and docstring."""
    long = {}
    for place, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
                if lines > FUNCTION_LINES:
                    long[f"{place}:{node.name}"] = lines
    assert not long


def test_every_module_has_a_name_of_the_trade() -> None:
    words = {p: {Path(part).stem for part in p.split("/")} for p in modules()}
    assert not [p for p, parts in words.items() if parts & NO_NAMES]


def test_no_floats_near_money() -> None:
    found = [
        place
        for place, node in nodes(*EXACT_FLOORS)
        if (isinstance(node, ast.Name) and node.id == "float")
        or (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Attribute) and node.attr in ("Float32", "Float64", "Decimal"))
    ]
    assert not found


def test_only_exact_divides() -> None:
    """Joining a path to a name is no division; everything else goes through engine.exact."""
    found = [
        place
        for place, node in nodes(*UNDIVIDED_FLOORS)
        if isinstance(node, ast.BinOp | ast.AugAssign)
        and isinstance(node.op, ast.Div)
        and not isinstance(getattr(node, "right", None), ast.JoinedStr)
        and not isinstance(getattr(getattr(node, "right", None), "value", None), str)
        and not place.startswith("engine/exact.py")
    ]
    assert not found


def test_no_clock_and_no_dice_below_actions() -> None:
    found = []
    for place, node in nodes(*TIMELESS_FLOORS):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        if {"random", "secrets", "uuid"} & {n.split(".")[0] for n in names} or (
            isinstance(node, ast.Attribute) and node.attr in ("now", "today", "utcnow")
        ):
            found.append(place)
    assert not found


def test_nothing_is_left_for_later() -> None:
    marks = re.compile(r"\b(TO" + r"DO|FIX" + r"ME)\b")
    assert not [name for name, text in texts().items() if marks.search(text)]


def test_no_file_names_a_machine_or_a_registry() -> None:
    places = ("/wo" + "rk/", "pypi" + ".org", "pythonhosted" + ".org", "/opt/" + "pypi")
    assert not [(name, p) for name, text in texts().items() for p in places if p in text]


def test_lock_files_name_hashes_and_no_address() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text("utf-8")
        assert not re.search(r"https?:|file:|find-links|index-url", text)
        pinned = re.findall(r"^[a-z][\w.-]*(?:\[\w+\])?==\S+.*\\\n    --hash=sha256:", text, re.M)
        assert len(pinned) == len(re.findall(r"^[a-z]", text, re.M)) > 20


def test_every_finding_has_one_code_and_its_place_in_the_docs() -> None:
    codes = [check.code for check in DECLARED]
    assert len(set(codes)) == len(codes)
    page = (ROOT / "docs/findings.md").read_text("utf-8")
    documented = re.findall(r"^### (\S+)$", page, re.M)
    assert documented == re.findall(r"\[(CB-\S+)\]", page)
    assert sorted(documented) == sorted(codes)


@pytest.mark.parametrize("tool", [docs_findings, docs_cli, docs_regimes])
def test_generated_pages_are_up_to_date(tool: object) -> None:
    assert tool.PAGE.read_text("utf-8") == tool.page(), "run `make docs`"


def test_every_command_has_one_example_that_calls_it() -> None:
    assert docs_cli.EXAMPLES.keys() == docs_cli.commands().keys()
    for name, example in docs_cli.EXAMPLES.items():
        assert f"{example} ".startswith(f"cleanbill {name} ")
        options = {o for p in docs_cli.commands()[name].params for o in p.opts}
        assert set(re.findall(r"(?<= )--[\w-]+", example)) <= options


def test_the_readme_begins_with_the_two_commands() -> None:
    blocks = re.findall(r"```\w*\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)
    assert blocks[0].split("\n") == ["make demo", "make test", ""]


def test_every_task_says_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    told = dict(re.findall(r"^([a-z]+):.*?## (.+)$", makefile, re.M))
    named = re.search(r"^\.PHONY: (help .*)$", makefile, re.M)
    assert named
    assert list(told) == named[1].split() == [t for t in TASKS if t in told]
    assert all(re.match(r"[A-Z].*[.)]$", sentence) for sentence in told.values())


def test_every_link_between_the_pages_leads_somewhere() -> None:
    for name, text in texts().items():
        if name.endswith(".md"):
            for link in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", text):
                assert ((ROOT / name).parent / link).exists(), f"{name} → {link}"
