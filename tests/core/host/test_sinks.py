"""A file that an upload goes to: a thread writes it, and whoever gives the upload up waits for that thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from calls import soon
from tomaat.host.uploads import BATCH, FileSink


class Slow:
    """Takes its time, as a slow disk does."""

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()

    def feed(self, chunk: bytes) -> bytes:
        self.begun.set()
        assert self.go_on.wait(30)
        return chunk

    def end(self) -> bytes:
        return b""


async def two_batches(sink: FileSink) -> None:
    await sink.write(bytes(BATCH))
    await sink.write(bytes(BATCH))


async def all_of_it(sink: FileSink) -> None:
    await sink.write(b"little")
    await sink.close()


@pytest.mark.parametrize("write", [two_batches, all_of_it])
async def test_a_file_is_not_closed_under_the_thread_that_writes_it(
    tmp_path: Path, write: Callable[[FileSink], Coroutine[Any, Any, None]]
) -> None:
    slow = Slow()
    sink = FileSink(tmp_path / "inputs", "image", slow)
    writing = asyncio.create_task(write(sink))
    await soon(slow.begun.is_set)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    abandoning = asyncio.create_task(sink.abandon())
    await asyncio.sleep(0.05)
    assert not sink._file.closed
    slow.go_on.set()
    await abandoning
    assert sink._file.closed
    assert (tmp_path / "inputs" / "image").stat().st_size > 0
