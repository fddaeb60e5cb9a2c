"""Announcements that nobody should send: each is refused by name, stores nothing, and harms nothing."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
import requests

from services import RunningService, announcement

SCRIPT = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'
NO_OBJECTS = [b"", b"not JSON", b"{", b'{"name": NaN}', b"\xff\xfe\x00", b"[]", b'["name"]', b'"text"', b"3", b"null"]
DEEP = b'{"a":' * 50_000 + b"1" + b"}" * 50_000
"""As much nesting as a body may hold: it must not take the parser's stack."""
URLS = [
    "javascript:alert(1)",
    "JavaScript:alert(1)//http://host/predict",
    "data:text/html,<script>alert(1)</script>",
    "file:///etc/passwd",
    "ftp://host/predict",
    "//host/predict",
    "host:9001/predict",
    "http://",
    "http:///predict",
    "http://host:99999/predict",
    "http://user:password@host/predict",
    "http://host/pre dict",
    'http://host/"><script>alert(1)</script>',
    "http://host/\x00predict",
    "http://host/predict\r\nX-Header: 1",
    "http://[::1/predict",
    "",
]


def refuses(
    service: RunningService, key: str, content: bytes | dict[str, Any], status: int, code: str
) -> dict[str, Any]:
    """That both routes refuse a body, the old one in its own shape; returns the new one's answer."""
    bodies = {"content": content} if isinstance(content, bytes) else {"content": json.dumps(content | {"api_key": key})}
    before = service.discover()
    old = httpx.post(f"{service.url}/announce", **bodies)
    assert old.status_code == status
    assert old.json()["status"] >= 1
    assert old.json()["error"]
    new = httpx.post(f"{service.url}/v1/endpoints", headers={"X-API-Key": key}, **bodies)
    answer: dict[str, Any] = new.json()
    assert (new.status_code, answer["code"]) == (status, code)
    assert new.headers["Content-Type"].startswith("application/problem+json")
    assert old.json()["error"] == answer["detail"]
    assert service.discover() == before
    return answer


@pytest.mark.parametrize("content", [*NO_OBJECTS, DEEP], ids=lambda content: repr(content[:12]))
def test_what_is_no_json_object(service: RunningService, key: str, content: bytes) -> None:
    status, code = (413, "too_large") if len(content) > 64 * 1024 else (400, "malformed_request")
    refuses(service, key, content, status, code)


@pytest.mark.parametrize("size", [64 * 1024 + 1, 2**20 + 1, 10 * 2**20])
def test_what_is_too_large(service: RunningService, key: str, size: int) -> None:
    """Also with a key that is good, and in the field that may be longest."""
    body = json.dumps(announcement(api_key=key, description="x" * size)).encode()
    answer = refuses(service, key, body, 413, "too_large")
    assert "65,536 bytes" in answer["detail"]


def test_a_client_that_reads_no_answer_before_it_has_sent_all_is_told(service: RunningService, key: str) -> None:
    """As TOMAAT's own services do, with requests."""
    said = announcement(api_key=key, description="x" * 10 * 2**20)
    answer = requests.post(f"{service.url}/announce", data=json.dumps(said), timeout=60)
    assert (answer.status_code, answer.json()["status"]) == (413, 1)


def test_what_is_too_large_and_does_not_say_so(service: RunningService, key: str) -> None:
    """Sent in chunks, so that no header tells its size; the service does not wait for the end."""
    for path in ("/announce", "/v1/endpoints"):
        sent = 0

        def chunks() -> Any:
            nonlocal sent
            for _ in range(1000):
                sent += 64 * 1024
                yield b" " * 64 * 1024

        try:
            answer = httpx.post(f"{service.url}{path}", content=chunks(), headers={"X-API-Key": key})
            assert answer.status_code == 413
        except httpx.TransportError:
            pass  # it hung up on what went on
        assert sent < 64_000 * 1024
    assert httpx.get(f"{service.url}/healthz").status_code == 200


@pytest.mark.parametrize("field", ["name", "modality", "anatomy", "task", "description", "version"])
@pytest.mark.parametrize("character", ["\x00", "\x1b[31m", "\x7f", "\u202e"])
def test_control_characters(service: RunningService, key: str, field: str, character: str) -> None:
    answer = refuses(service, key, announcement(**{field: f"Spleen{character}"}), 422, "invalid_input")
    assert answer["field"] == field


@pytest.mark.parametrize("field", ["prediction_url", "interface_url"])
@pytest.mark.parametrize("url", URLS)
def test_urls_that_are_none_of_the_web(service: RunningService, key: str, field: str, url: str) -> None:
    answer = refuses(service, key, announcement(**{field: url}), 422, "invalid_input")
    assert answer["field"] == field


def test_script_tags_in_a_name_are_text(service: RunningService, key: str) -> None:
    """They are kept as they are, since a name may hold anything that can be read, and shown as text."""
    texts = dict.fromkeys(("name", "modality", "anatomy", "task", "description"), SCRIPT)
    assert service.announce(key, base="http://scripts", **texts).json() == {"status": 0, "error": ""}
    (found,) = [each for each in service.discover() if each["prediction_url"] == "http://scripts/predict"]
    assert {found[name] for name in texts} == {SCRIPT}
    for path in ("/", "/?text=script", f"/endpoints/{found['SID']}"):
        answer = httpx.get(f"{service.url}{path}").raise_for_status()
        assert "&lt;script&gt;alert(1)" in answer.text
        assert "<script>alert" not in answer.text
        assert "<img" not in answer.text
        assert (
            "script-src" in answer.headers["Content-Security-Policy"]
            or "default-src 'none'" in (answer.headers["Content-Security-Policy"])
        )


@pytest.mark.parametrize("key", ["", "x", "0" * 64, "f" * 64_000, "é", "' OR 1=1 --", "\x00"])
def test_keys_that_are_none(service: RunningService, key: str) -> None:
    answer = service.announce(key, base="http://nobody")
    assert answer.json()["status"] == 1
    assert not [each for each in service.discover() if "nobody" in each["prediction_url"]]


@pytest.mark.parametrize("header", [b"\xff\xfe", b"Bearer", b"Basic a2V5", b"x" * 4000])
def test_headers_that_hold_no_key(service: RunningService, header: bytes) -> None:
    for name in (b"Authorization", b"X-API-Key"):
        answer = httpx.post(f"{service.url}/v1/endpoints", json=announcement(), headers={name: header})
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")


def test_a_revoked_key(start_service: Any, database_url: str) -> None:
    service = start_service(database=database_url)
    key = service.make_key()
    assert service.announce(key).json()["status"] == 0
    sid = service.discover()[0]["SID"]
    service.command("keys", "revoke", "1")
    assert service.discover() == []
    old = service.announce(key)
    assert (old.status_code, old.json()["status"]) == (200, 1)
    assert "revoked" in old.json()["error"]
    with httpx.Client(base_url=service.url, headers={"Authorization": f"Bearer {key}"}) as client:
        answers = [
            client.post("/v1/endpoints", json=announcement()),
            client.post(f"/v1/endpoints/{sid}/renew"),
            client.delete(f"/v1/endpoints/{sid}"),
        ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(401, "unauthorized")] * 3
    assert service.discover() == []


def test_the_log_tells_of_no_error_and_no_key(service: RunningService, key: str) -> None:
    """After all of the above, which ran in this service."""
    service.announce(key, base="http://scripts")
    assert "Traceback" not in service.log
    assert "internal error" not in service.log
    assert key not in service.log
