"""A host with working and broken plugins: the first work, the second are shown, and any stage can be wrapped."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from calls import predict
from hosts import RunningHost, install

ADDER = '''
from tomaat import App, PlainText, Slider, hookimpl

class Adder(App):
    """Adds one."""
    name = "adder"
    holds_device = False
    inputs = (Slider("number", minimum=0, maximum=10),)
    outputs = (PlainText("answer"),)
    def preprocess(self, data, context):
        return {"number": data["number"] + 1}
    def infer(self, data, context):
        return {"sum": data["number"]}
    def postprocess(self, data, context):
        return {"answer": f"{data['sum']:g}"}

@hookimpl
def tomaat_apps(register):
    register(Adder)
'''
WRAPPER = """
from tomaat import hookimpl

@hookimpl(wrapper=True)
def tomaat_preprocess(app, data, context):
    result = yield
    return result | {"number": result["number"] * 10}

@hookimpl(wrapper=True)
def tomaat_infer(app, data, context):
    context.provenance["seen_by"] = f"wrapper around {app.name}"
    return (yield)

@hookimpl(wrapper=True)
def tomaat_postprocess(app, data, context):
    result = yield
    return {"answer": result["answer"] + "!"}
"""
ROUTES = """
from sanic.response import text
from tomaat import hookimpl

@hookimpl
def tomaat_routes(host):
    @host.sanic.get("/hello", name="hello")
    async def hello(request):
        return text("apps: " + ", ".join(host.apps))

@hookimpl
def tomaat_job_finished(job):
    print("finished", job.app, job.state, flush=True)
"""
BROKEN = "import no_such_library"


@pytest.fixture
def own_host(start_host: Callable[..., RunningHost], no_plugins: Path) -> RunningHost:
    for name, source in {"adder": ADDER, "wrapping": WRAPPER, "routes": ROUTES, "wrong": BROKEN}.items():
        install(no_plugins, f"tomaat_{name}", source)
    return start_host(path=no_plugins)


def test_plugins_of_a_host(own_host: RunningHost) -> None:
    with httpx.Client(base_url=own_host.url, timeout=60) as client:
        # Another plugin wraps every stage of an app that knows nothing of it.
        called = predict(client, "adder", number=2)
        assert called.status_code == 200, called.text
        assert called.json()["results"][0]["value"] == "30!"
        assert called.json()["provenance"]["seen_by"] == "wrapper around adder"
        assert {"preprocess", "infer", "postprocess"} <= set(called.json()["timings"])

        # The broken one is shown with its reason, to programs and to people.
        listed = client.get("/v1/apps").json()
        assert [app["name"] for app in listed["apps"]] == ["adder"]
        assert listed["broken"] == [
            {
                "plugin": "tomaat_wrong",
                "distribution": "tomaat_wrong",
                "version": "1.0",
                "reason": "ModuleNotFoundError: No module named 'no_such_library'",
            }
        ]
        page = client.get("/")
        assert page.headers["content-type"].startswith("text/html")
        assert "tomaat_wrong" in page.text
        assert "no_such_library" in page.text
        assert "adder" in page.text
        assert client.get("/readyz").json()["broken"] == 1

        # A plugin adds a route, and is told of each job that has ended.
        assert client.get("/hello").text == "apps: adder"
        assert "finished adder succeeded" in own_host.log


def test_a_host_serves_the_plugins_that_it_is_told_to(start_host: Callable[..., RunningHost], no_plugins: Path) -> None:
    for name, source in {"adder": ADDER, "wrapping": WRAPPER, "routes": ROUTES, "wrong": BROKEN}.items():
        install(no_plugins, f"tomaat_{name}", source)
    host = start_host('plugins = "tomaat_routes, tomaat_adder"', path=no_plugins)
    with httpx.Client(base_url=host.url, timeout=60) as client:
        assert client.get("/hello").text == "apps: adder"
        assert client.get("/v1/apps").json()["broken"] == []
        called = predict(client, "adder", number=2).json()
        assert called["results"][0]["value"] == "3"  # nothing is wrapped, in its worker neither
        assert "seen_by" not in called["provenance"]


def test_a_plugin_that_is_not_installed_is_told(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tomaat", "serve", "--port", "0", "--home", str(tmp_path), "--plugins", "nothing"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode == 1
    assert "plugins names 'nothing', which is not installed; tomaat plugins shows what is." in done.stderr
