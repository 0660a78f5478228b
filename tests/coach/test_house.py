"""The coach keeps to its room: no Home Assistant, no I/O, no clock of its own, no randomness."""

import ast
from collections.abc import Iterator
from pathlib import Path
import subprocess
import sys

import pytest

from .conftest import INTEGRATION

COACH = INTEGRATION / "coach"
FILES = sorted(COACH.rglob("*.py"))

WORLDLY_MODULES = frozenset(
    [
        "asyncio",
        "concurrent",
        "ctypes",
        "fileinput",
        "http",
        "importlib",
        "io",
        "locale",
        "logging",
        "multiprocessing",
        "os",
        "pathlib",
        "pickle",
        "platform",
        "random",
        "secrets",
        "shelve",
        "shutil",
        "signal",
        "socket",
        "sqlite3",
        "subprocess",
        "sys",
        "tempfile",
        "threading",
        "time",
        "urllib",
        "uuid",
    ]
)
"""Modules of the standard library that know a clock, a disk, chance or another process."""

CLOCKS_AND_CHANCE = {"now", "utcnow", "today", "time_ns", "monotonic", "perf_counter", "urandom"}
WORLDLY_CALLS = {"open", "print", "input", "exec", "eval", "compile", "__import__"}


def files_of_the_coach() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield how many packages up each import goes, and the first part of its name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name.partition(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.level, (node.module or "").partition(".")[0]


def worldly_calls(tree: ast.AST) -> Iterator[str]:
    """Yield the calls that ask a clock, chance, a disk or the machine's own time zone."""
    for call in ast.walk(tree):
        match call:
            case ast.Call(func=ast.Name(id=name)) if name in WORLDLY_CALLS | CLOCKS_AND_CHANCE:
                yield name
            case ast.Call(func=ast.Attribute(attr=name)) if name in CLOCKS_AND_CHANCE:
                yield name
            case ast.Call(func=ast.Attribute(attr="astimezone"), args=[], keywords=[]):
                yield "astimezone without a zone"


def test_all_files_of_the_coach_are_seen() -> None:
    assert {"levels.py", "limits.py", "plan.py", "session.py", "ledger.py"} <= {
        file.name for file in FILES
    }


@files_of_the_coach()
def test_the_coach_imports_only_itself_and_the_standard_library(file: Path) -> None:
    """Red when: a file imports homeassistant, `from ..const import DOMAIN`, or `time`."""
    for packages_up, name in imports(ast.parse(file.read_text())):
        if packages_up:
            assert packages_up == 1, f"{name} is outside of the coach"
            assert not name or (COACH / f"{name}.py").exists()
        else:
            assert name in sys.stdlib_module_names, f"{name} is not Python's own"
            assert name not in WORLDLY_MODULES, f"{name} knows the world"


@files_of_the_coach()
def test_the_coach_asks_no_clock_no_chance_and_no_disk(file: Path) -> None:
    """Red when: `datetime.now(UTC)`, `date.today()` or `open(...)` appears in a file."""
    assert list(worldly_calls(ast.parse(file.read_text()))) == []


def test_the_coach_needs_nothing_that_is_not_python() -> None:
    """It can be imported where nothing is installed, and loads no module but Python's and its own.

    Red when: a file of the coach imports voluptuous, or the integration around it.
    """
    words = f"""
import importlib, sys
sys.path.append({str(INTEGRATION)!r})
for name in {[file.stem for file in FILES if file.stem != "__init__"]!r}:
    importlib.import_module("coach." + name)
loaded = {{name.partition(".")[0] for name in sys.modules}} - sys.stdlib_module_names
print(*(name for name in loaded if not name.startswith("_")))
"""
    alone = [sys.executable, "-I", "-S", "-c", words]
    done = subprocess.run(alone, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert done.stderr == ""
    assert done.stdout.split() == ["coach"]
