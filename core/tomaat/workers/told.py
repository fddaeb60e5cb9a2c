"""What the host is told of an exception in a worker."""

from __future__ import annotations

import logging

from ulid import ULID

from tomaat.errors import InternalError, TomaatError
from tomaat.no_room import no_room
from tomaat.out_of_memory import is_out_of_memory, out_of_memory

log = logging.getLogger("tomaat.worker")


def as_error(error: Exception, what: str, device: str = "cpu", limit: int = 0) -> TomaatError:
    """The error to tell the client: our own as it is, any other as a reference to the log, which gets the trace.

    :param device: where it happened, for the figures of one that says that memory ran out.
    :param limit: bytes that this process may have of its GPU; 0: all that there is.
    """
    if isinstance(error, TomaatError):
        return error
    if is_out_of_memory(error):
        log.warning("%s: out of memory", what, exc_info=error)
        return out_of_memory(error, device, limit)
    if full := no_room(error):
        log.error("%s: the disk is full", what)
        return full
    reference = str(ULID())[-8:]
    log.error("%s (reference %s)", what, reference, exc_info=error)
    return InternalError(
        f"The app failed with an internal error ({type(error).__name__}); the host's log has it under the "
        f"reference {reference}."
    )
