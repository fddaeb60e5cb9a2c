"""Keys that are made, rotated, revoked: what they may do then."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert, select, text

from calls import until
from postgresql import PostgreSQL
from tomaat.database.engine import open_engine
from tomaat.database.upgrade import upgrade
from tomaat.errors import Conflict, InvalidInput, NotFound, Unauthorized
from tomaat_announce import key_store
from tomaat_announce.endpoints import BATCH
from tomaat_announce.key_store import Allowance, KnownKey
from tomaat_announce.keys import recognise
from tomaat_announce.migrations import MIGRATIONS
from tomaat_announce.tables import CHANGES, ENDPOINTS, KEYS

NOW = 1_000_000.0
ANNA = Allowance("Anna")
TEXTS = ("interface_url", "name", "version", "modality", "anatomy", "task", "description", "state")
FOLDED = ("modality_folded", "anatomy_folded", "task_folded", "search")


def endpoint(number: int, key_id: int, **values: Any) -> dict[str, Any]:
    """A row of the table of endpoints, listed at ``NOW``."""
    times = {"first_seen": NOW, "announced": NOW, "last_seen": NOW, "expires": NOW + 3600, "next_check": NOW}
    rest = {"listed": True, "failures": 0, "card": {}, "prediction_url": f"http://host{number}/predict"}
    texts = dict.fromkeys((*TEXTS, *FOLDED), "")
    return texts | times | rest | {"sid": f"sid{number}", "key_id": key_id} | values


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    upgrade(engine, MIGRATIONS)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.begin() as connection:
        yield connection


def only(connection: Connection, now: float = NOW) -> KnownKey:
    (key,) = key_store.list_keys(connection, now)
    return key


def test_a_new_key_is_good_and_nowhere_to_be_read(connection: Connection) -> None:
    number, secret = key_store.create(connection, NOW, ANNA)
    assert len(bytes.fromhex(secret)) == 32
    assert recognise(connection, secret, NOW).id == number
    stored = repr(connection.execute(select(KEYS)).all())
    assert not any(secret[at : at + 8] in stored for at in range(0, 64, 8))


def test_keys_differ(connection: Connection) -> None:
    made = [key_store.create(connection, NOW, ANNA) for _ in range(5)]
    assert len({number for number, _ in made}) == len({secret for _, secret in made}) == 5


def test_no_key_before_the_first(connection: Connection) -> None:
    assert not key_store.exist(connection)
    number, _ = key_store.create(connection, NOW, ANNA)
    key_store.revoke(connection, NOW, number)
    assert key_store.exist(connection)


def test_a_key_expires(connection: Connection) -> None:
    _, secret = key_store.create(connection, NOW, Allowance("Anna", expires=NOW + 10))
    assert recognise(connection, secret, NOW + 9)
    with pytest.raises(Unauthorized, match="expired"):
        recognise(connection, secret, NOW + 10)
    assert [only(connection, now).state for now in (NOW + 9, NOW + 10)] == ["good", "expired"]


@pytest.mark.parametrize(
    "allowance",
    [
        {"owner": ""},
        {"owner": "  "},
        {"owner": "x" * 201},
        {"owner": "Anna\nBob"},
        {"owner": "Anna\x1b[31m"},
        {"owner": "Anna", "note": "x" * 2001},
        {"owner": "Anna", "max_endpoints": 0},
    ],
)
def test_an_allowance_that_makes_no_sense(allowance: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as caught:
        Allowance(**allowance)
    assert caught.value.field in allowance


def test_a_key_from_elsewhere_is_added_once(connection: Connection) -> None:
    number = key_store.add(connection, NOW, "k" * 64, ANNA)
    assert recognise(connection, "k" * 64, NOW).id == number
    assert key_store.add(connection, NOW, "k" * 64, Allowance("Bob")) is None
    assert only(connection).owner == "Anna"


def test_a_key_from_elsewhere_that_was_revoked_or_rotated_stays_so(connection: Connection) -> None:
    for letter, undo in (("a", key_store.revoke), ("b", key_store.rotate)):
        number = key_store.add(connection, NOW, letter * 64, ANNA)
        assert number is not None
        undo(connection, NOW, number)
        assert key_store.add(connection, NOW, letter * 64, ANNA) is None
        with pytest.raises(Unauthorized):
            recognise(connection, letter * 64, NOW)


def test_a_rotated_key_is_another_with_the_same_number(connection: Connection) -> None:
    number, old = key_store.create(connection, NOW, ANNA)
    connection.execute(insert(ENDPOINTS), [endpoint(1, number)])
    new = key_store.rotate(connection, NOW, number)
    assert recognise(connection, new, NOW).id == number
    with pytest.raises(Unauthorized):
        recognise(connection, old, NOW)
    assert connection.execute(select(ENDPOINTS.c.sid, ENDPOINTS.c.listed)).all() == [("sid1", True)]


def test_the_old_key_stays_good_for_a_while_if_wanted(connection: Connection) -> None:
    number, old = key_store.create(connection, NOW, ANNA)
    new = key_store.rotate(connection, NOW, number, grace=100)
    assert {recognise(connection, key, NOW + 99).id for key in (old, new)} == {number}
    with pytest.raises(Unauthorized):
        recognise(connection, old, NOW + 100)
    newest = key_store.rotate(connection, NOW, number, grace=100)
    assert {recognise(connection, key, NOW + 99).id for key in (new, newest)} == {number}
    with pytest.raises(Unauthorized):  # two at a time, and no more
        recognise(connection, old, NOW)


def test_a_revoked_key_takes_its_endpoints_along(connection: Connection) -> None:
    number, secret = key_store.create(connection, NOW, ANNA)
    other, _ = key_store.create(connection, NOW, Allowance("Bob"))
    rows = [endpoint(1, number), endpoint(2, number), endpoint(3, number, listed=False), endpoint(4, other)]
    connection.execute(insert(ENDPOINTS), rows)
    assert key_store.revoke(connection, NOW + 5, number) == 2
    with pytest.raises(Unauthorized, match="revoked"):
        recognise(connection, secret, NOW + 5)
    listed = select(ENDPOINTS.c.sid).where(ENDPOINTS.c.listed)
    assert connection.execute(listed).scalars().all() == ["sid4"]
    told = connection.execute(select(CHANGES)).all()
    assert sorted((row.kind, row.endpoint["sid"]) for row in told) == [("gone", "sid1"), ("gone", "sid2")]


def test_a_revoked_key_takes_all_of_many_along(connection: Connection) -> None:
    number, _ = key_store.create(connection, NOW, ANNA)
    connection.execute(insert(ENDPOINTS), [endpoint(at, number) for at in range(2 * BATCH + 1)])
    assert key_store.revoke(connection, NOW, number) == 2 * BATCH + 1
    assert only(connection).endpoints == 0


def test_the_old_key_of_a_revoked_one_is_revoked_too(connection: Connection) -> None:
    number, old = key_store.create(connection, NOW, ANNA)
    key_store.rotate(connection, NOW, number, grace=100)
    key_store.revoke(connection, NOW, number)
    with pytest.raises(Unauthorized, match="revoked"):
        recognise(connection, old, NOW + 1)


def test_what_is_not_there_or_revoked_is_said(connection: Connection) -> None:
    number, _ = key_store.create(connection, NOW, ANNA)
    for do in (key_store.revoke, key_store.rotate):
        with pytest.raises(NotFound, match="keys list"):
            do(connection, NOW, number + 1)
    key_store.revoke(connection, NOW, number)
    for do in (key_store.revoke, key_store.rotate):
        with pytest.raises(Conflict, match="keys create"):
            do(connection, NOW, number)


def test_the_list_counts_what_is_listed_now(connection: Connection) -> None:
    number, _ = key_store.create(connection, NOW, Allowance("Anna", "gpu1", max_endpoints=5))
    assert (only(connection).endpoints, only(connection).last_announced) == (0, None)
    rows = [
        endpoint(1, number, announced=NOW - 50),
        endpoint(2, number, announced=NOW - 10, expires=NOW - 1),
        endpoint(3, number, announced=NOW - 20, listed=False),
    ]
    connection.execute(insert(ENDPOINTS), rows)
    key = only(connection)
    assert (key.endpoints, key.last_announced, key.max_endpoints) == (1, NOW - 10, 5)
    assert (key.owner, key.note, key.created, key.state) == ("Anna", "gpu1", NOW, "good")


def test_an_announcement_that_is_being_written_does_not_outlive_its_key(postgresql: PostgreSQL) -> None:
    """The announcement comes first, but its commit comes after the administrator has begun to revoke."""
    engine = open_engine(postgresql.new_database())
    upgrade(engine, MIGRATIONS)
    with engine.begin() as connection:
        number, secret = key_store.create(connection, NOW, ANNA)

    def revoke() -> int:
        with engine.begin() as connection:
            return key_store.revoke(connection, NOW, number)

    def waits() -> bool:
        with engine.connect() as connection:
            waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            return connection.execute(waiting).scalar_one() > 0

    with ThreadPoolExecutor(1) as thread:
        with engine.begin() as announcing:
            recognise(announcing, secret, NOW)
            revoking = thread.submit(revoke)
            until(waits)
            announcing.execute(insert(ENDPOINTS), [endpoint(1, number)])
        assert revoking.result(30) == 1
    with engine.connect() as connection:
        assert connection.execute(select(ENDPOINTS.c.listed)).scalars().all() == [False]
    engine.dispose()


def test_nothing_of_a_key_is_in_the_file(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'announce.db'}")
    upgrade(engine, MIGRATIONS)
    with engine.begin() as connection:
        _, secret = key_store.create(connection, NOW, ANNA)
    engine.dispose()
    for path in tmp_path.iterdir():
        content = path.read_bytes()
        assert secret.encode() not in content
        assert bytes.fromhex(secret) not in content
