"""A disk that is full, as the person at the other end is told of it."""

from __future__ import annotations

import errno

from tomaat.errors import QuotaExceeded

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
RETRY = 60


def no_room(error: BaseException) -> QuotaExceeded | None:
    """What to answer where ``error`` says that a file could not grow; ``None`` where it says something else."""
    if isinstance(error, OSError) and error.errno in FULL:
        return QuotaExceeded("The host's disk is full; its administrator has to make room.", retry_after=RETRY)
    return None
