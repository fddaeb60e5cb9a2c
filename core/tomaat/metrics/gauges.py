"""What a host has at the moment that it is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import psutil
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from tomaat._version import __version__
from tomaat.workers.executor import AppState, InstanceState
from tomaat.workers.tally import Reason

if TYPE_CHECKING:
    from tomaat.host.host import Host


class Gauges:
    """A collector of Prometheus's that looks at a host: nothing has to be kept up to date between two looks."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._process = psutil.Process()

    def describe(self) -> list[Metric]:
        """Nothing: what there is depends on the host, which does not run yet when this is registered."""
        return []

    def collect(self) -> Iterator[Metric]:
        """All gauges as they stand."""
        yield from self._jobs()
        yield from self._workers()
        yield from self._history()
        yield _one("tomaat_uploads", "Uploads that come in now", self._host.jobs.admission.uploads)
        memory = self._process.memory_info().rss
        yield _one("tomaat_host_memory_bytes", "Resident memory of the host's own process", memory)
        info = GaugeMetricFamily("tomaat_info", "1, for the version that runs", labels=["version"])
        info.add_metric([__version__], 1)
        yield info

    def _jobs(self) -> Iterator[Metric]:
        queued = GaugeMetricFamily("tomaat_jobs_queued", "Jobs that wait", labels=["app"])
        running = GaugeMetricFamily("tomaat_jobs_running", "Jobs that run", labels=["app"])
        broken = GaugeMetricFamily("tomaat_app_broken", "1 for an app whose workers do not start", labels=["app"])
        for app in self._host.apps:
            queued.add_metric([app], self._host.jobs.queued(app))
            running.add_metric([app], self._host.jobs.running(app))
            broken.add_metric([app], float(self._host.executor.state(app) is AppState.BROKEN))
        yield from (queued, running, broken)

    def _workers(self) -> Iterator[Metric]:
        workers = GaugeMetricFamily("tomaat_workers", "Worker processes by what they do", labels=["app", "state"])
        peaks = GaugeMetricFamily(
            "tomaat_worker_memory_bytes", "The largest peak among an app's workers", labels=["app", "kind"]
        )
        for app in self._host.apps:
            instances = self._host.executor.instances(app)
            counted = Counter(instance.state for instance in instances)
            for state in InstanceState:
                workers.add_metric([app, str(state)], counted[state])
            for kind in ("rss", "device"):
                peaks.add_metric([app, kind], max((one.memory.get(kind, 0) for one in instances), default=0))
        yield from (workers, peaks)

    def _history(self) -> Iterator[Metric]:
        tally = self._host.executor.tally
        starts = CounterMetricFamily("tomaat_worker_starts", "Workers that were started", labels=["app"])
        failed = CounterMetricFamily("tomaat_worker_start_failures", "Workers that could not be", labels=["app"])
        ends = CounterMetricFamily("tomaat_worker_ends", "Workers that have ended, by why", labels=["app", "reason"])
        for app in self._host.apps:
            starts.add_metric([app], tally.started[app])
            failed.add_metric([app], tally.failed[app])
            for reason in Reason:
                if number := tally.ended[app, reason]:
                    ends.add_metric([app, str(reason)], number)
        yield from (starts, failed, ends)


def _one(name: str, help_: str, value: float) -> Metric:
    family = GaugeMetricFamily(name, help_)
    family.add_metric([], value)
    return family
