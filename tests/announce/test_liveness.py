"""A service that checks real endpoints: who is alive, who is not, and what that costs the others."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Row, insert, select

from hosts import RunningHost
from odd_endpoints import Behave, answering, drips, hangs_up, never_answers, pours, standing
from services import announcement
from tomaat.errors import InvalidInput, Unauthorized
from tomaat.keys.secret import hash_of
from tomaat.tls.own import own_certificate
from tomaat.tls.server import server_context
from tomaat_announce.announcement import Announcement
from tomaat_announce.liveness import MOST
from tomaat_announce.service import Service
from tomaat_announce.settings import ServiceSettings
from tomaat_announce.tables import CHANGES, KEYS

KEY = "a" * 64
FAST = {"check_interval": 0.5, "check_timeout": 0.5}


class Checking:
    """A service that runs, and what is announced there."""

    def __init__(self, service: Service) -> None:
        self.service = service

    async def announce(self, base: str, name: str = "", **fields: Any) -> Row[Any]:
        said = announcement(base=f"{base}/{name}" if name else base, **fields)
        return (await self.service.announce(KEY, Announcement.of(said)))[0]

    async def until(self, sid: str, state: str, seconds: float = 20.0) -> Row[Any]:
        """The endpoint, once it is in this state."""
        deadline = time.monotonic() + seconds
        while (row := await self.service.endpoints.get(sid)).state != state:
            assert time.monotonic() < deadline, f"still {row.state}"
            await asyncio.sleep(0.02)
        return row

    async def news(self) -> list[tuple[str, str]]:
        rows = await self.service.database.read(
            lambda connection: list(connection.execute(select(CHANGES).order_by(CHANGES.c.id)))
        )
        return [(row.kind, row.endpoint["state"]) for row in rows]

    def counted(self, metric: str) -> dict[str, float]:
        """What a metric has counted, by its last label."""
        text = self.service.metrics.show({}, 0).decode()
        return {label: float(number) for label, number in re.findall(rf'^{metric}{{.*"(\w+)"}} (\S+)$', text, re.M)}


Start = Callable[..., Awaitable[Checking]]


@pytest_asyncio.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Start a service in this process."""
    running: list[Service] = []

    async def start(database: str = "", **settings: Any) -> Checking:
        service = Service(ServiceSettings(home=tmp_path, database=database, **(FAST | settings)))
        await service.start()
        running.append(service)
        if len(running) == 1:
            key = {"hash": hash_of(KEY), "owner": "me", "note": "", "created": time.time()}
            await service.database.write(lambda connection: connection.execute(insert(KEYS).values(key)))
        return Checking(service)

    yield start
    for service in running:
        await service.stop()


async def test_a_real_host_is_alive_until_it_stops(
    start: Start, start_host: Callable[..., RunningHost], lean_apps: Path
) -> None:
    host = start_host(path=lean_apps)
    checking = await start()
    row = await checking.announce(f"{host.url}/everything")
    assert (row.state, row.state_since) == ("unknown", None)
    alive = await checking.until(row.sid, "alive")
    assert alive.state_since >= row.announced
    host.stop()
    await checking.until(row.sid, "unreachable")
    assert await checking.news() == [("appeared", "unknown"), ("changed", "alive"), ("changed", "unreachable")]


async def test_one_that_comes_back_is_alive_again(start: Start) -> None:
    checking = await start()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    row = await checking.announce(f"http://127.0.0.1:{port}")
    gone = await checking.until(row.sid, "unreachable")
    assert gone.state_since is not None

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answering()(reader, writer)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", port):
        back = await checking.until(row.sid, "alive")
    assert back.state_since > gone.state_since
    assert back.last_seen > gone.last_seen
    assert [state for _, state in await checking.news()] == ["unknown", "unreachable", "alive"]


@pytest.mark.parametrize(
    "behave",
    [answering(status="500 Oh"), answering(status="302 Found", headers="Location: /\r\n"), hangs_up, pours, drips],
    ids=["500", "redirect", "hangs up", "pours", "drips"],
)
async def test_one_that_answers_badly_is_unreachable(start: Start, behave: Behave) -> None:
    checking = await start()
    async with standing(behave) as url:
        await checking.until((await checking.announce(url)).sid, "unreachable")


async def test_one_with_a_certificate_of_its_own_is_alive(start: Start, tmp_path: Path) -> None:
    checking = await start()
    certificate = own_certificate(tmp_path / "certificate.pem", tmp_path / "key.pem", ["elsewhere.example"])
    async with standing(answering(), server_context(certificate)) as url:
        await checking.until((await checking.announce(url)).sid, "alive")


async def test_one_that_announces_again_is_asked_at_once(start: Start) -> None:
    checking = await start(check_interval=3000.0)
    asked: list[bytes] = []
    async with standing(answering(status="500 Oh", asked=asked)) as url:
        row = await checking.announce(url)
        await checking.until(row.sid, "unreachable")
        before = len(asked)
        await checking.announce(url)
        while len(asked) == before:  # 30 s, if it were not for the announcement
            await asyncio.sleep(0.02)


async def test_private_addresses_stay_unknown_where_they_may_not_be_asked(start: Start) -> None:
    checking = await start(check_private=False)
    asked: list[bytes] = []
    async with standing(answering(asked=asked)) as url:
        rows = [await checking.announce(address) for address in (url, url.replace("127.0.0.1", "localhost"))]
        while checking.counted("tomaat_announce_checks_total")["not_allowed"] < 4:
            await asyncio.sleep(0.02)
        assert {(await checking.service.endpoints.get(row.sid)).state for row in rows} == {"unknown"}
    assert asked == []


async def test_nobody_is_asked_where_the_interval_is_0(start: Start) -> None:
    asked: list[bytes] = []
    never = await start(check_interval=0.0)
    async with standing(answering(asked=asked)) as url:
        row = await never.announce(url)
        other = await start()  # it does ask, on the same database: by then the first would have, too
        await other.until(row.sid, "alive")
    assert sum(never.counted("tomaat_announce_checks_total").values()) == 0
    assert len(asked) >= 1


async def test_many_that_never_answer_do_not_keep_the_others_waiting(start: Start) -> None:
    checking = await start(checks_at_once=4, check_timeout=0.2)
    async with AsyncExitStack() as stack:
        deaf = await stack.enter_async_context(standing(never_answers))
        well = await stack.enter_async_context(standing(answering()))
        ill = [await checking.announce(deaf, str(number)) for number in range(20)]
        good = [await checking.announce(well, str(number)) for number in range(5)]
        for row in good:
            await checking.until(row.sid, "alive")
        for row in ill:
            await checking.until(row.sid, "unreachable")


async def test_no_more_are_asked_at_once_than_the_settings_say(start: Start) -> None:
    checking = await start(checks_at_once=3, check_timeout=5.0)
    open_now = most = 0

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal open_now, most
        open_now += 1
        most = max(most, open_now)
        await asyncio.sleep(0.05)
        open_now -= 1
        await answering()(reader, writer)

    async with standing(slow) as url:
        rows = [await checking.announce(url, str(number)) for number in range(12)]
        for row in rows:
            await checking.until(row.sid, "alive")
    assert most == 3


async def test_a_heap_of_endpoints_is_taken_in_parts_and_reading_goes_on(start: Start) -> None:
    checking = await start(check_interval=3000.0, check_timeout=10.0)
    async with standing(answering()) as url:
        for number in range(MOST + 50):
            await checking.announce(url, str(number))
        slowest = 0.0
        while (await checking.service.endpoints.states()).get("alive", 0) < MOST + 50:
            began = time.perf_counter()
            await asyncio.sleep(0)
            slowest = max(slowest, time.perf_counter() - began)
    assert slowest < 1.0
    assert checking.counted("tomaat_announce_checks_total")["alive"] == MOST + 50


async def test_two_processes_share_the_work(start: Start, database_url: str) -> None:
    asked: list[bytes] = []
    one = await start(database_url, check_interval=3000.0, check_timeout=10.0)
    other = await start(database_url, check_interval=3000.0, check_timeout=10.0)
    async with standing(answering(asked=asked)) as url:
        rows = [await one.announce(url, str(number)) for number in range(40)]
        for row in rows:
            await other.until(row.sid, "alive")
    paths = [head.split()[1] for head in asked]
    assert len(paths) == len(set(paths)) == 40


async def test_the_log_knows_nothing_of_endpoints(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    checking = await start()
    async with standing(hangs_up) as url:
        await checking.until((await checking.announce(url, "secret-name")).sid, "unreachable")
    assert "secret-name" not in caplog.text
    assert "127.0.0.1" not in caplog.text


async def test_a_service_for_the_internet_refuses_other_addresses(start: Start) -> None:
    checking = await start(public_only=True, check_interval=0.0)
    for url in ("http://10.1.2.3:9001", "http://localhost:9001", "http://[::1]:9001"):
        with pytest.raises(InvalidInput) as raised:
            await checking.announce(url)
        assert raised.value.field == "interface_url"
    with pytest.raises(InvalidInput) as raised:
        await checking.announce("http://8.8.8.8", prediction_url="http://192.168.0.9/predict")
    assert raised.value.field == "prediction_url"
    assert (await checking.announce("http://8.8.8.8")).state == "unknown"


async def test_no_name_is_looked_up_for_who_has_no_key(start: Start) -> None:
    checking = await start(public_only=True, check_interval=0.0)
    with pytest.raises(Unauthorized):
        await checking.service.announce("b" * 64, Announcement.of(announcement(base="http://no-such-host.invalid")))
