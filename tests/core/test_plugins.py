"""Finding plugins: each of them works whole, or not at all and says why."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hosts import install
from tomaat.errors import NotFound
from tomaat.plugins import Plugins, find_plugins

NUMBERS = itertools.count()
APP = """
from tomaat import App, PlainText, Slider, hookimpl

class {name}(App):
    name = "{slug}"
    inputs = (Slider("number", minimum=0, maximum=1),)
    outputs = (PlainText("answer"),)
    def infer(self, data, context):
        return {{"answer": "here"}}
"""
REGISTER = """
@hookimpl
def tomaat_apps(register):
    register({name})
"""

LOADER = """
from tomaat import WeightsLoader, hookimpl

class Loader(WeightsLoader):
    format, title, preload = "loader", "Loader", ("decimal",)
    def recognises(self, path):
        return False
    def load(self, path, app, device):
        raise NotImplementedError

@hookimpl
def tomaat_weights_loaders(register):
"""

Install = Callable[[str], str]


def app(slug: str, name: str = "Model") -> str:
    return APP.format(slug=slug, name=name)


def plugin(slug: str) -> str:
    return app(slug) + REGISTER.format(name="Model")


@pytest.fixture
def add(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install a source as a plugin of this process; returns the plugin's name."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def install_source(source: str) -> str:
        name = f"tomaat_temporary_{next(NUMBERS):03d}"
        install(tmp_path, name, source, version="2.5")
        return name

    return install_source


def reason(plugins: Plugins, name: str) -> str:
    """Why a plugin is in quarantine; none of its hooks is called any more."""
    assert name not in {loaded.name for loaded in plugins.loaded}
    assert not plugins.manager.has_plugin(name)
    return next(broken.reason for broken in plugins.broken if broken.plugin.name == name)


def test_an_installed_plugin_is_found(add: Install) -> None:
    name = add(plugin("found"))
    plugins = find_plugins()
    assert plugins.broken == []
    assert name in {loaded.name for loaded in plugins.loaded}
    described = plugins.app("found").description
    assert (described.plugin, described.version) == (name, "2.5")


def test_an_app_that_is_not_there_is_answered_with_those_that_are(add: Install) -> None:
    add(plugin("found"))
    with pytest.raises(NotFound, match=r"no app 'lost' here; there is: .*found"):
        find_plugins().app("lost")


def test_installed_plugins_may_be_left_out(add: Install) -> None:
    add(plugin("found"))
    plugins = find_plugins(installed=False)
    assert plugins.apps == {}
    assert {"volume", "slider", "LabelVolume", "PlainText"} <= set(plugins.elements)


def test_an_element_of_a_plugin_is_found(add: Install) -> None:
    add(
        """
from dataclasses import dataclass
from tomaat import InputElement, hookimpl

@dataclass(frozen=True, kw_only=True)
class Age(InputElement):
    kind = "age"

@hookimpl
def tomaat_elements(register):
    register(Age)
"""
    )
    plugins = find_plugins()
    assert plugins.broken == []
    assert plugins.elements["age"].__name__ == "Age"


def test_a_loader_of_a_plugin_is_found_and_what_it_imports_is_known(add: Install) -> None:
    weights = "\nfrom tomaat import Weights\nModel.weights = Weights(formats=('loader', 'onnx'))"
    add(LOADER + "    register(Loader())\n" + plugin("found") + weights)
    plugins = find_plugins()
    assert plugins.broken == []
    assert type(plugins.loaders["loader"]).__name__ == "Loader"
    assert {"pth", "safetensors", "ts", "onnx"} < set(plugins.loaders)
    assert plugins.app("found").description.loaders_preload == ("decimal", "onnxruntime")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("def broken(:", "SyntaxError"),
        (app("a") + "@hookimpl\ndef tomaat_app(register):\n    register(Model)", "tomaat_app"),
        (app("a") + "@hookimpl\ndef tomaat_apps(registrar):\n    registrar(Model)", "registrar"),
        (app("a") + "def tomaat_apps(register):\n    register(Model)", "tomaat_apps lacks its @hookimpl"),
        (app("a") + "@hookimpl\ndef tomaat_apps(register):\n    register(Model())", "subclass of tomaat.App"),
        (plugin("a") + "\nModel.name = 'No Slug'", "'No Slug'.*slug"),
        (plugin("jobs"), "'jobs'.*route of the host"),
        (plugin("a") + "\nModel.inputs = ()", "no inputs"),
        (plugin("a") + "\nModel.inputs = Model.inputs * 2", "two inputs called 'number'"),
        (
            plugin("a") + "\nfrom tomaat import LabelVolume\nModel.outputs = (LabelVolume('x', reference='image'),)",
            "refers to no input: 'image'",
        ),
        (plugin("a") + "\nModel.timeout = 'long'", "long"),
        (plugin("a") + "\nSlider('number', minimum=3, maximum=1)", "minimum"),
        ("from tomaat import hookimpl\n@hookimpl\ndef tomaat_elements(register):\n    register(7)", "7|int"),
        (
            plugin("a") + "\nfrom tomaat import Weights\nModel.weights = Weights(formats=('pkl',))",
            "'pkl', which nothing",
        ),
        (LOADER + "    register(Loader)", "an instance of a WeightsLoader"),
        (LOADER + "    register(Loader())\n    register(Loader())", "a loader of 'loader', which"),
        (
            LOADER + "    Loader.format = 'pth'\n    register(Loader())",
            r"'pth', which 'tomaat\.weights\.torch_loaders' has",
        ),
        (LOADER + "    Loader.format = '../a'\n    register(Loader())", "lower-case letters and digits"),
    ],
)
def test_a_broken_plugin_is_quarantined_with_its_reason(add: Install, source: str, expected: str) -> None:
    name = add(source)
    add(plugin("good"))
    plugins = find_plugins()
    assert "a" not in plugins.apps
    assert "good" in plugins.apps
    assert re.search(expected, reason(plugins, name))


def test_one_plugin_may_not_take_another_s_app(add: Install) -> None:
    first, second = add(plugin("taken")), add(plugin("taken"))
    plugins = find_plugins()
    assert plugins.app("taken").description.plugin == first
    assert f"'{second}' registers the app 'taken', which '{first}' has already" in reason(plugins, second)


def test_one_plugin_may_not_take_another_s_element(add: Install) -> None:
    taken = "from tomaat import Slider, hookimpl\n@hookimpl\ndef tomaat_elements(register):\n    register(Slider)"
    name = add(taken)
    plugins = find_plugins()
    assert plugins.elements["slider"].__module__ == "tomaat.elements.slider"
    assert name in reason(plugins, name)
    assert "'slider'" in reason(plugins, name)


def test_a_plugin_may_not_register_two_apps_of_one_name(add: Install) -> None:
    name = add(plugin("twice") + "\n    register(Model)")
    plugins = find_plugins()
    assert "twice" not in plugins.apps
    assert "'twice'" in reason(plugins, name)


def test_none_of_a_plugin_s_apps_stays_when_one_is_wrong(add: Install) -> None:
    name = add(plugin("half") + "\n    raise RuntimeError('no licence for the second')")
    plugins = find_plugins()
    assert "half" not in plugins.apps
    assert reason(plugins, name) == "RuntimeError: no licence for the second"


def test_a_quarantined_plugin_wraps_nothing(add: Install) -> None:
    source = (
        plugin("half") + "\n    raise RuntimeError\n\n@hookimpl(wrapper=True)\ndef tomaat_infer():\n    return (yield)"
    )
    name = add(source)
    plugins = find_plugins()
    assert reason(plugins, name)
    wrappers = {implementation.plugin_name for implementation in plugins.hook.tomaat_infer.get_hookimpls()}
    assert name not in wrappers


def test_of_two_entry_points_with_one_name_one_works_and_the_other_is_broken(tmp_path: Path, add: Install) -> None:
    name = add(plugin("first"))
    install(tmp_path, f"{name}_other", plugin("second"))
    (tmp_path / f"{name}_other-1.0.dist-info" / "entry_points.txt").write_text(f"[tomaat]\n{name} = {name}_other\n")
    plugins = find_plugins()
    assert ("first" in plugins.apps, "second" in plugins.apps) == (True, False)
    (broken,) = plugins.broken
    assert name in broken.reason
    assert broken.plugin.distribution == f"{name}_other"


def test_two_searches_share_nothing(add: Install) -> None:
    add(plugin("found"))
    first, second = find_plugins(), find_plugins()
    first.apps.clear()
    first.manager.unregister(name="tomaat.stages.timings")
    assert "found" in second.apps
    assert second.manager.has_plugin("tomaat.stages.timings")
    assert "found" in find_plugins().apps


def test_a_plugin_that_imports_a_heavy_library_at_once_is_noticed(tmp_path: Path) -> None:
    install(tmp_path, "tomaat_heavy", "import vtkmodules" + plugin("heavy"))
    install(tmp_path, "tomaat_light", plugin("light"))
    script = """
import json
from tomaat.plugins import find_plugins
found = find_plugins()
print(json.dumps([found.heavy, *found.apps]))
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    heavy, *apps = json.loads(done.stdout)
    assert heavy == {"tomaat_heavy": "vtkmodules"}
    assert {"heavy", "light"} <= set(apps)
    assert "tomaat_heavy imports vtkmodules" in done.stderr
