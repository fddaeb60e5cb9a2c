"""Environments for tests: made without an index, and plugins whose dependencies clash."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from importlib.metadata import distribution
from pathlib import Path

from tomaat.environments.environment import Environment, Environments
from tomaat.environments.worker_package import LIBRARIES
from wheels import wheel

Command = Callable[..., subprocess.CompletedProcess[str]]
WITHOUT_INDEX = ("--no-index", "--no-deps")
WORDBOOK = {
    "1.0": "def greeting():\n    return 'How do you do'\n",
    "2.0": "def greet(name):\n    return f'Hello {name}'\n",  # the old function is gone, as in real libraries
}
PLUGIN = '''
import time
from tomaat import App, PlainText, Slider, hookimpl

class Greeter(App):
    """Says what its version of the library says."""

    name = "{app}"
    holds_device = False
    inputs = (Slider("seconds", minimum=0, maximum=60, default=0),)
    outputs = (PlainText("answer"),)

    def infer(self, data, context):
        import os, sys
        from importlib.util import find_spec
        import wordbook

        end = time.monotonic() + data["seconds"]
        while time.monotonic() < end:
            context.progress(0.5, str(os.getpid()))
            time.sleep(0.02)
        data["answer"] = f"{{{greeting}}}, {{sys.prefix}}, {{find_spec('sanic')}}"
        return data

@hookimpl
def tomaat_apps(register):
    register(Greeter)
'''


def command(home: Path) -> Command:
    """What runs ``tomaat env`` with this data folder."""
    return lambda *arguments: tomaat(home)("env", *arguments)


def tomaat(home: Path) -> Command:
    """What runs ``tomaat`` with this data folder."""

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tomaat", *map(str, arguments)],
            env=os.environ | {"TOMAAT_HOME": str(home)},
            cwd=home,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=300,
        )

    return run


def lend_libraries(environment: Environment) -> None:
    """Give it the libraries of the worker package from the environment of the tests, so that nobody downloads them."""
    (packages,) = environment.folder.glob("lib/python*/site-packages")
    for library in (*LIBRARIES, "typing-extensions"):
        found = distribution(library)
        for name in {file.parts[0] for file in found.files or ()} - {"..", "__pycache__"}:
            (packages / name).symlink_to(Path(str(found.locate_file(name))))


def plugin(folder: Path, name: str, greeting: str, *requires: str, version: str = "1.0", app: str = "") -> Path:
    """The wheel of a plugin with one app, which needs a version of ``wordbook``."""
    source = PLUGIN.format(app=app or name, greeting=greeting)
    return wheel(folder, f"tomaat_{name}", version, source, requires=("tomaat>=1.0.dev0", *requires), plugin=True)


def copy_environment(made: Environment, home: Path, name: str) -> Environment:
    """The environment again, for a test to change. Nothing that is run in it minds where it is."""
    environment = Environments(home).at(name)
    shutil.copytree(made.folder, environment.folder, symlinks=True)
    return environment


def install_module(environment: Environment, source: str, name: str = "tomaat_tried") -> Path:
    """Put a plugin into an environment as pip would, and faster."""
    (packages,) = environment.packages()
    metadata = packages / f"{name}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    (metadata / "entry_points.txt").write_text(f"[tomaat]\n{name} = {name}\n", encoding="utf-8")
    module = packages / f"{name}.py"
    module.write_text(source, encoding="utf-8")
    return module


def imported_in(environment: Environment, modules: Iterable[str]) -> dict[str, str]:
    """Of the modules, those that can't be imported there: the name of what is missing, or the error."""
    code = """
import importlib, json, sys
failed = {}
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except ImportError as error:
        failed[name] = error.name or str(error)
print(json.dumps(failed))
"""
    command = [str(environment.python), "-I", "-c", code, *modules]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    failed: dict[str, str] = json.loads(done.stdout)
    return failed
