"""What is known of apps' memory, and for how long."""

from __future__ import annotations

from pathlib import Path

from tomaat.database import Database
from tomaat.workers.measured import Measured, MeasuredMemory
from tomaat.workers.metering import MemoryUse, Meter

MIB = 2**20
KEY = Measured("liver", "1.0", "cuda:0", "a" * 64)


async def test_it_is_known_after_a_restart(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'memory.db'}"
    database = Database(url)
    measured = MeasuredMemory(database)
    await measured.load()
    for use in (MemoryUse(500 * MIB, 700 * MIB), MemoryUse(900 * MIB, 600 * MIB)):
        assert measured.add(KEY, use)
        await measured.keep(KEY)
    assert not measured.add(KEY, MemoryUse(899 * MIB, 630 * MIB)), "what is nearly the same is not written"
    database.close()
    database = Database(url)
    again = MeasuredMemory(database)
    await again.load()
    (shown,) = again.shown("liver", "1.0")
    assert shown["rss"] == 900 * MIB
    assert 600 * MIB < shown["gpu"] <= 700 * MIB
    assert (shown["device"], shown["weights"], shown["jobs"]) == ("cuda:0", "a" * 64, 2)
    database.close()


def test_a_figure_rises_at_once_and_falls_slowly() -> None:
    measured = MeasuredMemory()
    for size in (100, 900, 100):
        measured.add(KEY, MemoryUse(size * MIB))
    figures = measured.of("liver", "1.0", "cuda:0", "a" * 64)
    assert figures is not None
    assert 850 * MIB < figures.rss < 900 * MIB
    for _ in range(100):
        measured.add(KEY, MemoryUse(100 * MIB))
    figures = measured.of("liver", "1.0", "cuda:0", "a" * 64)
    assert figures is not None
    assert figures.rss < 110 * MIB


def test_a_worker_s_first_job_is_what_every_worker_takes() -> None:
    measured = MeasuredMemory()
    assert measured.first(*KEY[:3]) is None
    measured.add(KEY, MemoryUse(100 * MIB), first=True)
    for size in (200, 300, 400):
        measured.add(KEY, MemoryUse(size * MIB))
    assert measured.first(*KEY[:3]) == MemoryUse(100 * MIB)


def test_who_is_refused_is_not_refused_for_ever() -> None:
    measured = MeasuredMemory()
    measured.add(KEY, MemoryUse(100 * MIB, 900 * MIB), first=True)
    for _ in range(20):
        measured.lower("liver", "1.0")
    (figures,), first = measured.shown("liver", "1.0"), measured.first(*KEY[:3])
    assert 300 * MIB < figures["gpu"] < 400 * MIB
    assert first is not None
    assert first.device == figures["gpu"]


def test_what_is_nearest_stands_for_what_was_not_measured() -> None:
    measured = MeasuredMemory()
    measured.add(KEY, MemoryUse(1, 2))
    measured.add(Measured("liver", "1.0", "cuda:0", "b" * 64), MemoryUse(3, 4))
    measured.add(Measured("liver", "1.0", "cpu", ""), MemoryUse(9, 0))
    exact, other, elsewhere = (
        measured.of("liver", "1.0", device, weights)
        for device, weights in (("cuda:0", "a" * 64), ("cuda:0", "c" * 64), ("cuda:1", ""))
    )
    assert exact is not None
    assert other is not None
    assert (exact.rss, other.rss) == (1, 3)
    assert other == elsewhere
    assert measured.of("liver", "1.1", "cuda:0") is None
    assert measured.shown("liver", "1.1") == []


def test_a_job_s_peak_is_measured_and_no_other_s() -> None:
    first = Meter("cpu")
    block = bytearray(300 * MIB)
    block[:: 2**12] = b"x" * len(block[:: 2**12])
    del block
    large, small = first.read(), Meter("cpu").read()
    assert large.device == 0
    assert large.rss > small.rss + 200 * MIB
