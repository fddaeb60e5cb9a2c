"""Browsers: who may call a host from which page, what an answer tells them, how one logs in."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from access_keys import caller, make_key
from calls import form, submit
from hosts import RunningHost

ORIGIN = "https://page.example"
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
Call = Callable[..., httpx.Client]


def test_a_page_that_may_call_is_told_so(nobody: httpx.Client, by: Call) -> None:
    asked = nobody.options("/v1/apps/echo/jobs", headers={"Origin": ORIGIN} | PREFLIGHT)
    assert asked.status_code == 204
    assert asked.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]
    answer = by().get("/v1/apps", headers={"Origin": ORIGIN})
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Origin" in answer.headers["Vary"]
    assert "Location" in answer.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_another_page_is_not(nobody: httpx.Client, by: Call) -> None:
    headers = {"Origin": "https://other.example"}
    assert nobody.options("/v1/apps/echo/jobs", headers=headers | PREFLIGHT).is_error
    answer = by().get("/v1/apps", headers=headers)
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert answer.headers["Vary"] == "Origin"


def test_all_answers_say_what_browsers_shall_not_do(nobody: httpx.Client, by: Call) -> None:
    anna = by()
    job = submit(anna, "echo")
    answers = [
        nobody.get("/healthz"),
        nobody.get("/nothing"),
        nobody.get("/docs"),
        nobody.get("/docs/assets/swagger-ui.css"),
        anna.get("/"),
        anna.get("/v1/apps"),
        anna.get(f"/v1/jobs/{job}/events"),
        anna.get(f"/v1/jobs/{job}/results/answer"),
        anna.get("/nothing"),
        anna.put("/v1/apps"),
        anna.get("/echo/interface"),
        anna.options("/echo/predict"),
    ]
    for answer in answers:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] in ("no-referrer", "same-origin")
        assert "default-src" in answer.headers["Content-Security-Policy"]
    assert all(answer.headers["Cache-Control"] == "no-store" for answer in answers[4:])


@pytest.mark.parametrize("path", ["/healthz", "/v1/apps", "/", "/docs/openapi.json", "/echo/interface"])
def test_head_is_get_without_its_body(by: Call, path: str) -> None:
    anna = by()
    got, told = anna.get(path), anna.head(path)
    assert (told.status_code, told.content) == (200, b"")
    assert told.headers["Content-Length"] == got.headers["Content-Length"]
    assert anna.get("/healthz").status_code == 200  # on the same connection


def test_head_of_a_result_and_of_what_only_takes_forms(by: Call) -> None:
    anna = by()
    job = submit(anna, "echo")
    anna.get(f"/v1/jobs/{job}/events")
    told = anna.head(f"/v1/jobs/{job}/results/answer")
    assert (told.status_code, told.content) == (200, b"")
    assert anna.head("/v1/apps/echo/jobs").status_code == 405


def test_a_browser_logs_in_with_a_form(closed_host: RunningHost) -> None:
    key = make_key(closed_host, "anna", apps="echo")
    with caller(closed_host) as browser:
        first = browser.get("/")
        assert (first.status_code, 'action="/login"' in first.text, "Refresh" in first.headers) == (401, True, False)
        # From another site's link comes no strict cookie, however well one is signed in: the page asks again by itself.
        assert browser.get("/", headers={"Sec-Fetch-Site": "cross-site"}).headers["Refresh"] == "0"
        wrong = browser.post("/login", data={"key": "wrong"}, headers={"Origin": closed_host.url})
        assert wrong.status_code in (401, 429)
        assert "<form" in wrong.text
        done = browser.post("/login", data={"key": key}, headers={"Origin": closed_host.url})
        assert (done.status_code, done.headers["Location"]) == (303, "/")
        cookie = done.headers["Set-Cookie"]
        assert all(part in cookie for part in ("HttpOnly", "SameSite=Strict", "Path=/"))
        assert key not in cookie
        assert "Secure" not in cookie
        assert "echo" in browser.get("/").text
        assert browser.get("/v1/me").json()["name"] == "anna"


def test_a_page_logs_in_and_out(closed_host: RunningHost) -> None:
    key = make_key(closed_host, "anna")
    with caller(closed_host) as browser:
        assert browser.post("/v1/session", json={"key": "tomaat_" + "A" * 43}).status_code in (401, 429)
        assert browser.post("/v1/session", content=b"{").status_code == 400
        assert browser.post("/v1/session", content=b"x" * 100_000).status_code == 413
        assert browser.post("/v1/session", json={"key": key}).status_code == 204
        session = dict(browser.cookies)
        assert browser.get("/v1/me").status_code == 200
        assert browser.delete("/v1/session").status_code == 204
        assert browser.get("/v1/me").status_code == 401
        assert httpx.get(f"{closed_host.url}/v1/me", cookies=session).status_code == 401


def test_no_other_page_can_use_the_cookie(closed_host: RunningHost) -> None:
    with caller(closed_host) as browser:
        browser.post("/v1/session", json={"key": make_key(closed_host)})
        for origin in ("https://evil.example", "http://127.0.0.1:1", "null", "https://page.example"):
            refused = browser.post("/v1/apps/echo/jobs", files=form({"number": 1}), headers={"Origin": origin})
            assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
            assert browser.post("/v1/session", json={"key": "x"}, headers={"Origin": origin}).status_code == 403
        assert browser.get("/v1/jobs").json()["jobs"] == []
        own = browser.post("/v1/apps/echo/jobs", files=form({"number": 1}), headers={"Origin": closed_host.url})
        assert own.status_code == 202


def test_a_page_of_another_name_does_not_reach_a_host_that_asks_nobody(lean: httpx.Client) -> None:
    """A name of the page's own may lead to 127.0.0.1: then the page and the host are of one origin."""
    refused = lean.get("/v1/apps", headers={"Host": "evil.example:9001"})
    assert refused.status_code == 403
    assert "--allowed-hosts evil.example" in refused.json()["detail"]
    port = lean.base_url.port
    for name in ("localhost", "127.0.0.1", "[::1]", "app.localhost", "LOCALHOST."):
        assert lean.get("/v1/apps", headers={"Host": f"{name}:{port}"}).status_code == 200


def test_a_page_of_another_origin_sends_no_form_to_a_host_that_asks_nobody(lean: httpx.Client) -> None:
    headers = {"Origin": "https://evil.example"}
    assert lean.post("/v1/apps/echo/jobs", files=form({"number": 1}), headers=headers).status_code == 403
    own = {"Origin": str(lean.base_url).rstrip("/")}
    assert lean.post("/v1/apps/echo/jobs", files=form({"number": 1}), headers=own).status_code == 202
    old = lean.post("/echo/predict", files=form({"number": 1}), headers=headers)
    assert old.headers["Access-Control-Allow-Origin"] == "*"  # as clients of the first TOMAAT expect
    assert old.status_code == 200


def test_allowed_hosts_and_the_public_url_are_its_names(start_lean: Callable[..., RunningHost]) -> None:
    config = "allowed_hosts = 'gpu1.example, gpu1'\npublic_url = 'https://models.example:9001'\nrequire_keys = true\n"
    host = start_lean(config)
    with caller(host, make_key(host)) as anna:
        statuses = {
            name: anna.get("/v1/apps", headers={"Host": name}).status_code
            for name in ("gpu1.example", "GPU1:9001", "models.example", "localhost", "other.example")
        }
        proxied = {"Origin": "https://models.example:9001"}
        cookie = anna.post("/login", data={"key": make_key(host)}, headers=proxied).headers["Set-Cookie"]
        assert "Secure" in cookie  # the browser speaks HTTPS, to a proxy
        assert "tomaat predict https://models.example:9001/echo" in anna.get("/apps/echo").text
    assert statuses == {
        "gpu1.example": 200,
        "GPU1:9001": 200,
        "models.example": 200,
        "localhost": 200,
        "other.example": 403,
    }
