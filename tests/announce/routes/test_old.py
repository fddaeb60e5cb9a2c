"""``/announce`` and ``/discover``, as TOMAAT's services and clients know them."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx
import pytest

from services import RunningService, announcement

SENTENCES = {
    "api_key": "No api_key specified ",
    "prediction_url": "No endpoint prediction url specified ",
    "interface_url": "No endpoint interface url specified ",
    "name": "No endpoint name specified ",
    "modality": "No endpoint modality specified ",
    "anatomy": "No endpoint anatomy specified ",
    "task": "No endpoint task specified ",
    "description": "No endpoint description specified ",
}


def listed(service: RunningService, base: str, **query: str) -> list[dict[str, Any]]:
    """What is listed of the endpoints that a test has announced."""
    found = httpx.get(f"{service.url}/discover", params=query).json()
    return [endpoint for endpoint in found if endpoint["prediction_url"].startswith(base)]


def test_an_announcement_is_listed_as_tomaat_lists_it(service: RunningService, key: str) -> None:
    before = time.time()
    answer = service.announce(key, base="http://old1")
    assert (answer.status_code, answer.text) == (200, '{"status": 0, "error": ""}')
    (found,) = listed(service, "http://old1")
    sid, created = found.pop("SID"), found.pop("creation_time")
    assert found == announcement(base="http://old1", api_key="")
    assert isinstance(sid, str)
    assert not key.startswith(sid)
    assert before - 1 <= created <= time.time() + 1


def test_creation_time_is_that_of_the_last_announcement(service: RunningService, key: str) -> None:
    times, sids = [], set()
    for _ in range(2):
        service.announce(key, base="http://old2")
        (found,) = listed(service, "http://old2")
        times.append(found["creation_time"])
        sids.add(found["SID"])
    assert times[0] < times[1]
    assert len(sids) == 1


@pytest.mark.parametrize("name", SENTENCES)
def test_what_is_missing_is_said_in_tomaats_words(service: RunningService, key: str, name: str) -> None:
    said = announcement(**({"api_key": key} | {name: None}))
    answer = httpx.post(f"{service.url}/announce", json=said)
    assert (answer.status_code, answer.json()) == (200, {"status": 1, "error": SENTENCES[name]})


def test_all_that_is_missing_is_counted(http: httpx.Client) -> None:
    answer = http.post("/announce", content=b"{}")
    assert answer.json() == {"status": 8, "error": "".join(SENTENCES.values())}


def test_a_key_that_is_not_known_is_refused_in_tomaats_words(service: RunningService) -> None:
    answer = service.announce("f" * 64)
    sentence = "Your API KEY has not been recognized. Contact the administrator of the announcement service "
    assert (answer.status_code, answer.json()) == (200, {"status": 1, "error": sentence})


@pytest.mark.parametrize("key", ["", 3, None, ["a"], {"a": 1}, "\x00", "\ud800", "é" * 1000])
def test_what_is_no_key_is_not_known(service: RunningService, key: Any) -> None:
    answer = httpx.post(f"{service.url}/announce", content=json.dumps(announcement() | {"api_key": key}))
    assert answer.status_code in (200, 400)
    assert answer.json()["status"] == 1


def test_whatever_content_type_old_services_send(service: RunningService, key: str) -> None:
    body = json.dumps(announcement(api_key=key, base="http://old3"))
    for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
        answer = httpx.post(f"{service.url}/announce", content=body, headers={"Content-Type": kind})
        assert answer.json() == {"status": 0, "error": ""}


def test_any_page_may_ask(http: httpx.Client) -> None:
    for path, method in (("/discover", "GET"), ("/announce", "POST")):
        asked = http.options(path, headers={"Origin": "https://a", "Access-Control-Request-Method": method})
        assert asked.status_code == 204
        done = http.request(method, path)
        for answer in (asked, done):
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert answer.headers["Access-Control-Allow-Methods"] == method
            assert answer.headers["Access-Control-Allow-Headers"] == "*"
            assert answer.headers["Access-Control-Max-Age"] == "2520"


def test_the_list_can_be_filtered(service: RunningService, key: str) -> None:
    service.announce(key, base="http://old4/a", anatomy="Kidney")
    service.announce(key, base="http://old4/b", anatomy="Liver", modality="MR")
    assert [found["anatomy"] for found in listed(service, "http://old4", anatomy="kidney")] == ["Kidney"]
    assert [found["anatomy"] for found in listed(service, "http://old4", modality="mr")] == ["Liver"]
    assert len(listed(service, "http://old4", text="old4")) == 2
    assert listed(service, "http://old4", alive="true") == []


def test_a_filter_that_is_wrong_is_said(http: httpx.Client) -> None:
    answer = http.get("/discover?alive=maybe")
    assert answer.status_code == 422
    assert answer.json()["field"] == "alive"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"  # a page in a browser may read why


def test_a_list_of_many_pages_is_whole(start_service: Any) -> None:
    unlimited = start_service(config="key_rate = 0\naddress_rate = 0\ncheck_interval = 0")
    key, bases = unlimited.make_key(), [f"http://old5/{number}" for number in range(1001)]
    with httpx.Client(base_url=unlimited.url) as client:
        for base in bases:
            assert client.post("/announce", json=announcement(api_key=key, base=base)).json()["status"] == 0
    assert [endpoint["prediction_url"] for endpoint in unlimited.discover()] == [f"{base}/predict" for base in bases]


def test_the_list_is_written_as_pythons_json_writes_it(service: RunningService, key: str) -> None:
    service.announce(key, base="http://old6", name='A "name" \\ of 脾臓 😀', description="Two\nlines\tand </script>.")
    text = httpx.get(f"{service.url}/discover?text=old6").text
    assert text == json.dumps(json.loads(text))
    assert json.loads(text)[0]["name"] == 'A "name" \\ of 脾臓 😀'
