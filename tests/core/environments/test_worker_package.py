"""The package that environments get has all that a worker needs, and nothing that needs a host's libraries."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from importlib.metadata import PathDistribution
from pathlib import Path
from zipfile import Path as ZipPath
from zipfile import ZipFile

import pytest

import tomaat
from environments import imported_in
from tomaat.environments.environment import Environment
from tomaat.environments.worker_package import LIBRARIES, build_worker_wheel, is_in_package, worker_version

EXTRAS = ("torch", "monai", "onnxruntime", "vtkmodules", "safetensors")
"""Libraries that a plugin asks for with an extra."""
LAZY = {
    ("tomaat.server.service", "tomaat.server.running"),  # a script that serves itself is in no environment
}
"""Imports of what is left out, in functions that no worker calls."""


def modules() -> Iterator[tuple[str, Path]]:
    root = Path(tomaat.__file__).parent
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root.parent).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports(source: str) -> set[str]:
    """What a module imports of TOMAAT, in functions too, without what it needs for its types alone."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = [ast.Pass()]
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name for name in found if name.partition(".")[0] == "tomaat"}


def test_nothing_in_it_imports_what_is_left_out() -> None:
    """Where this fails, a module that workers need stands in LEFT_OUT, or one that only hosts need does not."""
    known = dict(modules())
    missing = {
        (name, imported)
        for name, path in known.items()
        if is_in_package(name)
        for imported in imports(path.read_text(encoding="utf-8"))
        if imported in known and not is_in_package(imported)
    }
    assert missing - LAZY == set()


def test_all_of_it_can_be_imported_where_nothing_else_is(made: Environment) -> None:
    """The libraries of its extras apart."""
    wanted = [name for name, _ in modules() if is_in_package(name)]
    failed = imported_in(made, wanted)
    assert {name: error for name, error in failed.items() if not error.startswith(EXTRAS)} == {}


def test_hosts_and_clients_are_not_in_it(made: Environment) -> None:
    names = ["tomaat.host", "tomaat.jobs", "tomaat.client", "sanic", "sqlalchemy", "httpx", "click", "tomaat_announce"]
    assert set(imported_in(made, names)) == set(names)


def test_it_needs_few_libraries_and_brings_the_same_extras(tmp_path: Path) -> None:
    wheel = build_worker_wheel(tmp_path, worker_version())
    metadata = PathDistribution(ZipPath(wheel, f"tomaat-{worker_version()}.dist-info/")).metadata  # type: ignore[arg-type]
    required = metadata.get_all("Requires-Dist") or []
    named = {line.partition(">")[0].lower() for line in required if "extra" not in line}
    assert named == set(LIBRARIES)
    assert metadata.get_all("Provides-Extra") == ["mesh", "onnx", "torch"]
    assert any(line.startswith("torch>") for line in required)


def test_the_same_files_give_the_same_package(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
    assert build_worker_wheel(one, "1").read_bytes() == build_worker_wheel(other, "1").read_bytes()


def test_pip_finds_nothing_wrong_with_it(made: Environment) -> None:
    done = subprocess.run(
        [made.python, "-I", "-m", "pip", "check"], capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert (done.returncode, done.stdout) == (0, "No broken requirements found.\n")


@pytest.mark.parametrize("name", ["tomaat/py.typed", "tomaat/scripts/templates/app.py.tmpl"])
def test_what_is_no_python_is_in_it(tmp_path: Path, name: str) -> None:
    with ZipFile(build_worker_wheel(tmp_path, "1")) as wheel:
        assert name in wheel.namelist()
        assert wheel.testzip() is None
