"""How often one may announce."""

from __future__ import annotations

from typing import Any

import httpx

from services import RunningService, announcement


def announce(service: RunningService, key: str, address: str = "192.0.2.1", **fields: Any) -> httpx.Response:
    """Announce as if through a proxy in front of the service."""
    body = announcement(api_key=key, **fields)
    return httpx.post(f"{service.url}/announce", json=body, headers={"X-Forwarded-For": f"8.8.8.8, {address}"})


CONFIG = "key_rate = 5\naddress_rate = 9\nproxies = 1\n"


def test_a_key_and_an_address_have_their_rates(start_service: Any) -> None:
    service = start_service(config=CONFIG)
    key, other = service.make_key(), service.make_key()
    assert [announce(service, key).json()["status"] for _ in range(5)] == [0] * 5
    refused = announce(service, key)
    assert (refused.status_code, refused.json()["status"]) == (429, 1)
    assert "Too many announcements come with this key" in refused.json()["error"]
    assert 1 <= int(refused.headers["Retry-After"]) <= 12
    assert announce(service, key, "192.0.2.2").status_code == 429  # it is the key's rate, wherever it comes from
    assert [announce(service, other).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert "from this address" in announce(service, other).json()["error"]
    assert announce(service, other, "192.0.2.3").json() == {"status": 0, "error": ""}
    assert len(service.discover()) == 2


def test_what_is_refused_counts_for_its_address(start_service: Any) -> None:
    """Keys can't be tried out one after the other, nor bodies sent without end."""
    service = start_service(config=CONFIG)
    tried = [announce(service, f"{number:064}").status_code for number in range(8)]
    assert tried == [200] * 8  # with TOMAAT's sentence for a key that is not known
    assert httpx.post(f"{service.url}/announce", content=b"[", headers={"X-Forwarded-For": "192.0.2.1"}).is_error
    assert announce(service, "0" * 64).status_code == 429
    assert announce(service, "0" * 64, "192.0.2.2").status_code == 200


def test_the_new_routes_share_the_rates(start_service: Any) -> None:
    service = start_service(config="key_rate = 4\n")
    key = service.make_key()
    with httpx.Client(base_url=service.url, headers={"X-API-Key": key}) as client:
        sid = client.post("/v1/endpoints", json=announcement()).raise_for_status().json()["sid"]
        client.post(f"/v1/endpoints/{sid}/renew").raise_for_status()
        client.delete(f"/v1/endpoints/{sid}").raise_for_status()
        client.post("/v1/endpoints", json=announcement()).raise_for_status()
        refused = client.post(f"/v1/endpoints/{sid}/renew")
        assert refused.status_code == 429
        assert refused.json()["code"] == "too_many_requests"
        assert int(refused.headers["Retry-After"]) >= 1
        assert client.delete(f"/v1/endpoints/{sid}").status_code == 429
        assert client.get(f"/v1/endpoints/{sid}").status_code == 200  # reading is free


def test_who_is_behind_no_proxy_can_not_say_where_it_is(start_service: Any) -> None:
    service = start_service(config="address_rate = 3\n")
    key = service.make_key()
    codes = [announce(service, key, f"192.0.2.{number}").status_code for number in range(4)]
    assert codes == [200, 200, 200, 429]
