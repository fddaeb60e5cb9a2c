"""That an app stops when its job is cancelled."""

from __future__ import annotations

import time
from collections.abc import Generator

from tomaat.app import Data
from tomaat.errors import JobCancelled
from tomaat.markers import hookimpl
from tomaat.testing.subject import ContractBroken, Subject
from tomaat.testing.volumes import head

Stage = Generator[None, Data, Data]


def check_cancelling(subject: Subject) -> str:
    """Cancel one job at its first progress and another as inference begins; each must end, and soon."""
    for moment in ("progress", "infer"):
        if refused := _cancel(subject, moment):
            return refused
    return ""


def _cancel(subject: Subject, moment: str) -> str:
    canceller = Canceller(moment)
    image = head()
    subject.plugins.manager.register(canceller)
    try:
        trial = subject.run(image, report=canceller.report, cancelled=canceller.cancelled)
    except JobCancelled:
        waited = time.perf_counter() - (canceller.asked or 0.0)
        if waited > subject.grace:
            raise ContractBroken(
                f"It went on for {waited:.1f} s after it was cancelled, and a host kills its worker after "
                f"{subject.grace:g} s: call context.check_cancelled() or context.progress() more often."
            ) from None
        return ""
    finally:
        subject.plugins.manager.unregister(canceller)
    if canceller.asked is not None and not trial.refused:
        raise ContractBroken("It was cancelled and gave results all the same.")
    return trial.refused


class Canceller:
    """Cancels a job, and watches what the app makes of it; a plugin while it does so.

    :param moment: ``progress``, at the app's first; or ``infer``, as that stage begins.
    :ivar asked: when it cancelled, by the performance counter.
    """

    def __init__(self, moment: str) -> None:
        self.moment = moment
        self.asked: float | None = None
        self._told = False

    def report(self, fraction: float, message: str) -> None:
        if self.moment == "progress":
            self._ask()

    def cancelled(self) -> bool:
        self._told = self.asked is not None
        return self._told

    @hookimpl(wrapper=True)
    def tomaat_preprocess(self) -> Stage:
        return (yield from self._watched())

    @hookimpl(wrapper=True)
    def tomaat_infer(self) -> Stage:
        if self.moment == "infer":
            self._ask()
        return (yield from self._watched())

    @hookimpl(wrapper=True)
    def tomaat_postprocess(self) -> Stage:
        return (yield from self._watched())

    def _ask(self) -> None:
        if self.asked is None:
            self.asked = time.perf_counter()

    def _watched(self) -> Stage:
        self._told = False
        data = yield
        if self._told:
            raise ContractBroken(
                "It caught JobCancelled and went on: let that error pass, as with 'except ValueError'."
            )
        return data
