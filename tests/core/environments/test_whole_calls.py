"""Apps of an environment take volumes and weights, and their results come in other formats, as anybody's do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import images
from calls import job as shown
from calls import predict, submit, until
from environments import copy_environment, install_module, tomaat
from hosts import APPS, RunningHost
from tomaat.environments.environment import Environment

POSITIVE = '''
from tomaat import App, LabelVolume, Volume, hookimpl

class Above(App):
    """What is above 0."""

    name = "above"
    inputs = (Volume("image"),)
    outputs = (LabelVolume("labels", labels={1: "above"}),)

    def infer(self, data, context):
        data["labels"] = data["image"] > 0
        return data

@hookimpl
def tomaat_apps(register):
    register(Above)
'''


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory, made: Environment, lean_apps: Path) -> Iterator[RunningHost]:
    """A host with an app that takes volumes, and one that takes weights, in an environment."""
    home = tmp_path_factory.mktemp("home")
    environment = copy_environment(made, home, "lab")
    install_module(environment, POSITIVE, "tomaat_above")
    numbers = (APPS / "tomaat_numbers_apps.py").read_text(encoding="utf-8")
    install_module(environment, numbers.replace('name = "numbers"', 'name = "figures"'), "tomaat_figures")
    running = RunningHost(home=home, path=lean_apps)
    running.start()
    yield running
    running.kill()


@pytest.fixture
def http(host: RunningHost) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=host.url, timeout=60) as client:
        yield client


def test_a_volume_comes_back_in_the_format_that_is_asked_for_later(http: httpx.Client) -> None:
    job_id = submit(http, "above", image=images.file_of(images.ball()))
    until(lambda: shown(http, job_id)["finished"])
    assert shown(http, job_id)["error"] is None
    first = http.get(f"/v1/jobs/{job_id}/results/labels.nii.gz")
    later = http.get(f"/v1/jobs/{job_id}/results/labels.nrrd")
    assert (first.status_code, later.status_code) == (200, 200)
    assert later.content.startswith(b"NRRD")


def test_the_contract_is_checked_by_the_environment_s_interpreter(host: RunningHost) -> None:
    checked = [tomaat(host.home)("check", app, "--env", "lab") for app in ("above", "nothing")]
    assert checked[0].returncode == 0, checked[0].stdout + checked[0].stderr
    assert checked[0].stdout.splitlines()[-1] == "above keeps the contract."
    assert checked[1].stderr == "Error: There is no app 'nothing' here; there is: above, figures.\n"


def test_what_is_no_volume_is_refused(http: httpx.Client) -> None:
    response = predict(http, "above", image=b"no image")
    assert (response.status_code, response.json()["field"]) == (422, "image")


def test_weights_are_tried_by_the_environment_s_interpreter(http: httpx.Client) -> None:
    uploaded = http.put("/v1/apps/figures/weights/three", content=b"NUMBER 3\n")
    assert uploaded.status_code == 201, uploaded.text
    response = predict(http, "figures", number=14)
    assert response.json()["results"][0]["value"].startswith("42"), response.text
    refused = http.put("/v1/apps/figures/weights/wrong", content=b"NUMBER three\n")
    assert (refused.status_code, refused.json()["code"]) == (422, "weights_mismatch")
    assert "A number was expected" in refused.json()["detail"]
