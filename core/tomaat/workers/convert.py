"""Write a result in another format, in a process of its own: the host itself loads no imaging library."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path

from tomaat.elements.element import OutputElement
from tomaat.errors import InternalError
from tomaat.workers.launching import ForkLauncher, launched

LIMIT = 120.0
"""Seconds that a conversion may take."""
WRITTEN = b"written"


async def convert(launcher: ForkLauncher, element: OutputElement, source: Path, target: Path) -> None:
    """Have ``element`` convert ``source``; ``target`` appears whole or not at all.

    Raises :class:`InternalError` when the process fails.
    """
    suffix = target.name.removeprefix(element.name)
    draft = target.with_name(f"{element.name}-{os.urandom(4).hex()}{suffix}")
    try:
        if await _run(launcher, element, source, draft):
            draft.replace(target)
            return
    finally:
        draft.unlink(missing_ok=True)
    raise InternalError(f"The result {element.name!r} could not be written as {suffix.lstrip('.')}.")


async def _run(launcher: ForkLauncher, element: OutputElement, source: Path, draft: Path) -> bool:
    """Whether it was written."""
    ours, theirs = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=ours)
    try:
        converter = await launched(launcher.call(theirs, _convert, element, source, draft), theirs)
        try:
            async with asyncio.timeout(LIMIT):
                return await reader.read() == WRITTEN
        except (TimeoutError, OSError):
            return False
        finally:
            await asyncio.to_thread(converter.end)
    finally:
        writer.close()


def _convert(line: socket.socket, element: OutputElement, source: Path, draft: Path) -> None:
    element.convert(source, draft)
    line.sendall(WRITTEN)
