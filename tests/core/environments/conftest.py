"""An environment that is made once, and plugins whose dependencies clash, as wheels in a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from environments import WITHOUT_INDEX, WORDBOOK, Command, command, copy_environment, lend_libraries, plugin
from tomaat.environments.environment import Environment, Environments
from wheels import wheel


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment that ``tomaat env create`` has made, with no plugin in it."""
    home = tmp_path_factory.mktemp("made")
    done = command(home)("create", "made", "--", *WITHOUT_INDEX)
    assert done.returncode == 0, done.stdout + done.stderr
    environment = Environments(home).get("made")
    lend_libraries(environment)
    return environment


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two versions of one library, and two plugins that need one of them each."""
    folder = tmp_path_factory.mktemp("wheels")
    for version, source in WORDBOOK.items():
        wheel(folder, "wordbook", version, source)
    plugin(folder, "formal", "wordbook.greeting()", "wordbook==1.0")
    plugin(folder, "casual", "wordbook.greet('you')", "wordbook>=2")
    return folder


@pytest.fixture
def home(tmp_path: Path, made: Environment) -> Path:
    """The data folder of a test's first host, with an environment ``old`` that has no plugin."""
    copy_environment(made, tmp_path / "home0", "old")
    return tmp_path / "home0"


@pytest.fixture
def env(home: Path) -> Command:
    """What runs ``tomaat env`` in it."""
    return command(home)


@pytest.fixture
def from_wheels(wheels: Path) -> tuple[str, ...]:
    """Options with which pip takes the plugins from their folder, and nothing from elsewhere."""
    return "--", "--no-index", f"--find-links={wheels}"
