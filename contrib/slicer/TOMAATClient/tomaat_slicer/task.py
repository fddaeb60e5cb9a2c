"""Work on a thread, told to Qt by a queue.

In Slicer, Qt's event loop holds Python's lock while nothing of Python runs, so that threads stand still. The timer that
calls :meth:`Task.poll` therefore waits there for a moment: that is when the thread gets on.
"""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass
from typing import Any, Callable, Union

from tomaat_slicer.errors import Cancelled, ClientError


@dataclass(frozen=True)
class Progress:
    """How far it is.

    :ivar text: in words.
    :ivar fraction: 0 to 1, or ``None`` if nobody knows.
    """

    text: str
    fraction: float | None = None


@dataclass(frozen=True)
class Done:
    """The last event of work that succeeded; ``value`` is what it gave."""

    value: Any


@dataclass(frozen=True)
class Failed:
    """The last event of work that did not; :class:`Cancelled` is one of the errors."""

    error: ClientError


Event = Union[Progress, Done, Failed]


class Task:
    """One piece of work.

    :param work: is given the task, to tell of progress and to ask whether to go on; :class:`Done` has what it returns.
    """

    def __init__(self, work: Callable[[Task], Any]) -> None:
        self._work = work
        self._events: queue.Queue[Event] = queue.Queue()
        self._cancelled = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tomaat", daemon=True)
        self._ended = False

    @property
    def ended(self) -> bool:
        """Whether the last event was fetched."""
        return self._ended

    def start(self) -> Task:
        """Begin; returns the task itself."""
        self._thread.start()
        return self

    def cancel(self) -> None:
        """Ask the work to stop; it then ends with :class:`Cancelled`, unless it was faster."""
        self._cancelled.set()

    def join(self, seconds: float) -> None:
        """Wait for the thread's end, for so long at most."""
        self._thread.join(seconds)

    def poll(self, seconds: float = 0.03) -> list[Event]:
        """What has happened since the last call, after a wait of ``seconds`` in which the thread can run; less at the
        end of the work."""
        found: list[Event] = []
        deadline = time.monotonic() + seconds
        while not self._ended:
            try:
                found.append(self._events.get(timeout=max(0.0, deadline - time.monotonic())))
            except queue.Empty:
                break
            self._ended = not isinstance(found[-1], Progress)
        return found

    def progress(self, text: str, fraction: float | None = None) -> None:
        """Tell how far the work is. Raises :class:`Cancelled` where it shall stop."""
        self.check_cancelled()
        self._events.put(Progress(text, fraction))

    def check_cancelled(self) -> None:
        """Raise :class:`Cancelled` where the work shall stop."""
        if self._cancelled.is_set():
            raise Cancelled

    def wait(self, seconds: float) -> None:
        """Wait, for less if the work shall stop. Raises :class:`Cancelled` then."""
        self._cancelled.wait(seconds)
        self.check_cancelled()

    def _run(self) -> None:
        try:
            last: Event = Done(self._work(self))
        except ClientError as error:
            last = Failed(error)
        except Exception as error:  # a thread that dies in silence would leave the form waiting for ever
            last = Failed(ClientError(f"Something went wrong in this module ({type(error).__name__}: {error})."))
        self._events.put(last)
