"""Every error of the API has one shape, whatever went wrong and whoever noticed."""

from __future__ import annotations

import httpx
import pytest

from calls import send

PATHS = (
    "/",
    "/docs",
    "/healthz",
    "/readyz",
    "/nothing",
    "/nothing/at/all",
    "/v1",
    "/v1/nothing",
    "/v1/apps",
    "/v1/apps/echo",
    "/v1/apps/nope",
    "/v1/apps/echo/predict",
    "/v1/apps/echo/jobs",
    "/v1/apps/echo/nothing",
    "/v1/apps/echo/weights",
    "/v1/apps/numbers/weights",
    "/v1/apps/numbers/weights/none",
    "/v1/jobs",
    "/v1/jobs/none",
    "/v1/jobs/none/events",
    "/v1/jobs/none/results/labels",
)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
KEYS = {"type", "title", "status", "detail", "code", "field", "instance", "request"}


def check_shape(response: httpx.Response) -> None:
    assert response.headers["content-type"].startswith("application/problem+json"), response.text
    problem = response.json()
    assert set(problem) == KEYS
    assert problem["status"] == response.status_code
    assert problem["instance"] == response.request.url.path
    assert problem["code"] == problem["code"].lower().replace(" ", "_")
    assert len(problem["detail"]) > 10
    assert "Traceback" not in problem["detail"]


@pytest.mark.parametrize("path", PATHS)
def test_every_error_of_every_route_has_one_shape(lean: httpx.Client, path: str) -> None:
    for method in METHODS:
        response = lean.request(method, path)
        assert response.status_code < 500
        if response.status_code >= 400:
            check_shape(response)


@pytest.mark.parametrize("path", ["/v1/apps", "/v1/jobs", "/healthz"])
def test_a_wrong_method_is_a_405_that_says_which_are_right(lean: httpx.Client, path: str) -> None:
    response = lean.put(path)
    assert response.status_code == 405
    assert "GET" in response.headers["allow"]
    check_shape(response)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v1/apps/echo/predict?number=1", "invalid_input"),
        ("/v1/apps/nope/predict", "not_found"),
    ],
)
def test_a_field_at_fault_has_a_code(lean: httpx.Client, path: str, code: str) -> None:
    response = send(lean, path, number="many")
    assert response.json()["code"] == code
    check_shape(response)


def test_a_body_that_is_no_form_is_refused(lean: httpx.Client) -> None:
    for headers in ({}, {"Content-Type": "application/json"}, {"Content-Type": "multipart/form-data"}):
        response = lean.post("/v1/apps/echo/predict", content=b'{"number": 1}', headers=headers)
        assert (response.status_code, response.json()["code"]) == (400, "malformed_request")
        check_shape(response)
