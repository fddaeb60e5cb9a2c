"""A clock that is set."""

from __future__ import annotations

import time

import pytest

from tomaat_announce.clock import Clock


class Wall:
    """A machine's clock that can be set."""

    def __init__(self) -> None:
        self.set = 0.0

    def __call__(self) -> float:
        return time.time() + self.set


@pytest.mark.parametrize("jump", [3600.0, -3600.0])
def test_time_goes_on_until_the_jump_is_adopted(jump: float) -> None:
    wall = Wall()
    clock = Clock(wall)
    before = clock.now()
    wall.set = jump
    assert 0 <= clock.now() - before < 5
    assert clock.jump() == pytest.approx(jump, abs=1)
    clock.adopt()
    assert clock.now() - before == pytest.approx(jump, abs=5)
    assert abs(clock.jump()) < 1
