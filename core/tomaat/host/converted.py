"""Files that are made of a job's files when somebody first asks for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from weakref import WeakValueDictionary

from tomaat.errors import NotFound
from tomaat.workers.executor import Executor

AT_ONCE = 4
"""How many are made at once: each takes a process, and perhaps a volume's memory."""
GONE = "The file that this is made of has gone from the host's disk. Submit the job again."


class Converted:
    """Makes each file once, also where several ask for it at once; it lies beside what it was made of, and goes with
    that."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._locks: WeakValueDictionary[Path, asyncio.Lock] = WeakValueDictionary()

    async def file(self, write: Callable[[Path, Path], None], source: Path, target: Path) -> Path:
        """``target``, which ``write(source, target)`` has made, now or before.

        Raises :class:`NotFound` where ``source`` is not there, and what :meth:`Executor.convert` raises.
        """
        async with self._locks.setdefault(target, asyncio.Lock()):
            if not source.exists():
                raise NotFound(GONE)
            if not target.exists():
                async with self._turns:
                    try:
                        await self._executor.convert(write, source, target)
                    except Exception:
                        if not source.exists():  # the job was removed meanwhile
                            raise NotFound(GONE) from None
                        raise
        return target
