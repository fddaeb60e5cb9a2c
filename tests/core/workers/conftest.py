"""Executors for tests."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from hosts import install
from pools import APPS, Bench
from tomaat.plugins import find_plugins
from tomaat.settings import AppSettings, Settings
from tomaat.workers.pool import Pool

MakeBench = Callable[..., Coroutine[Any, Any, Bench]]


@pytest.fixture
async def make_bench(tmp_path: Path, no_plugins: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MakeBench]:
    """Make an executor that has the apps of ``pools.py``, each with these settings."""
    monkeypatch.syspath_prepend(str(no_plugins))
    benches: list[Bench] = []

    async def make(**settings: Any) -> Bench:
        install(no_plugins, "tomaat_pool_apps", APPS)
        sys.modules.pop("tomaat_pool_apps", None)  # another test's, from another folder
        found = find_plugins(only=["tomaat_pool_apps"]).apps
        apps = {name: registered.description for name, registered in found.items()}
        table = {name: AppSettings(**settings) for name in apps}
        jobs = tmp_path / "jobs"
        jobs.mkdir()
        pool = Pool(Settings(home=tmp_path / "home", apps=table, plugins="tomaat_pool_apps"))
        benches.append(Bench(pool, no_plugins, jobs))
        await pool.start(apps)
        return benches[-1]

    yield make
    for bench in benches:
        await bench.pool.stop()
