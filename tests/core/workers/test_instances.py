"""Which of the workers gets the next job, and which of them goes first."""

from __future__ import annotations

from pathlib import Path

from tomaat.workers.assignment import Assignment
from tomaat.workers.executor import InstanceState
from tomaat.workers.instances import Instances
from tomaat.workers.worker import Worker


def idle(*workers: tuple[str, str], concurrency: int = 1) -> tuple[Instances, list[Worker]]:
    """Workers of these apps on these devices, who became idle in this order."""
    instances = Instances()
    for app, device in workers:
        worker = Worker(Assignment(app, device, Path(), 1, concurrency=concurrency))
        worker._changed(InstanceState.WARM)
        instances.add(worker)
    return instances, list(instances)


def test_the_last_of_the_app_on_the_device_is_taken() -> None:
    instances, (first, second, other, gpu) = idle(("a", "cpu"), ("a", "cpu"), ("b", "cpu"), ("a", "cuda:0"))
    assert instances.of("a") == [first, second, gpu]
    assert instances.free("a", "cpu") is second
    second.claim("job")
    assert (second.state, second.idle, second.free) == (InstanceState.BUSY, False, 0)
    assert instances.free("a", "cpu") is first
    first.claim("another")
    assert instances.free("a", "cpu") is None
    gpu.usual = ["cuda:0"]
    assert instances.free("a", "") is gpu
    assert instances.free("b", "cuda:0") is None
    assert instances.free("b", "cpu") is other


def test_a_worker_takes_as_many_jobs_as_it_may() -> None:
    instances, (worker, second) = idle(("a", "cpu"), ("a", "cpu"), concurrency=2)
    second.retire()
    worker.claim("1")
    assert instances.free("a", "cpu") is worker
    worker.claim("2")
    assert instances.free("a", "cpu") is None
    worker.release("1")
    assert worker.state is InstanceState.BUSY
    worker.release("2")
    assert worker.state is InstanceState.WARM


def test_the_oldest_goes_first() -> None:
    instances, (other, cpu, gpu) = idle(("b", "cpu"), ("a", "cpu"), ("a", "cuda:0"))
    assert instances.oldest_idle(lambda worker: True) is other
    assert instances.oldest_idle(lambda worker: worker.app == "a") is cpu
    cpu.retire()
    assert instances.staying("a") == [gpu]
    assert instances.oldest_idle(lambda worker: worker.app == "a") is gpu
    instances.remove(gpu)
    assert instances.oldest_idle(lambda worker: worker.app == "a") is None
