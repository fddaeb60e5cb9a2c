"""The built-in executor: worker processes on this machine."""

from __future__ import annotations

from tomaat.database import Database
from tomaat.markers import hookimpl
from tomaat.settings import Settings
from tomaat.workers.executor import Executor
from tomaat.workers.pool import Pool


@hookimpl(trylast=True)
def tomaat_executor(settings: Settings, database: Database) -> Executor:
    return Pool(settings, database)
