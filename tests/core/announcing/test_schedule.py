"""When an announcement is made again."""

from __future__ import annotations

import pytest

from tomaat.announcing.schedule import Schedule
from tomaat.errors import Busy, ConnectionFailed, Forbidden, InvalidInput, TooManyRequests, Unauthorized

AWAY = ConnectionFailed("Nothing is there.")


@pytest.mark.parametrize(
    ("interval", "lifetime", "next_"), [(1600, 3600, 1600), (1600, 600, 300), (1600, 0, 1), (60, 3600, 60)]
)
def test_it_is_announced_again_before_it_expires(interval: float, lifetime: float, next_: float) -> None:
    pauses = [Schedule(interval).after_success(lifetime) for _ in range(200)]
    assert all(0.9 * next_ <= pause <= 1.1 * next_ for pause in pauses)
    assert max(pauses) - min(pauses) > 0.1 * next_  # hosts that were started together drift apart


def test_a_service_that_is_away_is_asked_less_and_less_often() -> None:
    schedule = Schedule(30)
    pauses = [schedule.after_failure(AWAY) for _ in range(8)]
    for pause, expected in zip(pauses, (1, 2, 4, 8, 16, 30, 30, 30), strict=True):
        assert 0.9 * expected <= pause <= 1.1 * expected
    schedule.after_success(3600)
    assert schedule.after_failure(AWAY) <= 1.1


@pytest.mark.parametrize("error", [Unauthorized("?"), Forbidden("?"), InvalidInput("?")])
def test_what_a_person_has_to_mend_is_tried_rarely(error: Exception) -> None:
    assert Schedule(1600).after_failure(error) >= 1440  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [TooManyRequests, Busy])
def test_a_service_says_when_to_come_again(kind: type[Busy]) -> None:
    assert 90 <= Schedule(1600).after_failure(kind("Later.", retry_after=90)) <= 99
    assert Schedule(1600).after_failure(kind("Later.", retry_after=10**9)) < 27 * 3600
