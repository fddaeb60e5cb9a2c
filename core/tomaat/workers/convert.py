"""Write a result in another format, in a process of its own: the host itself loads no imaging library."""

from __future__ import annotations

import asyncio
import os
from multiprocessing.context import ForkServerContext
from pathlib import Path

from tomaat.elements.element import OutputElement
from tomaat.errors import InternalError

LIMIT = 120.0
"""Seconds that a conversion may take."""


async def convert(context: ForkServerContext, element: OutputElement, source: Path, target: Path) -> None:
    """Have ``element`` convert ``source``; ``target`` appears whole or not at all.

    Raises :class:`InternalError` when the process fails.
    """
    suffix = target.name.removeprefix(element.name)
    draft = target.with_name(f"{element.name}-{os.urandom(4).hex()}{suffix}")
    await asyncio.to_thread(_run, context, element, source, draft)
    if not draft.exists():
        raise InternalError(f"The result {element.name!r} could not be written as {suffix.lstrip('.')}.")
    draft.replace(target)


def _run(context: ForkServerContext, element: OutputElement, source: Path, draft: Path) -> None:
    converter = context.Process(target=_convert, args=(element, source, draft), name="tomaat-convert")
    converter.start()
    converter.join(LIMIT)
    failed = converter.exitcode != 0
    converter.kill()
    converter.join()
    if failed:
        draft.unlink(missing_ok=True)


def _convert(element: OutputElement, source: Path, draft: Path) -> None:
    element.convert(source, draft)
