"""What an app says while it does a job: its log, what it prints, what its libraries warn of, what its exceptions quote.

Any of it may tell of a patient. So it goes to the job's own log, which the job's owner can read and which is removed
with the job, and into the host's log only where the settings say so. What an app says while it is loaded knows of no
patient, and is in the host's log; what its threads say after a job is in none.
"""

from __future__ import annotations

import faulthandler
import io
import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from tomaat.logs.about import about, facts
from tomaat.logs.formats import formatter, silent_trace
from tomaat.logs.stderr import STDERR, STDOUT
from tomaat.workers.job_log import JobLog
from tomaat.workers.work import Work

OWN = ("tomaat.worker", "tomaat.workers")
"""Loggers whose lines are TOMAAT's own, and tell of nobody."""
APP = "tomaat.app"
"""The logger that an app is given as ``context.log``."""

_CURRENT: ContextVar[JobLog | None] = ContextVar("tomaat_job_log", default=None)


class AppWords:
    """Sends each line that is written in this process where it belongs.

    :param app: the app that runs here.
    :param log_format: how the host's log is written.
    :param to_host: whether the host's log gets what apps say, too.
    """

    def __init__(self, app: str, log_format: str, *, to_host: bool) -> None:
        self._app = app
        self._to_host = to_host
        self._running: list[JobLog] = []
        self._loading = True
        self._lock = threading.Lock()
        self._inherited = [os.dup(STDOUT), os.dup(STDERR)]
        self._nowhere = os.open(os.devnull, os.O_WRONLY)
        self._stream = os.fdopen(self._inherited[1], "w", encoding="utf-8", errors="backslashreplace", buffering=1)
        self._host = logging.StreamHandler(self._stream)
        self._host.setFormatter(formatter(log_format))

    def start(self, level: int) -> None:
        """From here on all that is logged and printed in this process goes its way."""
        faulthandler.enable(self._stream)  # functions and lines of code, and no values
        logging.basicConfig(level=level, handlers=[_Sorting(self)], force=True)
        logging.captureWarnings(True)
        sys.stdout, sys.stderr = _Lines(self, logging.INFO), _Lines(self, logging.WARNING)

    @contextmanager
    def during(self, work: Work) -> Iterator[JobLog]:
        """Inside, this thread does this job: what it says is the job's."""
        job = JobLog(work)
        token = _CURRENT.set(job)
        try:
            with about(job=work.job, app=work.app, request=work.request):
                self._begin(job)
                yield job
        finally:
            self._end(job)
            _CURRENT.reset(token)

    def take(self, record: logging.LogRecord) -> None:
        """Send a log record where it belongs."""
        job = self.current()
        own = record.name.startswith(OWN)
        if job is None and (self._loading or own or self._to_host):
            self._to_the_host(record)
        elif job is not None:
            job.say(record.levelno, _told(record))
            if own or self._to_host:
                self._to_the_host(record)

    def say(self, level: int, line: str) -> None:
        """Send a printed line where it belongs."""
        job = self.current()
        if job is not None:
            job.say(level, line)
        if self._to_host or (job is None and self._loading):
            self._host.handle(logging.LogRecord("tomaat.print", level, "", 0, "%s", (line,), None))

    def current(self) -> JobLog | None:
        """The job that this thread works on; of a thread that an app has started, the only job that runs."""
        job = _CURRENT.get()
        running = self._running
        return job or (running[0] if len(running) == 1 else None)

    def _to_the_host(self, record: logging.LogRecord) -> None:
        record.about = {"app": self._app, **facts()}
        if record.exc_info and record.exc_info[1] and self.current() and not self._to_host:
            record.exc_text = silent_trace(record.exc_info[1])
        self._host.handle(record)

    def _begin(self, job: JobLog) -> None:
        self._loading = False
        with self._lock:
            self._running = [*self._running, job]
            if not self._to_host:
                # What libraries write past Python can be told apart only while one job runs.
                self._redirect(job.descriptor() if len(self._running) == 1 else None)

    def _end(self, job: JobLog) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        with self._lock:
            self._running = [other for other in self._running if other is not job]
            if not self._to_host:
                self._redirect(None)
        job.close()

    def _redirect(self, descriptor: int | None) -> None:
        """Have the descriptors of stdout and stderr lead to a job's log, or to nowhere."""
        target = self._nowhere if descriptor is None else descriptor
        os.dup2(target, STDOUT)
        os.dup2(target, STDERR)


class _Sorting(logging.Handler):
    def __init__(self, words: AppWords) -> None:
        super().__init__()
        self._words = words

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._words.take(record)
        except Exception:
            self.handleError(record)


class _Lines(io.TextIOBase):
    """Stands for stdout or stderr: gathers what each thread prints until it is a line."""

    encoding = "utf-8"

    def __init__(self, words: AppWords, level: int) -> None:
        self._words = words
        self._level = level
        self._begun = threading.local()

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        """The descriptor that libraries write to past Python."""
        return STDOUT if self._level == logging.INFO else STDERR

    def write(self, text: Any) -> int:
        *lines, rest = (getattr(self._begun, "text", "") + str(text)).split("\n")
        self._begun.text = rest
        for line in lines:
            self._words.say(self._level, line)
        return len(text)

    def flush(self) -> None:
        """Send what is no whole line yet."""
        rest, self._begun.text = getattr(self._begun, "text", ""), ""
        if rest:
            self._words.say(self._level, rest)


def _told(record: logging.LogRecord) -> str:
    """A record's message, and what its exception says; where in the code it was raised is for the host's log."""
    told = record.getMessage()
    if record.exc_info and record.exc_info[1] is not None:
        error = record.exc_info[1]
        told += f"\n{type(error).__name__}: {error}"
    return told
