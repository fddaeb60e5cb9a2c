"""An app that fails costs its own job, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

import images
from calls import ended, exists, form, predict, running, submit, until, workers
from hosts import RunningHost, install

StartHost = Callable[..., RunningHost]

CONFIG = """
[apps.stubborn]
timeout = 1
"""


def test_a_job_past_its_time_is_ended_with_its_process(lean: httpx.Client, lean_host: RunningHost) -> None:
    before = workers(lean_host)
    first = submit(lean, "stubborn", seconds=50)
    running(lean, first)
    (worker,) = workers(lean_host) - before
    job = ended(lean, first, seconds=6)
    assert (job["state"], job["error"]["code"]) == ("failed", "timeout")
    assert "1 s" in job["error"]["detail"]
    until(lambda: not exists(worker))

    late = predict(lean, "stubborn", seconds=50)
    assert (late.status_code, late.json()["code"]) == (504, "timeout")
    assert predict(lean, "stubborn", seconds=0).status_code == 200


@pytest.mark.parametrize("how", ["exit", "segfault"])
def test_a_dead_worker_costs_only_its_job(lean: httpx.Client, lean_host: RunningHost, how: str) -> None:
    other = submit(lean, "sleeper", seconds=1.5)
    running(lean, other)
    dead = predict(lean, "faulty", how=how)
    assert (dead.status_code, dead.json()["code"]) == (500, "worker_died")
    assert "crash" in dead.json()["detail"]
    assert predict(lean, "faulty", how="fine").status_code == 200
    assert ended(lean, other)["state"] == "succeeded"
    lean.delete(f"/v1/jobs/{other}")


def test_an_exception_is_told_by_a_reference_that_the_log_has_too(lean: httpx.Client, lean_host: RunningHost) -> None:
    response = predict(lean, "faulty", how="exception")
    assert (response.status_code, response.json()["code"]) == (500, "internal_error")
    for secret in ("secret", "patient", "/a/", "Traceback", ".py", str(lean_host.home)):
        assert secret not in response.text
    reference = re.search(r"reference (\w+)", response.json()["detail"])
    assert reference
    until(lambda: reference[1] in lean_host.log)
    assert "in infer\n    raise RuntimeError" in lean_host.log  # and what it says in the job's log, if there is one


def test_the_old_protocol_tells_no_more(lean: httpx.Client) -> None:
    response = lean.post("/faulty/predict", files=form({"how": "exception"}))
    assert response.status_code == 500
    (item,) = response.json()
    assert (item["type"], item["label"]) == ("PlainText", "Error!")
    assert "secret" not in response.text
    assert "reference" in item["content"]


def test_a_worker_goes_on_after_an_exception(lean: httpx.Client) -> None:
    before = predict(lean, "faulty", how="fine").json()["results"][0]["value"]
    assert predict(lean, "faulty", how="exception").status_code == 500
    assert predict(lean, "faulty", how="fine").json()["results"][0]["value"] == before


def test_a_result_that_is_not_there_is_the_app_s_fault(lean: httpx.Client) -> None:
    response = predict(lean, "faulty", how="nothing")
    assert (response.status_code, response.json()["code"]) == (500, "invalid_output")
    assert "'answer'" in response.json()["detail"]


def test_labels_on_another_grid_never_leave_the_host(lean: httpx.Client) -> None:
    response = predict(lean, "shifted", image=images.file_of(images.ball()))
    assert (response.status_code, response.json()["code"], response.json()["field"]) == (
        500,
        "invalid_output",
        "labels",
    )


def test_an_app_that_can_not_be_loaded_is_not_available(lean: httpx.Client, lean_host: RunningHost) -> None:
    response = predict(lean, "unloadable", number=0)
    assert (response.status_code, response.json()["code"]) == (503, "worker_not_started")
    assert "/" not in response.json()["detail"]
    assert lean.get("/v1/apps/unloadable").json()["state"] == "cold"
    job = ended(lean, submit(lean, "unloadable", number=0))
    assert (job["state"], job["error"]["code"]) == ("failed", "worker_not_started")
    assert predict(lean, "echo").status_code == 200


BAD = """
from tomaat import App, Checkbox, PlainText, hookimpl

class {name}(App):
    name = "{slug}"
    preload = ("{module}",)
    holds_device = False
    inputs = [Checkbox("shout", default=False)]
    outputs = [PlainText("answer")]

    def infer(self, data, context):
        return {{"answer": "yes"}}

@hookimpl
def tomaat_apps(register):
    register({name})
"""


def test_a_module_that_can_t_be_preloaded_harms_only_its_own_app(start_host: StartHost, no_plugins: Path) -> None:
    install(no_plugins, "tomaat_crooked", BAD.format(name="Crooked", slug="crooked", module="crooked_module"))
    install(no_plugins, "tomaat_straight", BAD.format(name="Straight", slug="straight", module="decimal"))
    (no_plugins / "crooked_module.py").write_text("raise RuntimeError('no such thing')", encoding="utf-8")
    host = start_host(path=no_plugins)
    with httpx.Client(base_url=host.url, timeout=60) as client:
        assert predict(client, "straight", shout="false").status_code == 200
        crooked = predict(client, "crooked", shout="false")
        assert (crooked.status_code, crooked.json()["code"]) == (503, "worker_not_started")
        assert predict(client, "straight", shout="false").status_code == 200
    assert "crooked_module can't be preloaded: RuntimeError" in host.log
