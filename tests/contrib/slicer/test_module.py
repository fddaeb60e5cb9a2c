"""The part that needs Slicer can't run here; but it is thin, its imports are there, and Python 3.9 can read it."""

from __future__ import annotations

import ast
import importlib
import re
import sys
from pathlib import Path

import pytest

from documents import ROOT

MODULE = ROOT / "contrib" / "slicer" / "TOMAATClient"
PACKAGE = sorted((MODULE / "tomaat_slicer").glob("*.py"))
QT = [MODULE / "TOMAATClient.py", *sorted((MODULE / "TOMAATClientLib").glob("*.py"))]
SLICER = {"ctk", "qt", "slicer"}
"""What only Slicer's Python has."""


def tree_of(path: Path) -> ast.Module:
    """The file as Python 3.9 reads it: Slicer 5.0 brought that."""
    return ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))


def imports_of(path: Path) -> list[tuple[str, str]]:
    """The modules that a file imports, each with the name that it takes from it, if it takes one."""
    found = []
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found += [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            found += [(str(node.module), alias.name) for alias in node.names]
    return found


@pytest.mark.parametrize("path", [*PACKAGE, *QT], ids=lambda path: path.name)
def test_python_3_9_can_read_it(path: Path) -> None:
    tree = tree_of(path)
    assert ("__future__", "annotations") in imports_of(path)
    evaluated = [node for node in ast.walk(tree) if isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp)]
    assert not [
        node for node in evaluated if isinstance(node.value, ast.BinOp) and isinstance(node.value.op, ast.BitOr)
    ]
    calls = {
        node.func.id: node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    keywords = {keyword.arg for node in calls.values() for keyword in node.keywords}
    assert not keywords & {"strict", "slots", "kw_only"}  # of zip and dataclass, since 3.10


@pytest.mark.parametrize("path", PACKAGE, ids=lambda path: path.name)
def test_the_package_needs_python_alone(path: Path) -> None:
    for module, _ in imports_of(path):
        assert module.partition(".")[0] in sys.stdlib_module_names | {"tomaat_slicer"}


@pytest.mark.parametrize("path", QT, ids=lambda path: path.name)
def test_every_import_of_the_qt_part_is_there(path: Path) -> None:
    for module, name in imports_of(path):
        if module.partition(".")[0] in SLICER:
            continue
        if module.startswith("TOMAATClientLib"):
            assert (MODULE / (module.replace(".", "/") + ".py")).exists() or (MODULE / module / f"{name}.py").exists()
        elif name:
            assert hasattr(importlib.import_module(module), name)


@pytest.mark.parametrize("path", QT, ids=lambda path: path.name)
def test_the_qt_part_only_shows(path: Path) -> None:
    modules = {module.partition(".")[0] for module, _ in imports_of(path)}
    assert modules <= SLICER | {
        "TOMAATClientLib",
        "__future__",
        "pathlib",
        "shutil",
        "tempfile",
        "tomaat_slicer",
        "typing",
    }


def test_the_attributes_that_the_widget_uses_are_its_own() -> None:
    """A misspelled name would show only in Slicer."""
    widget = next(
        node for node in tree_of(QT[0]).body if isinstance(node, ast.ClassDef) and node.name.endswith("Widget")
    )
    own = [node for node in ast.walk(widget) if isinstance(node, ast.Attribute) and _is_self(node.value)]
    stored = {node.attr for node in own if isinstance(node.ctx, ast.Store)}
    methods = {node.name for node in widget.body if isinstance(node, ast.FunctionDef)}
    assert {node.attr for node in own} - stored - methods == {"layout"}


def test_cmake_installs_every_file() -> None:
    text = (MODULE / "CMakeLists.txt").read_text(encoding="utf-8").replace("${MODULE_NAME}", "TOMAATClient")
    files = {path.relative_to(MODULE).as_posix() for path in [*PACKAGE, *QT]}
    assert set(re.findall(r"^\s+(\S+\.py)$", text, re.MULTILINE)) == files
    (icon,) = re.findall(r"^\s+(\S+\.png)$", text, re.MULTILINE)
    assert (MODULE / icon).read_bytes().startswith(b"\x89PNG")


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"
