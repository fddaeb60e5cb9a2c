"""``GET /v1/host``: how the host itself is, for whoever runs it."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any

import psutil
from sanic import HTTPResponse, Request

from tomaat._version import __version__
from tomaat.access.needs import Need, routes_that_need
from tomaat.host.host import Host
from tomaat.jobs.job import rfc3339
from tomaat.protocols.v1.respond import as_json
from tomaat.workers.executor import Instance


def add_routes(host: Host) -> None:
    """Add the route."""
    with routes_that_need(host.sanic, Need.ADMIN):

        @host.sanic.get("/v1/host", name="v1_host")
        async def show(request: Request) -> HTTPResponse:
            return as_json(host_as_json(host))


def host_as_json(host: Host) -> dict[str, Any]:
    """How the host is: memory and disk in bytes, durations in seconds."""
    process = psutil.Process()
    started = process.create_time()
    return {
        "version": __version__,
        "started": rfc3339(started),
        "uptime": round(time.time() - started, 3),
        "processors": os.cpu_count(),
        "load": list(os.getloadavg()),
        "memory": _memory(process),
        "disk": _disk(host.settings.home),
        "workers": [_worker(worker) for app in host.apps for worker in host.executor.instances(app)],
        "uploads": host.jobs.admission.uploads,
        "jobs": {
            "queued": sum(map(host.jobs.queued, host.apps)),
            "running": sum(map(host.jobs.running, host.apps)),
            "last_minute": host.counts.last_minute(),
        },
    }


def _memory(process: psutil.Process) -> dict[str, int]:
    machine = psutil.virtual_memory()
    return {"host": process.memory_info().rss, "available": machine.available, "total": machine.total}


def _disk(home: Path) -> dict[str, int]:
    disk = shutil.disk_usage(home)
    return {"free": disk.free, "total": disk.total}


def _worker(worker: Instance) -> dict[str, Any]:
    return {
        "id": worker.id,
        "app": worker.app,
        "state": worker.state,
        "device": worker.device,
        "pid": worker.pid,
        "since": rfc3339(worker.since),
        "jobs": list(worker.jobs),
        "memory": dict(worker.memory),
    }
