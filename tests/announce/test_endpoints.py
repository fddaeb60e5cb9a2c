"""Who is listed, since when, and until when."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Connection, Row, func, insert, select, update

from services import announcement
from tomaat.errors import Forbidden, NotFound, Unauthorized
from tomaat.keys.secret import hash_of
from tomaat_announce.announcement import Announcement
from tomaat_announce.clock import Clock
from tomaat_announce.endpoints import BATCH
from tomaat_announce.listing import Filter
from tomaat_announce.service import Service
from tomaat_announce.settings import ServiceSettings
from tomaat_announce.tables import CHANGES, ENDPOINTS, KEYS

KEY, OTHER, SINGLE, PAIR = (letter * 64 for letter in "abcd")
LIFETIME = 3600.0


class Wall:
    """A machine's clock that can be set."""

    def __init__(self) -> None:
        self.set = 0.0

    def __call__(self) -> float:
        return time.time() + self.set


@dataclass
class Running:
    """A service whose clock the test sets, and what is done with it."""

    service: Service
    wall: Wall

    async def announce(self, number: int = 1, key: str = KEY, **fields: Any) -> Row[Any]:
        said = announcement(base=f"http://host{number}", **fields)
        return (await self.service.endpoints.announce(key, Announcement.of(said)))[0]

    async def listed(self, **wanted: Any) -> list[str]:
        """The prediction URLs of what is listed."""
        pages = self.service.endpoints.all(Filter(**wanted))
        return [row.prediction_url.removesuffix("/predict") async for rows in pages for row in rows]

    async def changes(self) -> list[tuple[str, str]]:
        rows = await self.service.database.read(
            lambda connection: list(connection.execute(select(CHANGES).order_by(CHANGES.c.id)))
        )
        return [(row.kind, row.endpoint["prediction_url"].removesuffix("/predict")) for row in rows]

    async def later(self, seconds: float) -> None:
        """Let time pass, evenly."""
        self.wall.set += seconds
        self.service.clock.adopt()
        await self.service.endpoints.sweep()


@pytest_asyncio.fixture
async def running(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    wall = Wall()
    settings = ServiceSettings(home=tmp_path, database=database_url, lifetime=LIFETIME, check_interval=0)
    service = Service(settings, Clock(wall))
    await service.start()
    rows = [
        {"hash": hash_of(key), "owner": "me", "note": "", "created": 0.0, "max_endpoints": most}
        for key, most in ((KEY, None), (OTHER, None), (SINGLE, 1), (PAIR, 2))
    ]
    await service.database.write(lambda connection: connection.execute(insert(KEYS), rows))
    yield Running(service, wall)
    await service.stop()


pytestmark = pytest.mark.asyncio


async def test_an_announcement_again_is_the_same_endpoint(running: Running) -> None:
    first = await running.announce()
    await running.later(60)
    again = await running.announce(description="Better now.")
    assert (again.sid, again.first_seen) == (first.sid, first.first_seen)
    assert again.announced - first.announced == pytest.approx(60, abs=5)
    assert again.expires - again.announced == pytest.approx(LIFETIME)
    assert again.description == "Better now."
    assert await running.changes() == [("appeared", "http://host1"), ("changed", "http://host1")]


async def test_a_renewal_is_nobodys_news(running: Running) -> None:
    await running.announce()
    await running.announce()
    assert await running.changes() == [("appeared", "http://host1")]


async def test_keys_do_not_share_endpoints(running: Running) -> None:
    mine, theirs = await running.announce(), await running.announce(key=OTHER)
    assert mine.sid != theirs.sid
    with pytest.raises(NotFound):
        await running.service.endpoints.withdraw(theirs.sid, KEY)
    with pytest.raises(NotFound):
        await running.service.endpoints.renew(theirs.sid, KEY)
    assert len(await running.listed()) == 2


async def test_a_sid_gives_nothing_of_the_key_away(running: Running) -> None:
    sids = {(await running.announce(number)).sid for number in range(20)}
    assert len(sids) == 20
    assert all(len(sid) == 8 and sid.isalnum() and sid == sid.lower() for sid in sids)
    assert not any(hash_of(KEY).startswith(sid[:4]) or KEY.startswith(sid) for sid in sids)


async def test_a_key_that_is_not_known_stores_nothing(running: Running) -> None:
    with pytest.raises(Unauthorized):
        await running.announce(key="e" * 64)
    assert await running.listed() == []


async def test_what_expires_is_listed_no_more_and_comes_back_as_it_was(running: Running) -> None:
    first = await running.announce()
    running.wall.set += LIFETIME + 1
    running.service.clock.adopt()
    assert await running.listed() == []  # at once, and not when somebody has swept
    with pytest.raises(NotFound):
        await running.service.endpoints.get(first.sid)
    await running.later(0)
    back = await running.announce()
    assert (back.sid, back.first_seen) == (first.sid, first.first_seen)
    assert [kind for kind, _ in await running.changes()] == ["appeared", "gone", "appeared"]


async def test_what_is_withdrawn_is_gone_and_can_be_renewed(running: Running) -> None:
    sid = (await running.announce()).sid
    await running.service.endpoints.withdraw(sid, KEY)
    await running.service.endpoints.withdraw(sid, KEY)
    assert await running.listed() == []
    assert (await running.service.endpoints.renew(sid, KEY)).sid == sid
    assert await running.listed() == ["http://host1"]
    assert [kind for kind, _ in await running.changes()] == ["appeared", "gone", "appeared"]


async def test_what_is_long_gone_is_forgotten(running: Running) -> None:
    sid = (await running.announce()).sid
    await running.later(LIFETIME + 1)
    await running.later(running.service.settings.forget_after + 1)
    assert (await running.announce()).sid != sid


async def test_many_that_expire_at_once_are_all_swept(running: Running) -> None:
    row = (await running.announce(0))._asdict()
    del row["id"]
    copies = [row | {"sid": f"copy{n}", "prediction_url": f"http://copy{n}/predict"} for n in range(2 * BATCH)]
    await running.service.database.write(lambda connection: connection.execute(insert(ENDPOINTS), copies))
    assert len(await running.listed()) == 2 * BATCH + 1
    await running.later(LIFETIME + 1)

    def listed(connection: Connection) -> int:
        counted = select(func.count()).select_from(ENDPOINTS).where(ENDPOINTS.c.listed.is_(True))
        return connection.execute(counted).scalar_one()

    assert await running.service.database.read(listed) == 0


async def test_one_service_for_a_key_moves_as_in_tomaat(running: Running) -> None:
    first = await running.announce(1, SINGLE)
    second = await running.announce(2, SINGLE)
    assert second.sid == first.sid
    assert await running.listed() == ["http://host2"]


async def test_a_key_announces_as_many_as_it_may(running: Running) -> None:
    first = await running.announce(1, PAIR)
    await running.announce(2, PAIR)
    with pytest.raises(Forbidden, match="has 2 endpoints, as many as it may"):
        await running.announce(3, PAIR)
    await running.announce(2, PAIR)
    await running.service.endpoints.withdraw(first.sid, PAIR)
    await running.announce(3, PAIR)
    with pytest.raises(Forbidden):
        await running.service.endpoints.renew(first.sid, PAIR)
    assert await running.listed() == ["http://host2", "http://host3"]


async def test_a_limit_holds_for_those_who_come_at_once(running: Running) -> None:
    done = await asyncio.gather(*(running.announce(n, PAIR) for n in range(10)), return_exceptions=True)
    assert sum(isinstance(found, Forbidden) for found in done) == 8
    assert len(await running.listed()) == 2


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"modality": "ct"}, ["http://host1", "http://host3"]),
        ({"anatomy": "BRAIN"}, ["http://host2", "http://host3"]),
        ({"task": "detection"}, ["http://host3"]),
        ({"modality": "CT", "anatomy": "brain"}, ["http://host3"]),
        ({"text": "finds BLEEDING"}, ["http://host3"]),
        ({"text": "bleeding nowhere"}, []),
        ({"text": "100%"}, ["http://host2"]),
        ({"text": "_"}, []),
        ({"modality": "c"}, []),
        ({"alive": True}, ["http://host2"]),
        ({"alive": False}, ["http://host1", "http://host3"]),
        ({"alive": True, "anatomy": "brain", "text": "host2"}, ["http://host2"]),
        ({"modality": "", "text": " "}, ["http://host1", "http://host2", "http://host3"]),
    ],
)
async def test_filters(running: Running, wanted: dict[str, Any], found: list[str]) -> None:
    await running.announce(1)
    row = await running.announce(2, modality="MR", anatomy="Brain", description="100% of it")
    await running.announce(3, anatomy="brain", task="Detection", description="Finds a bleeding.")
    alive = update(ENDPOINTS).where(ENDPOINTS.c.id == row.id).values(state="alive")
    await running.service.database.write(lambda connection: connection.execute(alive))
    assert await running.listed(**wanted) == found
    assert await running.service.endpoints.count(Filter(**wanted)) == len(found)


async def test_facets_count_without_regard_to_case(running: Running) -> None:
    await running.announce(1, anatomy="Brain")
    await running.announce(2, anatomy="brain", modality="MR")
    facets = await running.service.endpoints.facets(Filter())
    assert facets == {"modality": {"CT": 1, "MR": 1}, "anatomy": {"Brain": 2}, "task": {"Segmentation": 2}}


async def test_pages_follow_each_other(running: Running) -> None:
    for number in range(5):
        await running.announce(number)
    seen, after = [], 0
    for _ in range(3):
        rows, after = await running.service.endpoints.page(Filter(), after=after, limit=2)
        seen.append([row.prediction_url for row in rows])
    assert [len(page) for page in seen] == [2, 2, 1]
    assert after == 0


@pytest.mark.parametrize("jump", [7 * 24 * 3600.0, -7 * 24 * 3600.0])
async def test_a_clock_that_jumps_lists_nobody_off_and_nobody_for_ever(running: Running, jump: float) -> None:
    await running.announce(1)
    await running.later(60)
    running.wall.set += jump
    assert await running.listed() == ["http://host1"]
    await running.service.tend()
    await running.service.tend()  # another process sees the same jump
    assert await running.listed() == ["http://host1"]
    row = await running.service.endpoints.page(Filter())
    now = running.service.clock.now()
    assert row[0][0].announced <= now
    assert now < row[0][0].expires <= now + LIFETIME
    await running.later(LIFETIME + 1)
    assert await running.listed() == []
    assert (await running.changes())[-1] == ("gone", "http://host1")


async def test_what_a_clock_ahead_has_written_is_held_back_at_the_next_start(running: Running) -> None:
    await running.later(30 * 24 * 3600)
    await running.announce(1)
    running.wall.set = 0
    running.service.clock.adopt()
    await running.service.endpoints.start()
    await running.later(LIFETIME + 1)
    assert await running.listed() == []
