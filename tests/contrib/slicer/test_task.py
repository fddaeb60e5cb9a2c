"""Work on a thread, and what Qt's timer gets to know of it."""

from __future__ import annotations

import threading

from slicer_tasks import events_of, failure_of
from tomaat_slicer.errors import Cancelled, InvalidValue
from tomaat_slicer.task import Done, Failed, Progress, Task


def test_progress_comes_in_order_and_the_value_last() -> None:
    def work(task: Task) -> int:
        task.progress("one", 0.5)
        task.progress("two")
        return 3

    assert events_of(Task(work).start()) == [Progress("one", 0.5), Progress("two"), Done(3)]


def test_an_error_is_the_last_event() -> None:
    def work(task: Task) -> None:
        raise InvalidValue("Choose a volume.", "image")

    error = failure_of(Task(work).start())
    assert (error.detail, error.field) == ("Choose a volume.", "image")


def test_a_mistake_of_the_module_is_no_silence() -> None:
    assert "ZeroDivisionError" in failure_of(Task(lambda task: 1 / 0).start()).detail


def test_a_task_that_waits_is_cancelled_at_once() -> None:
    task = Task(lambda task: task.wait(600.0)).start()
    task.cancel()
    assert isinstance(failure_of(task), Cancelled)


def test_asking_does_not_wait_for_the_work() -> None:
    go_on = threading.Event()
    task = Task(lambda task: go_on.wait(60.0)).start()
    assert task.poll(0.0) == []
    assert not task.ended
    go_on.set()
    (last,) = events_of(task)
    assert isinstance(last, (Done, Failed))
