"""A disk that is full: announcements are refused whole, reading goes on, and all is well once there is room."""

from __future__ import annotations

import resource
import sqlite3
from pathlib import Path
from typing import Any

import httpx
import pytest

from services import RunningService, announcement
from tomaat.errors import Unavailable
from tomaat_announce import key_store
from tomaat_announce.announcement import Announcement
from tomaat_announce.key_store import Allowance
from tomaat_announce.listing import Filter
from tomaat_announce.service import Service
from tomaat_announce.settings import ServiceSettings

FREE = "key_rate = 0\naddress_rate = 0\ncheck_interval = 0\n"
LONG = "x" * 10_000
MOST = 2000
"""Announcements that are far more than there is room for."""


def limit_files(service: RunningService, size: int) -> None:
    """Let the running service write no file beyond ``size`` bytes, as if the disk ended there."""
    resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_a_service_whose_files_can_not_grow(start_service: Any) -> None:
    service = start_service(config=FREE)
    key = service.make_key()
    limit_files(service, 400_000)
    stored, answer = fill(service, key)
    assert answer.status_code == 503
    assert answer.json()["status"] == 1
    assert int(answer.headers["Retry-After"]) >= 1
    assert [found["prediction_url"] for found in service.discover()] == stored
    assert httpx.get(f"{service.url}/readyz").status_code == 200  # it can be read
    assert fill(service, key, first=MOST)[0] == []
    limit_files(service, resource.RLIM_INFINITY)
    assert service.announce(key, base="http://late").json() == {"status": 0, "error": ""}
    assert len(service.discover()) == len(stored) + 1
    assert "Traceback" not in service.log
    service.kill()
    service.start()
    assert [found["prediction_url"] for found in service.discover()] == [*stored, "http://late/predict"]
    with sqlite3.connect(service.home / "announce.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def fill(service: RunningService, key: str, first: int = 0) -> tuple[list[str], httpx.Response]:
    """Announce until there is no room: what was stored, and the first refusal."""
    stored = []
    with httpx.Client(base_url=service.url, timeout=30) as client:
        for number in range(first, first + MOST):
            said = announcement(api_key=key, base=f"http://host{number}", description=LONG)
            answer = client.post("/announce", json=said)
            if answer.status_code != 200:
                return stored, answer
            stored.append(said["prediction_url"])
    raise AssertionError("there was room for all")


@pytest.mark.asyncio
async def test_a_database_that_is_full(tmp_path: Path) -> None:
    """As SQLite says it where the file system is at its end."""
    service = Service(ServiceSettings(home=tmp_path, check_interval=0))
    await service.start()
    _, key = await service.database.write(
        lambda connection: key_store.create(connection, service.clock.now(), Allowance("tests"))
    )

    async def limit(pages: int) -> None:
        await service.database.write(lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count={pages}"))

    async def announce(number: int) -> None:
        said = announcement(base=f"http://host{number}", description=LONG)
        await service.announce(key, Announcement.of(said))

    async def fill(first: int) -> int:
        for number in range(first, first + MOST):
            await announce(number)
        return MOST

    await limit(60)
    with pytest.raises(Unavailable, match="disk is full") as caught:
        await fill(0)
    assert caught.value.retry_after >= 1
    stored = await service.endpoints.count(Filter())
    assert 0 < stored < MOST
    with pytest.raises(Unavailable):
        await announce(MOST)
    assert await service.endpoints.count(Filter()) == stored
    await limit(100_000)
    await announce(MOST)
    assert await service.endpoints.count(Filter()) == stored + 1
    await service.stop()
