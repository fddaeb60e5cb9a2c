"""Every answer says what its request is called; a client may say so itself."""

from __future__ import annotations

import httpx
import pytest

from calls import ended, form, job, submit


@pytest.mark.parametrize("path", ["/", "/v1/apps", "/nowhere", "/v1/jobs/none", "/interface", "/metrics"])
def test_a_client_s_id_comes_back(lean: httpx.Client, path: str) -> None:
    assert lean.get(path, headers={"X-Request-Id": "a.B-c_1"}).headers["X-Request-Id"] == "a.B-c_1"


@pytest.mark.parametrize("odd", ["", "a b", "é".encode("latin-1"), "x" * 65, "<script>", "a;b"])
def test_any_other_is_replaced(lean: httpx.Client, odd: str | bytes) -> None:
    made = lean.get("/v1/apps", headers={b"X-Request-Id": odd if isinstance(odd, bytes) else odd.encode()})
    assert len(made.headers["X-Request-Id"]) == 16


def test_a_problem_says_it(lean: httpx.Client) -> None:
    response = lean.get("/v1/apps/none", headers={"X-Request-Id": "mine"})
    assert (response.status_code, response.json()["request"]) == (404, "mine")
    response = lean.put("/v1/apps")
    assert response.json()["request"] == response.headers["X-Request-Id"]


def test_streams_have_it(lean: httpx.Client) -> None:
    answer = lean.post("/v1/apps/echo/predict", files=form({"number": 1}), headers={"Accept": "multipart/mixed"})
    assert answer.headers["X-Request-Id"]
    name = submit(lean, "echo", number=1)
    ended(lean, name)
    assert lean.get(f"/v1/jobs/{name}/events").headers["X-Request-Id"]
    assert job(lean, name)["state"] == "succeeded"
