"""Make a file of another in a process of its own: the host itself loads no imaging library."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import orjson

from tomaat.errors import InternalError, TomaatError
from tomaat.workers.launching import ForkLauncher, launched

LIMIT = 120.0
"""Seconds that a conversion may take."""
WRITTEN = b"written"

Write = Callable[[Path, Path], None]
"""Makes the second file of the first. It is pickled: a method of an element, or a function of a module."""


async def convert(launcher: ForkLauncher, write: Write, source: Path, target: Path) -> None:
    """Have ``write(source, target)`` called; ``target`` appears whole or not at all.

    What ``write`` is given as its target has the same name in an empty folder, where it may leave what it likes.

    Raises the :class:`~tomaat.errors.TomaatError` that ``write`` raises, and :class:`InternalError` when the process
    fails.
    """
    folder = target.with_name(f".{os.urandom(4).hex()}")
    try:
        folder.mkdir(mode=0o700)
        answer = await _run(launcher, write, source, folder / target.name)
        if answer == WRITTEN:
            (folder / target.name).replace(target)
            return
    except OSError:  # the disk is full, or the job was removed meanwhile
        answer = b""
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    raise _error(answer, target.name)


async def _run(launcher: ForkLauncher, write: Write, source: Path, draft: Path) -> bytes:
    """What the process says at its end; nothing where it failed."""
    ours, theirs = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=ours)
    try:
        converter = await launched(launcher.call(theirs, _convert, write, source, draft), theirs)
        try:
            async with asyncio.timeout(LIMIT):
                return await reader.read()
        except (TimeoutError, OSError):
            return b""
        finally:
            await asyncio.to_thread(converter.end)
    finally:
        writer.close()


def _error(answer: bytes, name: str) -> TomaatError:
    try:
        return TomaatError.from_json(orjson.loads(answer))
    except (ValueError, AttributeError):
        stem, _, extension = name.partition(".")
        return InternalError(f"{stem!r} could not be written as {extension}.")


def _convert(line: socket.socket, write: Write, source: Path, draft: Path) -> None:
    try:
        write(source, draft)
        line.sendall(WRITTEN)
    except TomaatError as error:
        line.sendall(orjson.dumps(error.as_json()))
