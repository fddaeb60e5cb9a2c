"""The repository keeps its shape: packages, file lengths, names, versions, hooks."""

from __future__ import annotations

import configparser
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import tomaat
import tomaat_announce
from tomaat import hookspecs
from tomaat.host.finding import HOST_PLUGINS
from tomaat.plugins import find_plugins

ROOT = Path(__file__).parents[2]
SOURCES = ("core", "announce", "plugins", "contrib")
FORBIDDEN = {"utils", "util", "helpers", "helper", "common", "manager"}
LONGEST = 500
HOOKS = {name: value for name, value in vars(hookspecs).items() if name.startswith("tomaat_")}


def files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py"):
            if not {"build", ".tox", "node_modules"} & set(path.parts):
                yield path


def packages(folder: str) -> set[str]:
    """The packages under a source folder: every folder there that has Python files in it."""
    found = {path.parent.relative_to(ROOT / folder) for path in files(folder) if "templates" not in path.parts}
    return {".".join(path.parts) for path in found}


def test_setup_cfg_lists_every_package() -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    listed = setup["options"]["packages"].split()
    assert sorted(listed) == sorted(packages("core") | packages("announce"))


def test_every_package_has_an_init() -> None:
    missing = [
        name
        for folder in ("core", "announce")
        for name in packages(folder)
        if not (ROOT / folder / name.replace(".", "/") / "__init__.py").exists()
    ]
    assert missing == []


def test_no_file_is_too_long() -> None:
    lengths = {
        path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines()) for path in files(*SOURCES, "tests")
    }
    assert {str(path): length for path, length in lengths.items() if length > LONGEST} == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [str(path) for path in files(*SOURCES, "tests") if {path.stem, path.parent.name} & FORBIDDEN] == []


def test_the_changelog_begins_with_this_version() -> None:
    newest = re.search(r"^## \[?([^\]\s]+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest
    assert newest[1] == tomaat.__version__ == tomaat_announce.__version__


def test_the_changelog_is_newest_first_and_has_each_version_once() -> None:
    versions = re.findall(r"^## \[?([^\]\s]+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(set(versions)) == len(versions)


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_used_by_a_plugin_of_our_own(hook: str) -> None:
    manager = find_plugins(HOST_PLUGINS).manager
    modules = {implementation.plugin.__name__ for implementation in getattr(manager.hook, hook).get_hookimpls()}
    assert any(name.split(".")[0].startswith("tomaat") for name in modules)


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_has_a_section_under_its_signature(hook: str) -> None:
    parameters = ", ".join(inspect.signature(HOOKS[hook]).parameters)
    assert f"## {hook}({parameters})" in (ROOT / "docs" / "hooks.md").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_says_what_its_arguments_are_and_since_when(hook: str) -> None:
    docstring = inspect.getdoc(HOOKS[hook]) or ""
    assert re.search(r"^\.\. versionadded:: \d+\.\d+$", docstring, re.MULTILINE)
    assert re.findall(r"^:param (\w+):", docstring, re.MULTILINE) == list(inspect.signature(HOOKS[hook]).parameters)


def test_hookspecs_holds_hooks_and_nothing_else() -> None:
    own = {name for name, value in vars(hookspecs).items() if getattr(value, "__module__", "") == hookspecs.__name__}
    assert own - set(HOOKS) == {"RegisterApp", "RegisterElement", "RegisterWeightsLoader"}
