"""How jobs and the host are looked at, and what is removed of them, as OpenAPI says it."""

from __future__ import annotations

from tomaat.openapi.parts import Spec, has, in_path, json_answer, list_of, problem, ref, text

_JOB_ID = in_path("id", "the job's id")
_NO_JOB = problem("There is no such job")
_BYTES: Spec = {"type": "integer", "minimum": 0, "description": "bytes"}
_COUNT: Spec = {"type": "integer", "minimum": 0}
_TIME: Spec = {"type": "string", "format": "date-time"}
_TEXT: Spec = {"schema": {"type": "string"}}

PURGE: Spec = {
    "tags": ["jobs"],
    "operationId": "purge",
    "summary": "Remove jobs that have ended, and their results",
    "parameters": [
        {"name": "app", "in": "query", "schema": {"type": "string"}},
        {"name": "state", "in": "query", "schema": {"type": "array", "items": ref("JobState")}},
        {
            "name": "older_than",
            "in": "query",
            "description": "seconds since a job has ended",
            "schema": {"type": "number", "minimum": 0, "default": 0},
        },
    ],
    "responses": {"200": json_answer("They are gone", "Removed"), "400": problem("A parameter is wrong")},
}
SEEING: Spec = {
    "/v1/jobs/{id}/log": {
        "get": {
            "tags": ["jobs"],
            "operationId": "log",
            "summary": "What the app has said in the job",
            "parameters": [_JOB_ID],
            "responses": {
                "200": {"description": "The log", "content": {"text/plain": _TEXT, "application/x-ndjson": _TEXT}},
                "404": _NO_JOB,
                "406": problem("A log comes as text and as JSON lines"),
            },
        }
    },
    "/v1/jobs/{id}/inputs/{input}": {
        "get": {
            "tags": ["jobs"],
            "operationId": "input",
            "summary": "A file that came with the job, until it has ended, or as long as its results with keep_inputs",
            "parameters": [
                _JOB_ID,
                in_path("input", "the input's name; with an extension (`image.nii.gz`) as the app has read it"),
            ],
            "responses": {
                "200": {"description": "The file", "content": {"*/*": {"schema": {"type": "string"}}}},
                "206": {"description": "The range that was asked for", "content": {"*/*": {}}},
                "404": problem("There is no such job, no such file came with it, or it has been removed"),
                "406": problem("The file does not come in that format"),
                "416": {"description": "The file has no such range"},
                "422": problem("The file is no volume, so that it has no other format"),
            },
        }
    },
    "/v1/host": {
        "get": {
            "tags": ["host"],
            "operationId": "host",
            "summary": "How the host is: memory, disk, uploads, workers",
            "responses": {"200": json_answer("The host", "Host")},
        }
    },
}
HOST: Spec = has(
    version=text(),
    started=_TIME,
    uptime={"type": "number"},
    processors={"type": ["integer", "null"]},
    load={"type": "array", "items": {"type": "number"}},
    memory=has(host=_BYTES, available=_BYTES, total=_BYTES),
    disk=has(free=_BYTES, total=_BYTES),
    workers=list_of("Worker"),
    uploads=_COUNT,
    jobs=has(queued=_COUNT, running=_COUNT, last_minute=_COUNT),
)
WORKER: Spec = has(
    id=text(),
    app=text(),
    state=text("starting, warm, busy, stopping"),
    device=text(),
    pid={"type": ["integer", "null"]},
    since=_TIME,
    jobs={"type": "array", "items": {"type": "string"}},
    memory={"type": "object", "additionalProperties": _BYTES},
)
