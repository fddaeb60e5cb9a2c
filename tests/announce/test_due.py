"""Who is checked next, on both databases; what a check changes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, update

from tomaat.database.engine import open_engine
from tomaat.database.upgrade import upgrade
from tomaat_announce.checking import Outcome
from tomaat_announce.due import SELDOM, SOON, Checked, Due, claim, pause, settle
from tomaat_announce.migrations import MIGRATIONS
from tomaat_announce.tables import CHANGES, ENDPOINTS, KEYS, Endpoint

NOW = 1_000_000.0
TEXTS = ("name", "version", "modality", "anatomy", "task", "description", "search")
FOLDED = ("modality_folded", "anatomy_folded", "task_folded")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    upgrade(engine, MIGRATIONS)
    with engine.begin() as connection:
        connection.execute(insert(KEYS).values(hash="a" * 64, owner="me", note="", created=NOW))
    yield engine.execution_options(writing=True)
    engine.dispose()


def add(engine: Engine, number: int, **values: Any) -> None:
    """An endpoint that is due, but for what ``values`` say."""
    urls = {"prediction_url": f"http://h/{number}/predict", "interface_url": f"http://h/{number}/interface"}
    times = dict.fromkeys(("first_seen", "announced", "last_seen"), NOW - 100)
    state = {"listed": True, "state": "unknown", "state_since": None, "next_check": NOW - 1, "failures": 0}
    row = dict.fromkeys((*TEXTS, *FOLDED), "") | urls | times | state | {"expires": NOW + 3600, "card": {}}
    with engine.begin() as connection:
        connection.execute(insert(ENDPOINTS).values(row | {"sid": f"sid{number}", "key_id": 1} | values))


def take(engine: Engine, now: float = NOW, most: int = 100) -> list[Due]:
    with engine.begin() as connection:
        return claim(connection, now, most=most, lease=60)


def found(engine: Engine, outcome: Outcome, *due: Due, now: float = NOW) -> None:
    with engine.begin() as connection:
        settle(connection, [Checked(each, outcome) for each in due], now, interval=300)


def row(engine: Engine, number: int = 1) -> Any:
    with engine.connect() as connection:
        return connection.execute(select(ENDPOINTS).where(Endpoint.sid == f"sid{number}")).one()


def news(engine: Engine) -> list[tuple[str, str]]:
    with engine.connect() as connection:
        changes = connection.execute(select(CHANGES).order_by(CHANGES.c.id))
        return [(change.kind, f"{change.endpoint['sid']} {change.endpoint['state']}") for change in changes]


def test_who_is_due_longest_comes_first(engine: Engine) -> None:
    for number in range(1, 6):
        add(engine, number, next_check=NOW - number)
    assert {due.sid for due in take(engine, most=2)} == {"sid5", "sid4"}
    assert {due.sid for due in take(engine)} == {"sid3", "sid2", "sid1"}
    assert take(engine) == []


@pytest.mark.parametrize("values", [{"listed": False}, {"expires": NOW}, {"next_check": NOW + 1}])
def test_who_is_gone_or_not_due_is_left_alone(engine: Engine, values: dict[str, Any]) -> None:
    add(engine, 1, **values)
    assert take(engine) == []


def test_what_a_process_took_and_never_told_of_is_due_again(engine: Engine) -> None:
    add(engine, 1)
    assert len(take(engine)) == 1
    assert take(engine, NOW + 59) == []
    assert len(take(engine, NOW + 61)) == 1


def test_no_two_processes_take_the_same(engine: Engine) -> None:
    for number in range(60):
        add(engine, number)
    with ThreadPoolExecutor(4) as threads:
        taken = [due.id for part in threads.map(lambda _: take(engine, most=10), range(12)) for due in part]
    while rest := take(engine, most=10):  # who came while all was held by others went away with nothing
        taken += [due.id for due in rest]
    assert len(taken) == len(set(taken)) == 60


def test_one_that_answers_is_alive_and_seen(engine: Engine) -> None:
    add(engine, 1)
    found(engine, Outcome.ALIVE, *take(engine))
    now = row(engine)
    assert (now.state, now.state_since, now.last_seen, now.failures) == ("alive", NOW, NOW, 0)
    assert NOW + 270 <= now.next_check <= NOW + 300
    assert news(engine) == [("changed", "sid1 alive")]


def test_only_a_change_is_news_and_sets_since_when(engine: Engine) -> None:
    add(engine, 1)
    [due] = take(engine)
    for seconds, outcome in enumerate((Outcome.ALIVE, Outcome.ALIVE, Outcome.NO_ANSWER, Outcome.TIMEOUT)):
        found(engine, outcome, due, now=NOW + seconds)
    now = row(engine)
    assert (now.state, now.state_since, now.last_seen, now.failures) == ("unreachable", NOW + 2, NOW + 1, 2)
    assert news(engine) == [("changed", "sid1 alive"), ("changed", "sid1 unreachable")]
    found(engine, Outcome.ALIVE, due, now=NOW + 9)
    assert (row(engine).state, row(engine).state_since, row(engine).failures) == ("alive", NOW + 9, 0)


@pytest.mark.parametrize("outcome", [Outcome.NO_INTERFACE, Outcome.NO_ANSWER, Outcome.TIMEOUT, Outcome.NO_HOST])
def test_whatever_fails_is_unreachable_and_asked_again_soon(engine: Engine, outcome: Outcome) -> None:
    add(engine, 1, state="alive", state_since=NOW - 50)
    found(engine, outcome, *take(engine))
    now = row(engine)
    assert (now.state, now.state_since, now.last_seen) == ("unreachable", NOW, NOW - 100)
    assert NOW + 27 <= now.next_check <= NOW + 30


def test_nothing_is_said_of_one_that_may_not_be_asked(engine: Engine) -> None:
    add(engine, 1)
    found(engine, Outcome.NOT_ALLOWED, *take(engine))
    assert (row(engine).state, row(engine).state_since, row(engine).failures) == ("unknown", None, 0)
    assert news(engine) == []


def test_what_moved_or_went_while_it_was_asked_is_not_judged(engine: Engine) -> None:
    for number in range(1, 4):
        add(engine, number)
    due = take(engine)
    with engine.begin() as connection:
        connection.execute(update(ENDPOINTS).where(Endpoint.sid == "sid1").values(interface_url="http://h/new"))
        connection.execute(update(ENDPOINTS).where(Endpoint.sid == "sid2").values(listed=False))
    found(engine, Outcome.ALIVE, *due)
    assert [row(engine, number).state for number in (1, 2, 3)] == ["unknown", "unknown", "alive"]
    assert news(engine) == [("changed", "sid3 alive")]


def test_good_and_bad_ones_are_written_together(engine: Engine) -> None:
    for number in range(1, 5):
        add(engine, number)
    due = sorted(take(engine), key=lambda each: each.sid)
    outcomes = [Outcome.ALIVE, Outcome.TIMEOUT, Outcome.ALIVE, Outcome.NO_HOST]
    with engine.begin() as connection:
        settle(connection, [Checked(*each) for each in zip(due, outcomes, strict=True)], NOW, interval=300)
    states = [row(engine, number).state for number in range(1, 5)]
    assert states == ["alive", "unreachable", "alive", "unreachable"]


def test_who_keeps_failing_is_asked_ever_more_seldom() -> None:
    pauses = [pause(failures, 300) for failures in range(8)]
    assert pauses == [300, SOON, 600, 1200, 2400, SELDOM, SELDOM, SELDOM]
    assert pause(10_000, 300) == SELDOM
    assert pause(1, 5) == 5
    assert pause(0, 86_400) == SELDOM  # a clock that is set back must not hold up checks for days
