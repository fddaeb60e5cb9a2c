"""``/v1/endpoints``: announce, renew, withdraw, find."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from services import RunningService, announcement


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def announce(http: httpx.Client, key: str, **fields: Any) -> dict[str, Any]:
    answer = http.post("/v1/endpoints", json=announcement(api_key=None, **fields), headers=bearer(key))
    assert answer.status_code in (200, 201), answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_announce_renew_withdraw_and_come_back(http: httpx.Client, key: str) -> None:
    said = announcement(base="http://new1", api_key=None, version="1.2", card={"licence": "MIT"})
    first = http.post("/v1/endpoints", json=said, headers=bearer(key))
    assert first.status_code == 201
    shown = first.json()
    assert first.headers["Location"] == f"/v1/endpoints/{shown['sid']}"
    assert {name: shown[name] for name in said} == said
    assert (shown["state"], shown["state_since"]) in (("unknown", None), ("unreachable", shown["state_since"]))
    announced, expires = (datetime.fromisoformat(shown[name]) for name in ("announced", "expires"))
    assert timedelta(minutes=59) < expires - announced <= timedelta(minutes=60)
    path = first.headers["Location"]
    assert http.post("/v1/endpoints", json=said, headers=bearer(key)).status_code == 200
    renewed = http.post(f"{path}/renew", headers={"X-API-Key": key})
    assert renewed.status_code == 200
    assert renewed.json()["expires"] >= shown["expires"]
    assert http.get(path).json()["sid"] == shown["sid"]
    assert http.delete(path, headers=bearer(key)).status_code == 204
    assert http.get(path).json()["code"] == "not_found"
    assert http.post("/v1/endpoints", json=said, headers=bearer(key)).json()["sid"] == shown["sid"]


def test_who_has_not_announced_it_can_do_nothing_to_it(http: httpx.Client, service: RunningService, key: str) -> None:
    path = f"/v1/endpoints/{announce(http, key, base='http://new2')['sid']}"
    other = service.make_key()
    for headers, status, code in (
        ({}, 401, "unauthorized"),
        (bearer("x"), 401, "unauthorized"),
        (bearer(other), 404, "not_found"),
    ):
        for answer in (http.delete(path, headers=headers), http.post(f"{path}/renew", headers=headers)):
            assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert http.get(path).status_code == 200


def test_a_key_that_may_announce_no_more_is_told(http: httpx.Client, service: RunningService) -> None:
    key = service.make_key("--max-endpoints", "2")
    for number in range(2):
        announce(http, key, base=f"http://new3/{number}")
    said = announcement(api_key=None, base="http://new3/2")
    answer = http.post("/v1/endpoints", json=said, headers=bearer(key))
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert "as many as it may" in answer.json()["detail"]


def test_a_field_that_is_wrong_is_named(http: httpx.Client, key: str) -> None:
    said = announcement(api_key=None, interface_url="javascript:alert(1)")
    answer = http.post("/v1/endpoints", json=said, headers=bearer(key))
    assert (answer.status_code, answer.json()["field"]) == (422, "interface_url")
    assert answer.headers["Content-Type"].startswith("application/problem+json")


def test_find_by_all_that_there_is(http: httpx.Client, key: str) -> None:
    announce(http, key, base="http://new4/a", anatomy="Heart", modality="US", task="Detection")
    announce(http, key, base="http://new4/b", anatomy="heart", description="Finds <b>valves</b> & more.")
    for query, count in (("anatomy=HEART", 2), ("anatomy=heart&modality=us", 1), ("text=VALVES more&anatomy=heart", 1)):
        assert len(http.get(f"/v1/endpoints?{query}").json()["endpoints"]) == count
    facets = http.get("/v1/endpoints/facets?anatomy=heart").json()
    assert facets["anatomy"] == {"Heart": 2}
    assert facets["task"] == {"Detection": 1, "Segmentation": 1}


def test_pages_lead_to_each_other(http: httpx.Client, key: str) -> None:
    for number in range(5):
        announce(http, key, base=f"http://new5/{number}", task="paging")
    found, after = [], "0"
    while after is not None:
        page = http.get(f"/v1/endpoints?task=paging&limit=2&after={after}").json()
        found.append([endpoint["prediction_url"][-9:] for endpoint in page["endpoints"]])
        after = page["next"]
    assert found == [["0/predict", "1/predict"], ["2/predict", "3/predict"], ["4/predict"]]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=1001", "limit"),
        ("limit=-1", "limit"),
        ("limit=two", "limit"),
        ("limit=²", "limit"),
        ("after=1e3", "after"),
        ("after=" + "9" * 400, "after"),
        ("alive=perhaps", "alive"),
        ("text=" + "a" * 201, "text"),
        ("anatomy=%00", "anatomy"),
    ],
)
def test_a_query_that_is_wrong_is_said(http: httpx.Client, query: str, field: str) -> None:
    answer = http.get(f"/v1/endpoints?{query}")
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_any_page_may_read(http: httpx.Client) -> None:
    for path in ("/v1/endpoints", "/v1/endpoints/facets"):
        assert http.get(path).headers["Access-Control-Allow-Origin"] == "*"


def test_nothing_of_a_key_is_shown(http: httpx.Client, service: RunningService, key: str) -> None:
    sid = announce(http, key, base="http://new6")["sid"]
    for path in (f"/v1/endpoints/{sid}", "/v1/endpoints?text=new6", "/discover?text=new6", "/", "/metrics"):
        assert key[:7] not in http.get(path).text
    assert key[:7] not in service.log


def test_health(http: httpx.Client) -> None:
    assert http.get("/healthz").json() == {"status": "ok"}
    assert http.get("/readyz").json() == {"status": "ok"}


def test_what_is_not_there(http: httpx.Client) -> None:
    assert http.get("/v1/nothing").json()["code"] == "not_found"
    assert http.put("/v1/endpoints").status_code == 405


@pytest.mark.parametrize("number", ["0" * 21 + "99999", "9" * 30, "0" * 5000, "-1", "1e3", "١", "2.0", " 1"])
def test_a_number_that_is_none_is_said(http: httpx.Client, number: str) -> None:
    for name in ("limit", "after"):
        answer = http.get("/v1/endpoints", params={name: number})
        assert (answer.status_code, answer.json()["field"]) == (422, name)


def test_pages_end_where_there_are_no_more(start_service: Any, database_url: str) -> None:
    """Also far behind all numbers that a database has."""
    service = start_service(database=database_url)
    service.announce(service.make_key())
    with httpx.Client(base_url=service.url) as client:
        assert client.get("/v1/endpoints?after=9007199254740992").json() == {"endpoints": [], "next": None}
        assert client.get("/?after=9007199254740992").status_code == 200


def test_words_that_grow_when_they_are_folded_are_kept_and_found(start_service: Any, database_url: str) -> None:
    """U+FDFA becomes eighteen letters, and a modality may have two hundred of it."""
    service = start_service(database=database_url)
    long = "\ufdfa" * 200
    assert service.announce(service.make_key(), modality=long, description=long).json()["status"] == 0
    with httpx.Client(base_url=service.url) as client:
        (found,) = client.get("/v1/endpoints", params={"modality": long}).json()["endpoints"]
        assert client.get("/", params={"modality": long}).status_code == 200
    assert (found["modality"], found["description"]) == (long, long)
