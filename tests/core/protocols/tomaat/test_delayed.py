"""``DelayedResponse`` and ``/responses``: for apps that take longer than a client's patience."""

from __future__ import annotations

import time

import httpx
import pytest

import images
import slicer
from calls import form, until
from hosts import RunningHost

CONFIG = """
[apps.sleeper]
delayed = true
[apps.positive]
delayed = true
[apps.faulty]
delayed = true
"""


def begin(client: httpx.Client, app: str, **fields: object) -> str:
    """Call an app that answers later; returns the request's id."""
    response = client.post(f"/{app}/predict", files=form(fields))
    assert response.status_code == 200, response.text
    (item,) = response.json()
    assert set(item) == {"type", "request_id"}
    assert item["type"] == "DelayedResponse"
    return str(item["request_id"])


def ask(client: httpx.Client, app: str, request_id: str) -> httpx.Response:
    return client.post(f"/{app}/responses", files={"request_id": (None, request_id)})


def later(client: httpx.Client, app: str, request_id: str) -> httpx.Response:
    """The answer, once it is no ``DelayedResponse`` any more."""
    return until(lambda: (answer := ask(client, app, request_id)).json()[0]["type"] != "DelayedResponse" and answer)


def test_a_client_asks_again_until_the_results_are_there(lean: httpx.Client) -> None:
    begun = time.monotonic()
    request_id = begin(lean, "sleeper", seconds=1)
    first = ask(lean, "sleeper", request_id)
    assert first.json() == [{"type": "DelayedResponse", "request_id": request_id}]
    assert first.headers["access-control-allow-origin"] == "*"
    (item,) = later(lean, "sleeper", request_id).json()
    assert time.monotonic() - begun >= 1
    assert (item["type"], item["label"]) == ("PlainText", "answer")
    assert item["content"].startswith("slept")


def test_the_slicer_extension_s_own_encoder_may_ask(lean: httpx.Client, lean_host: RunningHost) -> None:
    request_id = begin(lean, "sleeper", seconds=0)
    later(lean, "sleeper", request_id)
    response = slicer.post(f"{lean_host.url}/sleeper/responses", {"request_id": request_id})
    assert response.json()[0]["content"].startswith("slept")


def test_a_plain_web_form_may_ask(lean: httpx.Client) -> None:
    request_id = begin(lean, "sleeper", seconds=0)
    later(lean, "sleeper", request_id)
    response = lean.post("/sleeper/responses", data={"request_id": request_id})
    assert response.json()[0]["content"].startswith("slept")


def test_delayed_labels_are_the_same_labels(lean: httpx.Client, tmp_path: object) -> None:
    request_id = begin(lean, "positive", image=images.file_of(images.ball(), "a.mha"))
    (item,) = later(lean, "positive", request_id).json()
    labels = slicer.labels(item, tmp_path)  # type: ignore[arg-type]
    assert images.grid_of(labels) == images.grid_of(images.ball())


def test_a_delayed_failure_is_an_error_then(lean: httpx.Client) -> None:
    response = later(lean, "faulty", begin(lean, "faulty", how="nothing"))
    assert response.status_code == 500
    assert response.json()[0]["label"] == "Error!"


def test_bad_input_is_not_delayed(lean: httpx.Client) -> None:
    response = lean.post("/sleeper/predict", files={"seconds": (None, "many")})
    assert response.status_code == 422
    assert "'seconds'" in response.json()[0]["content"]


def test_a_job_that_is_asked_for_later_outlives_its_connection(lean: httpx.Client, lean_host: RunningHost) -> None:
    with httpx.Client(base_url=lean_host.url) as other:
        request_id = begin(other, "sleeper", seconds=0.5)
    assert later(lean, "sleeper", request_id).json()[0]["content"].startswith("slept")


@pytest.mark.parametrize("form_field", [{"request_id": (None, "none")}, {"request_id": (None, "../x")}])
def test_an_unknown_request_is_not_found(lean: httpx.Client, form_field: dict) -> None:
    response = lean.post("/sleeper/responses", files=form_field)
    assert response.status_code == 404
    assert response.json()[0]["label"] == "Error!"


def test_another_app_s_request_is_not_found(lean: httpx.Client) -> None:
    request_id = begin(lean, "sleeper", seconds=0)
    assert ask(lean, "positive", request_id).status_code == 404


@pytest.mark.parametrize("body", [{"files": {"other": (None, "1")}}, {"data": {"other": "1"}}, {"content": b""}])
def test_a_missing_request_id_is_the_client_s_fault(lean: httpx.Client, body: dict) -> None:
    response = lean.post("/sleeper/responses", **body)
    assert response.status_code in (400, 404)
    assert response.json()[0]["label"] == "Error!"
