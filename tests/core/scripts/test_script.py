"""Running a script up to its service, and giving it back what it knows."""

from __future__ import annotations

import multiprocessing
import os
import sys
from pathlib import Path

import pytest

from tomaat.errors import PluginError
from tomaat.scripts.script import LoadedScript, Script

HEAD = """
import os, sys
from tomaat.server import TomaatApp, TomaatService

def service(name):
    app = TomaatApp(lambda data: (os.getcwd(), sys.argv[1:], sys.modules["__main__"].__file__), None, None)
    return TomaatService({"name": name}, app, [], [])

"""


def write(folder: Path, rest: str) -> Path:
    path = folder / "old.py"
    path.write_text(HEAD + rest, encoding="utf-8")
    return path


def test_the_process_is_the_script_s_own_inside_and_ours_outside(tmp_path: Path) -> None:
    file = write(tmp_path, "service('a').run()")
    before = (os.getcwd(), sys.argv, list(sys.path), sys.modules["__main__"], multiprocessing.get_start_method())
    loaded = LoadedScript(Script(file, ("-x", "1")))
    with loaded.surroundings():
        assert loaded.service.stages().preprocess(None) == (str(tmp_path), ["-x", "1"], str(file))
        assert multiprocessing.get_start_method() == "fork"
    after = (os.getcwd(), sys.argv, list(sys.path), sys.modules["__main__"], multiprocessing.get_start_method())
    assert after == before


@pytest.mark.parametrize(
    "rest",
    [
        "service('a').run(); raise ValueError('nothing follows run()')",
        "try:\n    service('a').run()\nexcept Exception:\n    pass",
        "s = service('a')\nif __name__ == '__main__':\n    s.run()",
        "from threading import Thread\nt = Thread(target=service('a').run)\nt.start()\nt.join()",
        "service('a')",
        "sys.exit(service('a').run())",
        "import atexit, click\nclick.command()(lambda: service('a').run())()",
    ],
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # SystemExit, which ends a thread
def test_the_service_is_found_however_it_is_started(tmp_path: Path, rest: str) -> None:
    assert LoadedScript(Script(write(tmp_path, rest))).service.config["name"] == "a"


def test_of_several_services_the_wanted_one_is_found(tmp_path: Path) -> None:
    file = write(tmp_path, "a, b = service('a'), service('b')\n")
    for name in ("a", "b"):
        assert LoadedScript(Script(file, service=name)).service.config["name"] == name
    with pytest.raises(PluginError, match="the services 'a', 'b', so say which"):
        LoadedScript(Script(file))
    with pytest.raises(PluginError, match="but none called 'c'"):
        LoadedScript(Script(file, service="c"))
    write(tmp_path, "a, b = service('a'), service('b')\nb.run()\na.run()\n")
    assert LoadedScript(Script(file)).service.config["name"] == "b"


@pytest.mark.parametrize("rest", ["", "sys.exit(2)"])
def test_a_script_without_a_service_is_told(tmp_path: Path, rest: str) -> None:
    with pytest.raises(PluginError, match="ended without making a TomaatService"):
        LoadedScript(Script(write(tmp_path, rest)))


def test_what_the_script_raises_is_raised(tmp_path: Path) -> None:
    before = sys.modules["__main__"]
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        LoadedScript(Script(write(tmp_path, "import no_such_module")))
    assert sys.modules["__main__"] is before
