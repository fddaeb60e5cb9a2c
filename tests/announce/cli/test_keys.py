"""``tomaat-announce keys``: keys made, shown, rotated and revoked."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from services import announcement


def when(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def test_keys_from_the_first_to_the_last(place: Any) -> None:
    """Without a service, and without a database before."""
    assert "keys create" in place.done("keys", "list")
    made = place.command("keys", "create", "--owner", "Anna, radiology", "--note", "gpu1")
    key = made.stdout.strip()
    assert len(bytes.fromhex(key)) == 32
    assert made.stderr.startswith("This is key 1, of Anna, radiology. It is shown this once:")
    assert key not in made.stderr
    (shown,) = place.json("keys", "list")["keys"]
    assert (shown["id"], shown["owner"], shown["note"], shown["state"]) == (1, "Anna, radiology", "gpu1", "good")
    assert (shown["max_endpoints"], shown["endpoints"], shown["last_announced"]) == (None, 0, None)
    assert when(shown["created"]) == pytest.approx(time.time(), abs=60)
    rotated = place.json("keys", "rotate", "1", "--grace", "24h")
    assert rotated["id"] == 1
    assert rotated["key"] != key
    (shown,) = place.json("keys", "list")["keys"]
    assert when(shown["previous_until"]) == pytest.approx(time.time() + 24 * 3600, abs=60)
    assert place.done("keys", "revoke", "1") == "Revoked the key 1; 0 endpoints are listed no more.\n"
    assert "revoked" in place.done("keys", "list")
    assert "keys create" in place.error("keys", "revoke", "1")
    assert "keys list" in place.error("keys", "rotate", "2")
    everything = place.done("keys", "list") + place.done("keys", "list", "--json")
    assert not any(part in everything for part in (key, rotated["key"], key[:8]))


def test_what_a_key_may_do_is_said_when_it_is_made(sqlite_place: Any) -> None:
    options = ("--owner", "trial", "--max-endpoints", "1", "--expires")
    for expires in ("2099-01-31", "90d"):
        assert set(sqlite_place.json("keys", "create", *options, expires)) == {"id", "key"}
    dated, lasting = sqlite_place.json("keys", "list")["keys"]
    assert dated["expires"] == "2099-02-01T00:00:00.000Z"  # the day is its last
    assert when(lasting["expires"]) == pytest.approx(time.time() + 90 * 86400, abs=60)
    assert dated["max_endpoints"] == 1
    assert "0 of 1" in sqlite_place.done("keys", "list")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--expires", "2001-01-31"), "has passed"),
        (("--expires", "2027-02-30"), "no date"),
        (("--expires", "0d"), "has passed"),
        (("--expires", "9999-12-31"), "no date"),
        (("--expires", "999999999999w"), "no date"),
        (("--expires", "soon"), "2027-01-31, or 90d"),
        (("--max-endpoints", "0"), "max-endpoints"),
    ],
)
def test_a_wrong_option_is_a_usage_error(sqlite_place: Any, options: tuple[str, ...], says: str) -> None:
    assert says in sqlite_place.error("keys", "create", "--owner", "Anna", *options, code=2)
    assert sqlite_place.json("keys", "list") == {"keys": []}


def test_a_wrong_owner_or_grace(sqlite_place: Any) -> None:
    assert "--owner" in sqlite_place.error("keys", "create", code=2)
    assert "needs an owner" in sqlite_place.error("keys", "create", "--owner", "")
    assert "no duration" in sqlite_place.error("keys", "rotate", "1", "--grace", "a while", code=2)


def test_beside_a_running_service(start_service: Any, database_url: str) -> None:
    """What a command has done holds for the next announcement."""
    service = start_service(database=database_url)
    key = service.make_key()
    assert service.announce(key).json() == {"status": 0, "error": ""}
    sid = service.discover()[0]["SID"]
    (listed,) = json.loads(service.command("keys", "list", "--json").stdout)["keys"]
    assert (listed["endpoints"], when(listed["last_announced"])) == (1, pytest.approx(time.time(), abs=60))
    new = service.command("keys", "rotate", "1").stdout.strip()
    assert "not been recognized" in service.announce(key).json()["error"]
    assert service.announce(new).json()["status"] == 0
    assert [found["SID"] for found in service.discover()] == [sid]
    assert "1 endpoint is listed no more" in service.command("keys", "revoke", "1").stdout
    assert service.discover() == []
    assert "revoked" in service.announce(new).json()["error"]


def test_an_expired_key_announces_no_more_but_its_endpoints_live_on(start_service: Any) -> None:
    service = start_service()
    key = service.make_key("--expires", "3s")
    assert service.announce(key).json()["status"] == 0
    deadline = time.monotonic() + 30
    while (answer := service.announce(key).json())["status"] == 0:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert "expired" in answer["error"]
    refused = httpx.post(f"{service.url}/v1/endpoints", json=announcement(), headers={"X-API-Key": key})
    assert (refused.status_code, refused.json()["code"]) == (401, "unauthorized")
    assert len(service.discover()) == 1


def test_a_database_that_is_away_is_a_sentence(sqlite_place: Any) -> None:
    words = ("keys", "list", "--database", "postgresql://nobody@127.0.0.1:9/none")
    assert "The database can't be used" in sqlite_place.error(*words)


@pytest.mark.parametrize("url", ["mysql://db/x", "nonsense"])
def test_another_database_is_a_sentence(sqlite_place: Any, url: str) -> None:
    assert "database" in sqlite_place.error("keys", "list", "--database", url)


def test_the_data_folder_is_the_one_that_is_said(sqlite_place: Any, tmp_path: Path) -> None:
    sqlite_place.done("keys", "create", "--owner", "Anna", "--home", str(tmp_path / "other"))
    assert (tmp_path / "other" / "announce.db").exists()
    assert sqlite_place.json("keys", "list") == {"keys": []}
    day = datetime.now(UTC).date().isoformat()
    assert day in sqlite_place.json("keys", "list", "--home", str(tmp_path / "other"))["keys"][0]["created"]
