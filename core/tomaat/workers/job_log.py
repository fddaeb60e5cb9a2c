"""The log of one job, as its worker writes it: JSON lines in the job's folder; between them what libraries write."""

from __future__ import annotations

import json
import logging
import os
import threading
import time

import orjson

from tomaat.workers.work import Work

FILE = "log"
"""The log's name in the job's folder."""
MOST = 2**20
"""Bytes that a job's log may have."""
FULL = f"The log has {MOST // 2**20} MiB, which is all that a job's log may have; what comes after this is not kept."


class JobLog:
    """A job's log. A job whose client gets its results at once has none: nobody could ask for it."""

    def __init__(self, work: Work) -> None:
        self._folder = work.folder
        self._open = work.logged
        self._descriptor: int | None = None
        self._size = 0
        self._lock = threading.Lock()

    def say(self, level: int, text: str) -> None:
        """Add a line."""
        with self._lock:
            descriptor = self.descriptor()
            if descriptor is None or self._size >= MOST:
                return
            line = line_of(level, text)
            self._size += len(line)
            if self._size >= MOST:
                line = line_of(logging.WARNING, FULL)
            os.write(descriptor, line)

    def stage(self, name: str) -> None:
        """Note that a stage of the job begins."""
        self.say(logging.INFO, f"stage {name}")

    def descriptor(self) -> int | None:
        """The open file; ``None`` for a job without a log."""
        if self._descriptor is None and self._open:
            try:
                self._descriptor = os.open(self._folder / FILE, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
                self._size = os.fstat(self._descriptor).st_size
            except OSError:  # the job was forgotten, or the disk is full: the job itself goes on
                self._open = False
        return self._descriptor

    def close(self) -> None:
        """There is no more to say."""
        with self._lock:
            if self._descriptor is not None:
                os.close(self._descriptor)
            self._descriptor, self._open = None, False


def line_of(level: int, text: str) -> bytes:
    """One line of a log."""
    shown = {"time": time.time(), "level": logging.getLevelName(level).lower(), "message": text}
    try:
        return orjson.dumps(shown) + b"\n"
    except orjson.JSONEncodeError:  # letters that are no Unicode
        return json.dumps(shown).encode() + b"\n"
