"""What changes in an environment is there at the next start, and what is broken in one harms nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from calls import predict
from environments import Command, copy_environment, install_module, plugin
from hosts import RunningHost
from tomaat.environments.asking import ask, ask_all
from tomaat.environments.environment import Environment, Environments
from tomaat.environments.joining import join_environments
from tomaat.errors import BrokenEnvironment
from tomaat.plugins import find_plugins
from tomaat.settings import Settings
from tomaat.workers.app_files import fingerprint
from wheels import wheel

Start = Callable[..., RunningHost]

KINDS = '''
from dataclasses import dataclass
from tomaat import App, InputElement, PlainText, Slider, hookimpl

@dataclass(frozen=True, kw_only=True)
class Angle(InputElement):
    kind = "angle"

class Turn(App):
    """Turns."""

    name = "turn"
    inputs = (Angle("by"),)
    outputs = (PlainText("answer"),)

    def infer(self, data, context):
        return data

@hookimpl
def tomaat_elements(register):
    register(Angle)

@hookimpl
def tomaat_apps(register):
    register(Turn)

@hookimpl
def tomaat_routes(host):
    raise RuntimeError("no host is here")
'''


@pytest.fixture
def old(home: Path) -> Environment:
    return Environments(home).get("old")


def reasons(home: Path) -> dict[str, str]:
    """Why plugins of the environments are broken, by their name, as the host sees it."""
    plugins = find_plugins(installed=False)
    join_environments(plugins, home)
    return {broken.plugin.name: broken.reason for broken in plugins.broken}


def reload(http: httpx.Client) -> None:
    response = http.post("/v1/plugins/reload")
    assert response.status_code == 200, response.text


def greeting(http: httpx.Client) -> str:
    response = predict(http, "formal")
    assert response.status_code == 200, response.text
    return str(response.json()["results"][0]["value"]).partition(",")[0]


def apps(host: RunningHost) -> dict[str, str]:
    """The apps of environments, and their plugins' versions."""
    listed = httpx.get(f"{host.url}/v1/apps").json()["apps"]
    return {app["name"]: app["version"] for app in listed if app["environment"]}


def test_installed_upgraded_and_removed_while_the_host_runs(
    start_lean: Start, env: Command, wheels: Path, tmp_path: Path, from_wheels: tuple[str, ...]
) -> None:
    newer = tmp_path / "newer"
    shutil.copytree(wheels, newer)
    plugin(newer, "formal", "wordbook.greet('Sir')", "wordbook>=2", version="1.1")
    host = start_lean()
    assert apps(host) == {}

    with httpx.Client(base_url=host.url, timeout=60) as client:
        assert env("install", "old", "tomaat_formal", *from_wheels).returncode == 0
        reload(client)
        assert (apps(host), greeting(client)) == ({"formal": "1.0"}, "How do you do")
        done = env("install", "old", "tomaat_formal", "--", "--upgrade", "--no-index", f"--find-links={newer}")
        assert done.returncode == 0, done.stderr
        reload(client)
        assert (apps(host), greeting(client)) == ({"formal": "1.1"}, "Hello Sir")
        assert env("remove", "old").returncode == 0
        reload(client)
        assert apps(host) == {}
        assert predict(client, "formal").status_code == 404


def test_what_changes_without_a_version_is_taken_up_too(start_lean: Start, env: Command, wheels: Path) -> None:
    """The plugin stays the same, and gets another version of what it requires."""
    newer = wheel(wheels.parent / "fixed", "wordbook", "1.0.1", "def greeting():\n    return 'How are you'\n")
    options = ("--", "--no-index", f"--find-links={wheels}")
    assert env("install", "old", "tomaat_formal", *options).returncode == 0
    host = start_lean()
    with httpx.Client(base_url=host.url, timeout=60) as client:
        assert greeting(client) == "How do you do"
        assert env("install", "old", newer, "--", "--no-index", "--no-deps").returncode == 0
        reload(client)
        assert greeting(client) == "How are you"


def test_a_broken_one_is_shown_and_the_host_starts(start_lean: Start, home: Path, old: Environment) -> None:
    old.python.unlink()
    host = start_lean()
    (broken,) = (each for each in httpx.get(f"{host.url}/v1/apps").json()["broken"] if "environments" in each["plugin"])
    assert broken == {
        "plugin": "environments.old",
        "distribution": "",
        "version": "",
        "reason": "In the environment 'old': Its interpreter is missing; make it anew.",
    }


def test_an_interpreter_that_comes_back_is_a_reason_to_try_again(
    env: Command, home: Path, from_wheels: tuple[str, ...]
) -> None:
    assert env("install", "old", "tomaat_formal", *from_wheels).returncode == 0
    plugins = find_plugins(installed=False)
    join_environments(plugins, home)
    settings, app = Settings(home=home), plugins.apps["formal"].description
    before, python = fingerprint(settings, app), Environments(home).at("old").python
    python.rename(python.with_name("away"))
    assert fingerprint(settings, app) != before
    python.with_name("away").rename(python)
    assert fingerprint(settings, app) == before


def test_an_interpreter_that_ends_says_why(home: Path, old: Environment) -> None:
    install_module(old, "import os\nos._exit(7)\n")
    assert reasons(home) == {
        "environments.old": "In the environment 'old': Its interpreter ended with 7: it said nothing."
    }


def test_an_interpreter_that_hangs_is_given_up(old: Environment) -> None:
    install_module(old, "import subprocess\nsubprocess.run(['sleep', '600'])\n")
    with pytest.raises(BrokenEnvironment, match=r"could not be imported within 3 s\."):
        ask(old, limit=3)


def test_a_plugin_that_can_t_be_imported_is_quarantined_alone(home: Path, old: Environment) -> None:
    install_module(old, "import nowhere_to_be_found\n")
    install_module(old, "print('this goes to the log')\n", "tomaat_fine")
    assert reasons(home) == {
        "tomaat_tried": "In the environment 'old': ModuleNotFoundError: No module named 'nowhere_to_be_found'"
    }


def test_a_kind_of_element_that_the_host_does_not_know(home: Path, old: Environment) -> None:
    install_module(old, KINDS)
    assert reasons(home) == {
        "tomaat_tried": "In the environment 'old': The app 'turn' uses the element kind 'angle', which the host does "
        "not know: install the plugin that brings it beside the host, too."
    }


def test_a_hook_of_the_host_s_own_process_is_not_heard(old: Environment) -> None:
    install_module(old, KINDS)
    (described,) = ask(old)["plugins"]
    assert described["unheard"] == ["tomaat_routes"]


def test_a_name_belongs_to_whoever_was_first(home: Path, made: Environment, old: Environment) -> None:
    other = copy_environment(made, home, "other")
    source = KINDS.replace('kind = "angle"', 'kind = "slider"').replace("register(Angle)", "pass")
    source = source.replace('Angle("by")', 'Slider("by", minimum=0, maximum=1)')
    install_module(old, source, "tomaat_one")
    install_module(other, source, "tomaat_two")
    assert reasons(home) == {
        "tomaat_two": "In the environment 'other': 'tomaat_two' registers the app 'turn', which 'tomaat_one' has "
        "already."
    }


def test_an_answer_is_kept_until_something_is_installed(env: Command, old: Environment) -> None:
    module = install_module(old, "")
    (first,) = ask_all([old]).values()
    assert not isinstance(first, BrokenEnvironment)
    assert [each["name"] for each in first["plugins"]] == ["tomaat_tried"]
    module.write_text("import os\nos._exit(7)\n", encoding="utf-8")
    assert ask_all([old]) == {old: first}  # and so its interpreter was not asked
    install_module(old, "", "tomaat_more")
    (second,) = ask_all([old]).values()
    assert isinstance(second, BrokenEnvironment)


def test_sources_in_place_are_asked_each_time(old: Environment) -> None:
    module = install_module(old, "")
    direct = module.parent / "tomaat_tried-1.0.dist-info" / "direct_url.json"
    direct.write_text('{"url": "file:///src", "dir_info": {"editable": true}}', encoding="utf-8")
    assert not isinstance(ask_all([old])[old], BrokenEnvironment)
    module.write_text("import os\nos._exit(7)\n", encoding="utf-8")
    assert isinstance(ask_all([old])[old], BrokenEnvironment)


def test_only_the_plugins_that_the_settings_name(old: Environment) -> None:
    install_module(old, "")
    install_module(old, "", "tomaat_more")
    assert [each["name"] for each in ask(old, ["tomaat_more"])["plugins"]] == ["tomaat_more"]


def test_its_interpreter_sees_nothing_of_the_host_s(
    old: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tomaat_seen.py").write_text("", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    source = "import os, sys\nassert 'PYTHONPATH' not in os.environ\nimport tomaat_seen\n"
    install_module(old, source)
    (broken,) = ask(old)["broken"]
    assert broken["reason"] == "ModuleNotFoundError: No module named 'tomaat_seen'"
