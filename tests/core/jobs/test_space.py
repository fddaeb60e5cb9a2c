"""What jobs have on the disk, and what they may have."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tomaat.errors import QuotaExceeded
from tomaat.jobs.space import STEP, Space

TEN = 10 * STEP


def space(root: Path, quota: int = TEN, min_free: int = 0) -> Space:
    return Space(root, quota, min_free)


def test_an_upload_that_says_how_long_it_is_is_refused_before_it_comes(tmp_path: Path) -> None:
    jobs = space(tmp_path)
    figures = r"10\.0 MiB.*7\.0 MiB are taken.*4\.0 MiB"
    with jobs.claim("one", 7 * STEP), pytest.raises(QuotaExceeded, match=figures), jobs.claim("two", 4 * STEP):
        pass


def test_one_that_does_not_say_so_is_refused_while_it_comes(tmp_path: Path) -> None:
    jobs = space(tmp_path)
    with jobs.claim("one") as claim:
        for _ in range(10):
            claim.arrived(STEP)
        with pytest.raises(QuotaExceeded):
            claim.arrived(STEP)


def test_what_was_claimed_and_did_not_come_is_free_again(tmp_path: Path) -> None:
    jobs = space(tmp_path)
    with jobs.claim("one", 9 * STEP) as claim:
        claim.arrived(STEP)
    with jobs.claim("two", 9 * STEP):
        pass


def test_a_job_that_is_gone_takes_nothing(tmp_path: Path) -> None:
    jobs = space(tmp_path)
    with jobs.claim("one", TEN) as claim:
        claim.arrived(TEN)
    jobs.drop(["one", "one", "never"])
    with jobs.claim("two", TEN):
        pass


async def test_results_count_too(tmp_path: Path) -> None:
    jobs = space(tmp_path)
    (tmp_path / "one" / "results").mkdir(parents=True)
    (tmp_path / "one" / "results" / "labels").write_bytes(bytes(TEN))
    await jobs.measure("one")
    with pytest.raises(QuotaExceeded), jobs.claim("two", 1):
        pass
    shutil.rmtree(tmp_path / "one")
    await jobs.recount()
    with jobs.claim("two", TEN):
        await jobs.recount()  # an upload that still comes is not forgotten, though nothing of it lies there
        with pytest.raises(QuotaExceeded), jobs.claim("three", 1):
            pass


def test_some_of_the_disk_stays_free_whatever_the_quota(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free
    jobs = Space(tmp_path, 0, free - 1000 * STEP)
    weights = jobs.claim(size=800 * STEP)
    with jobs.claim("one", 800 * STEP), pytest.raises(QuotaExceeded, match="nearly full"), weights:
        pass


@given(st.lists(st.tuples(st.sampled_from("abc"), st.one_of(st.none(), st.integers(0, TEN)), st.integers(0, TEN))))
def test_the_count_never_drifts(uploads: list[tuple[str, int | None, int]]) -> None:
    jobs = Space(Path("/"), TEN, 0)
    for name, said, sent in uploads:
        try:
            with jobs.claim(name, said) as claim:
                claim.arrived(sent)
        except QuotaExceeded:
            pass
    jobs.drop("abc")
    with jobs.claim("all", TEN):
        pass
