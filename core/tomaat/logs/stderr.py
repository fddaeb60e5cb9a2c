"""Records to stderr, each a line; where lines are JSON, so is whatever else this process and its children write."""

from __future__ import annotations

import io
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby

import orjson

from tomaat.logs.formats import formatter

STDOUT, STDERR = 1, 2
LONGEST = 2**16
"""Bytes of a raw line that are gathered before it is cut."""
DRAIN = 1.0
"""Seconds that the last lines have at the end."""

raw = logging.getLogger("tomaat.raw")


@contextmanager
def logging_to_stderr(log_format: str) -> Iterator[None]:
    """Have everything logged in one format, on stderr, until the end.

    :param log_format: ``text`` or ``json``. With ``json``, what anybody writes to stdout or stderr past the log (a
        library, the interpreter, a child) becomes a record of the logger ``tomaat.raw``, so that all lines are JSON.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(log_format))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    # No format of ours shows these, nor the line of code, and to find them takes a third of the time of a record.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None  # as Python's documentation has it
    if log_format != "json":
        yield
        return
    with _Wrapped() as stream:
        handler.setStream(stream)
        yield
        handler.flush()


class _Wrapped:
    """Stands a pipe in the place of stdout and stderr, and a thread behind it."""

    def __enter__(self) -> io.TextIOWrapper:
        self._real = [os.dup(STDOUT), os.dup(STDERR)]
        reading, writing = os.pipe()
        for descriptor in (STDOUT, STDERR):
            os.dup2(writing, descriptor)  # children have it too: that they inherit
        os.close(writing)
        self._stream = os.fdopen(os.dup(self._real[1]), "w", encoding="utf-8", errors="backslashreplace", buffering=1)
        self._reading = reading
        self._thread = threading.Thread(target=self._read, name="stderr", daemon=True)
        self._thread.start()
        return self._stream

    def __exit__(self, *failure: object) -> None:
        for real, descriptor in zip(self._real, (STDOUT, STDERR), strict=True):
            os.dup2(real, descriptor)
            os.close(real)
        self._thread.join(DRAIN)  # a child that lives on holds its end of the pipe

    def _read(self) -> None:
        rest = b""
        while content := os.read(self._reading, LONGEST):
            *lines, rest = (rest + content).split(b"\n")
            if len(rest) > LONGEST:
                lines, rest = [*lines, rest], b""
            self._pass_on([line.decode("utf-8", "backslashreplace").rstrip() for line in lines])
        self._pass_on([rest.decode("utf-8", "backslashreplace")])
        os.close(self._reading)

    def _pass_on(self, lines: list[str]) -> None:
        """Write records as they are, and what stands together between them, a trace for example, as one."""
        for record, together in groupby(filter(None, lines), key=is_record):
            if record:
                self._stream.write("".join(f"{line}\n" for line in together))
            else:
                raw.warning("%s", "\n".join(together))


def is_record(text: str) -> bool:
    """Whether a line is a record that a worker has made already."""
    if not text.startswith('{"time":'):
        return False
    try:
        return isinstance(orjson.loads(text), dict)
    except orjson.JSONDecodeError:
        return False
