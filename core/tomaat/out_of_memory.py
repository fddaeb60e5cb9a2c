"""When memory runs out, a machine's or a GPU's: how it is known, what is freed, what the client is told."""

from __future__ import annotations

import gc
import re
import sys
from collections.abc import Iterator

from tomaat.allocator import give_back
from tomaat.errors import OutOfMemory
from tomaat.memory import GIB, machine_left, resident

SIGNS = re.compile(
    r"out of memory|failed to allocate memory|can't allocate memory|cannot allocate memory|bad allocation"
    r"|std::bad_alloc|ALLOC_FAILED|available memory of \d+ is smaller than requested",
    re.IGNORECASE,
)
"""In the texts of ``RuntimeError`` and its kin, from torch, CUDA's libraries, onnxruntime and ITK: they have no type of
their own for it."""
ASKED = re.compile(
    r"(?:tried to allocate|requested bytes of|you tried to allocate) ([\d.]+) ?(bytes|[KMG]iB)?", re.IGNORECASE
)
UNITS = {"": 1, "bytes": 1, "kib": 2**10, "mib": 2**20, "gib": 2**30}


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error of an app, or one that it comes from, says that memory has run out."""
    return any(
        isinstance(one, MemoryError) or _named(one) or (_of_a_library(one) and SIGNS.search(str(one)))
        for one in _causes(error)
    )


def raise_if_out_of_memory(error: Exception) -> None:
    """Raise ``error`` again if that is what it says: for whoever takes other errors as an answer. What had too little
    memory today may have enough tomorrow."""
    if is_out_of_memory(error):
        raise error


def free_memory() -> None:
    """Give back what no object holds any more: a module and its hooks refer to each other, and allocators hoard."""
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available() and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
    give_back()


def out_of_memory(error: BaseException, device: str, limit: int = 0) -> OutOfMemory:
    """The error to tell the client, with figures; to be called before anything is freed.

    :param device: where it happened.
    :param limit: bytes that this process may have of a GPU; 0: all that there is.
    """
    asked = next((size for one in _causes(error) if (size := _asked(str(one)))), 0)
    more = f" and asked for {_gib(asked)} more" if asked else ""
    on_gpu = device != "cpu" and not any(isinstance(one, MemoryError) for one in _causes(error))
    where = device if on_gpu else "the processor's memory"
    has, left = _figures(device if on_gpu else "cpu", limit)
    return OutOfMemory(
        f"This job needs more memory than it may have: it had {_gib(has)} of {where}{more}, where {_gib(left)} "
        "were left. Send a smaller part of the image."
    )


def _figures(device: str, limit: int) -> tuple[int, int]:
    """Bytes of a device that this process has, and that are left."""
    torch = sys.modules.get("torch")
    if device == "cpu":
        return resident(), machine_left()
    if torch is None or not torch.cuda.is_initialized():
        return 0, 0
    has, left = int(torch.cuda.memory_reserved(device)), int(torch.cuda.mem_get_info(device)[0])
    return has, min(left, max(limit - has, 0)) if limit else left


def _asked(text: str) -> int:
    found = ASKED.search(text)
    return int(float(found[1]) * UNITS[(found[2] or "").lower()]) if found else 0


def _gib(size: int) -> str:
    return f"{size / GIB:.1f} GiB" if size >= GIB / 10 else f"{size / 2**20:.0f} MiB"


def _named(error: BaseException) -> bool:
    """Torch's own type for it, which may be there without being imported here."""
    return any(kind.__name__ in ("OutOfMemoryError", "AcceleratorOutOfMemoryError") for kind in type(error).__mro__)


def _of_a_library(error: BaseException) -> bool:
    """Whether its text is a library's own: onnxruntime's exceptions share no base."""
    return isinstance(error, RuntimeError) or type(error).__module__.startswith("onnxruntime")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
