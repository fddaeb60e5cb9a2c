"""Wait for a task of Slicer's module, as the module's timer does."""

from __future__ import annotations

from tomaat_slicer.errors import ClientError
from tomaat_slicer.task import Event, Failed, Task


def events_of(task: Task) -> list[Event]:
    """All that a task tells, up to its end."""
    events: list[Event] = []
    while not task.ended:
        events += task.poll(0.1)
    return events


def failure_of(task: Task) -> ClientError:
    """The error that a task ends with."""
    last = events_of(task)[-1]
    assert isinstance(last, Failed), last
    return last.error
