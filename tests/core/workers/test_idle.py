"""Which of the idle workers gets the next job."""

from __future__ import annotations

from pathlib import Path

from tomaat.workers.idle import IdleWorkers
from tomaat.workers.process import Assignment
from tomaat.workers.worker import Worker


def idle(*workers: tuple[str, str]) -> tuple[IdleWorkers, list[Worker]]:
    """Workers of these apps on these devices, who became idle in this order."""
    made = [Worker(Assignment(app, device, Path(), 1)) for app, device in workers]
    waiting = IdleWorkers()
    for worker in made:
        waiting.add(worker)
    return waiting, made


def test_the_last_of_the_app_on_the_device_is_taken() -> None:
    waiting, (first, second, other, gpu) = idle(("a", "cpu"), ("a", "cpu"), ("b", "cpu"), ("a", "cuda:0"))
    assert waiting.count("a") == 3
    assert waiting.take("a", "cpu") is second
    assert waiting.take("a", "cpu") is first
    assert waiting.take("a", "cpu") is None
    assert waiting.take("a", "cuda:0") is gpu
    assert waiting.take("b", "cuda:0") is None
    assert waiting.take("b", "cpu") is other


def test_the_oldest_of_the_app_makes_room() -> None:
    waiting, (_, cpu, gpu) = idle(("b", "cpu"), ("a", "cpu"), ("a", "cuda:0"))
    assert waiting.take_oldest("a") is cpu
    assert waiting.take_oldest("a") is gpu
    assert waiting.take_oldest("a") is None
    assert waiting.count("b") == 1


def test_some_or_all_are_taken() -> None:
    waiting, made = idle(("a", "cpu"), ("b", "cpu"), ("a", "cuda:0"))
    assert waiting.take_all(lambda worker: worker.assignment.app == "a") == [made[0], made[2]]
    assert waiting.take_all() == [made[1]]
    assert waiting.take_all() == []
