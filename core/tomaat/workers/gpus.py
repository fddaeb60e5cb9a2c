"""Which GPUs there are and how much memory each has, as NVIDIA's driver tells a process of its own.

Run as ``python -m tomaat.workers.gpus``: a driver that was once asked stays in the process, with threads and tens of
megabytes, and the host shall have neither.
"""

from __future__ import annotations

import asyncio
import ctypes
import sys
from contextlib import suppress

import orjson

LIMIT = 60.0
"""Seconds that a driver may take: on a machine with eight GPUs that sleep, the first question takes ten."""


def gpus_of_the_driver() -> dict[str, int]:
    """Bytes of memory by device, ``cuda:0``, ``cuda:1``, ... in the order in which torch and onnxruntime count them."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
        count = ctypes.c_int(0)
        if driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count)):
            return {}
        return {f"cuda:{number}": _total(driver, number) for number in range(count.value)}
    except (OSError, AttributeError):
        return {}


async def find_gpus() -> dict[str, int]:
    """What :func:`gpus_of_the_driver` finds in a process of its own; empty also where that fails."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(LIMIT):
            answer, _ = await process.communicate()
        found: dict[str, int] = orjson.loads(answer)
        return found
    except (TimeoutError, ValueError):
        return {}
    finally:
        with suppress(ProcessLookupError):
            process.kill()


def _total(driver: ctypes.CDLL, number: int) -> int:
    device, total = ctypes.c_int(0), ctypes.c_size_t(0)
    if driver.cuDeviceGet(ctypes.byref(device), number) or driver.cuDeviceTotalMem_v2(ctypes.byref(total), device):
        return 0
    return total.value


if __name__ == "__main__":
    sys.stdout.write(orjson.dumps(gpus_of_the_driver()).decode())
