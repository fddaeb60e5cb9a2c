"""When to come again, by how long the last jobs ran."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tomaat.jobs.pace import LONGEST, Pace

NUMBERS = st.floats(min_value=0, max_value=1e9)


def test_it_is_the_mean_of_the_last_jobs_for_all_that_stand_before() -> None:
    pace = Pace()
    for seconds in (100.0, *[4.0] * 8):  # what was long ago says nothing
        pace.note("brain", seconds)
    assert pace.retry_after("brain", ahead=6, at_once=1) == 24
    assert pace.retry_after("brain", ahead=6, at_once=2) == 12


def test_an_app_that_never_ran_is_thought_to_be_quick() -> None:
    assert Pace().retry_after("brain", ahead=20, at_once=1) == 20


@given(st.lists(NUMBERS), st.integers(0, 10**6), st.integers(0, 1000))
def test_it_is_always_from_1_to_300_seconds(ran: list[float], ahead: int, at_once: int) -> None:
    pace = Pace()
    for seconds in ran:
        pace.note("brain", seconds)
    assert 1 <= pace.retry_after("brain", ahead, at_once) <= LONGEST
