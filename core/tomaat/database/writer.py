"""One thread that writes, and one commit for all that wait for one."""

from __future__ import annotations

import logging
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from tomaat.database.engine import UNSYNCED

T = TypeVar("T")

log = logging.getLogger(__name__)

TOGETHER = 64
"""Most callers that share a commit."""
KEEP = 1.0
"""Seconds for which a connection without work stays the writer's."""
TRIES = 3
"""How often work is done that another process has come in the way of."""
DEADLOCK = ("40001", "40P01")
"""PostgreSQL's codes for: do it again."""


@dataclass
class _Task:
    work: Callable[[Connection], Any]
    synced: bool
    future: Future[Any] = field(default_factory=Future)
    result: Any = None
    error: BaseException | None = None

    def settle(self) -> None:
        """Tell the caller."""
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class Writer:
    """Does work in transactions, as many tasks in one as wait when it begins.

    :param engine: one whose transactions write, of :func:`~tomaat.database.engine.open_engine`.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: Connection | None = None
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="database-write", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Connection], T], *, synced: bool = True) -> Future[T]:
        """What ``work`` will have returned, once it is committed, and on the disk if it is to be ``synced``."""
        task = _Task(work, synced)
        self._tasks.put(task)
        return task.future

    def close(self) -> None:
        """Finish what was submitted."""
        self._tasks.put(None)
        self._thread.join()

    def _run(self) -> None:
        going = True
        while going:
            tasks = [self._next()]
            while len(tasks) < TOGETHER and not self._tasks.empty():
                tasks.append(self._tasks.get())
            going = None not in tasks
            # A caller that has gone meanwhile needs nothing; from here on none can go.
            waiting = [task for task in tasks if task is not None and task.future.set_running_or_notify_cancel()]
            if waiting:
                self._write(waiting)
        self._let_go()
        while not self._tasks.empty():  # what came after the end
            if late := self._tasks.get():
                late.future.cancel()

    def _next(self) -> _Task | None:
        """The next task. Meanwhile the connection is kept for a moment: to take one from the engine and to give it back
        takes longer than a small task itself."""
        if self._kept is not None:
            with suppress(queue.Empty):
                return self._tasks.get(timeout=KEEP)
            self._let_go()
        return self._tasks.get()

    def _let_go(self) -> None:
        """Give the connection back to the engine, which sees to it that the next one is a good one."""
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.close()

    def _write(self, tasks: list[_Task]) -> None:
        if len(tasks) == 1 or not (self._at_once(tasks) or self._together(tasks)):
            for task in tasks:
                self._alone(task)
        for task in tasks:
            task.settle()

    @contextmanager
    def _begin(self, tasks: list[_Task]) -> Iterator[Connection]:
        if self._kept is None:
            self._kept = self._engine.connect()
        connection = self._kept
        try:
            connection.info[UNSYNCED] = not any(task.synced for task in tasks)
            with connection.begin():
                yield connection
        except BaseException:
            self._let_go()
            raise

    def _at_once(self, tasks: list[_Task]) -> bool:
        """Do all in one transaction, if nothing goes wrong with any of them, as nearly always: savepoints cost more
        than the work itself."""
        try:
            with self._begin(tasks) as connection:
                for task in tasks:
                    task.result = task.work(connection)
        except Exception as error:
            for task in tasks:
                task.result, task.error = None, error if is_away(error) else None
            return is_away(error)
        return True

    def _together(self, tasks: list[_Task]) -> bool:
        """Do all in one transaction, and undo what goes wrong; ``False`` where the database refused, so that each has
        to be tried alone."""
        try:
            with self._begin(tasks) as connection:
                for task in tasks:
                    try:
                        with connection.begin_nested():
                            task.result = task.work(connection)
                    except DBAPIError:
                        raise
                    except Exception as error:  # the caller's, not the database's: the others go on
                        task.error = error
        except Exception as error:
            for task in tasks:
                task.result, task.error = None, error
            return is_away(error)
        return True

    def _alone(self, task: _Task) -> None:
        for again in range(TRIES - 1, -1, -1):
            try:
                with self._begin([task]) as connection:
                    task.result = task.work(connection)
                task.error = None
                return
            except Exception as error:
                task.result, task.error = None, error
                if not again or not _collided(error):
                    return


def is_away(error: BaseException) -> bool:
    """Whether the database can't be used now: no connection, a full disk, a lock that lasts, a damaged file."""
    return isinstance(error, DBAPIError) and (
        error.connection_invalidated
        or is_damaged(error)
        or (isinstance(error, OperationalError) and not _collided(error))
    )


def is_damaged(error: DBAPIError) -> bool:
    """Whether SQLite can't make sense of the file."""
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _collided(error: BaseException) -> bool:
    """Whether another process wrote the same at the same time, so that trying again will do."""
    if isinstance(error, IntegrityError):
        return True
    return isinstance(error, OperationalError) and getattr(error.orig, "sqlstate", None) in DEADLOCK
