"""Apps and jobs as API v1 shows them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tomaat.description import AppDescription
from tomaat.host.host import Host
from tomaat.jobs.job import Job, rfc3339
from tomaat.workers.executor import Instance
from tomaat.workers.work import Result


def app_as_json(host: Host, app: AppDescription) -> dict[str, Any]:
    """An app: its description, and what its workers are doing."""
    limits = host.settings.app(app.name)
    return app.as_json() | {
        "timeout": limits.timeout or app.timeout,
        "concurrency": limits.concurrency or app.concurrency,
        "state": host.executor.state(app.name),
        "reason": host.executor.reason(app.name),
        "workers": host.executor.workers(app.name),
        "instances": [instance_as_json(instance) for instance in host.executor.instances(app.name)],
        "queue": host.jobs.queued(app.name),
        "running": host.jobs.running(app.name),
        "memory": host.executor.memory(app.name),
    }


def instance_as_json(instance: Instance) -> dict[str, Any]:
    """A worker: what it is doing, and since when; its jobs are their owners' business."""
    return {
        "id": instance.id,
        "state": instance.state,
        "device": instance.device,
        "since": rfc3339(instance.since),
        "jobs": len(instance.jobs),
        "memory": dict(instance.memory),
    }


def job_as_json(host: Host, job: Job, base: str = "") -> dict[str, Any]:
    """A job. Times are RFC 3339, durations seconds; ``null`` stands for what is not yet known.

    :param base: what its links begin with, for a client whose key is in its URLs.
    """
    app = host.apps.get(job.app)
    return {
        "id": job.id,
        "app": job.app,
        "state": job.state,
        "progress": {"fraction": job.fraction if not job.state.final else float(not job.error), "message": job.message},
        "position": host.jobs.position(job),
        "created": rfc3339(job.created),
        "started": rfc3339(job.started),
        "finished": rfc3339(job.finished),
        "expires": rfc3339(job.expires),
        "inputs": [upload_as_json(host, app, job, name, base) for name in job.uploads],
        "parameters": {name: received.text or "" for name, received in job.inputs.items() if not received.file},
        "results": [result_as_json(host, app, job, result, base) for result in job.results],
        "error": job.error.as_json() if job.error else None,
        "timings": {stage: round(seconds, 6) for stage, seconds in job.timings.items()},
        "provenance": job.provenance,
        "links": {
            "self": f"{base}/v1/jobs/{job.id}",
            "events": f"{base}/v1/jobs/{job.id}/events",
            "app": f"{base}/v1/apps/{job.app}",
        },
    }


def upload_as_json(host: Host, app: AppDescription | None, job: Job, name: str, base: str = "") -> dict[str, Any]:
    """A file that came with a job, and is there: where it is, which formats it comes in beside as it came."""
    element = app.input(name) if app else None
    return {
        "name": name,
        "type": element.kind if element else None,
        "href": f"{base}/v1/jobs/{job.id}/inputs/{name}",
        "formats": [format_.extension for format_ in element.formats] if element else [],
        "size": _bytes(host.folders.input(job.id, job.uploads[name].file or "")),
        "kept": job.keep_inputs,
    }


def result_as_json(host: Host, app: AppDescription | None, job: Job, result: Result, base: str = "") -> dict[str, Any]:
    """A result: where it is, which formats it comes in, what its element says of it."""
    shown: dict[str, Any] = {
        "name": result.name,
        "href": f"{base}/v1/jobs/{job.id}/results/{result.name}",
        "extension": result.extension,
        "size": _size(host, job, result),
        "value": result.value,
    }
    if app is None:
        return shown  # the plugin has been uninstalled since; the file is still there
    element = app.output(result.name)
    described = {key: value for key, value in element.as_json().items() if key not in ("field", "reference")}
    return described | shown | {"formats": [format_.extension for format_ in element.formats]}


def _size(host: Host, job: Job, result: Result) -> int | None:
    if result.text is not None:
        return len(result.text.encode())
    return _bytes(host.folders.result(job.id, result.file))


def _bytes(path: Path) -> int | None:
    """A file's size; ``None`` where it is not there."""
    try:
        return path.stat().st_size
    except OSError:
        return None


def server_timing(job: Job) -> str:
    """The job's timings for the ``Server-Timing`` header, in milliseconds."""
    return ", ".join(f"{stage};dur={seconds * 1000:.1f}" for stage, seconds in job.timings.items())
