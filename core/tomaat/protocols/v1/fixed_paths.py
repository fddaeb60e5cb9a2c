"""The routes of API v1 that are the same on every host, as OpenAPI says them."""

from __future__ import annotations

from tomaat.openapi.parts import Spec, in_path, json_answer, problem, ref
from tomaat.protocols.v1.seeing_paths import PURGE

_JOB_ID = in_path("id", "the job's id")
_NO_JOB = problem("There is no such job")
_WEIGHTS_ID = in_path("id", "what the weights are called: letters, digits, '.', '_' and '-'")
_APP = in_path("app", "the app's name")
_NO_WEIGHTS = problem("There is no such app, it takes no weights, or has none of this name")
_BAD_ID = problem("That can't name weights")
_ETAG: Spec = {"ETag": {"description": "the file's SHA-256", "schema": {"type": "string"}}}
_FILE: Spec = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
_FORM: Spec = {
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "properties": {"file": {"type": "string", "contentMediaType": "application/octet-stream"}},
            "required": ["file"],
        }
    }
}
_WEIGHTS: Spec = {
    "/v1/apps/{app}/weights": {
        "get": {
            "tags": ["weights"],
            "operationId": "weights",
            "summary": "The weights of an app, and which of them a call gets that names none",
            "parameters": [_APP],
            "responses": {"200": json_answer("All weights", "WeightsList"), "404": _NO_WEIGHTS},
        }
    },
    "/v1/apps/{app}/weights/{id}": {
        "put": {
            "tags": ["weights"],
            "operationId": "put-weights",
            "summary": "Upload weights; they are checked, and replace those of this name",
            "parameters": [_APP, _WEIGHTS_ID],
            "requestBody": {"required": True, "content": _FILE | _FORM},
            "responses": {
                "200": json_answer("They have replaced others", "Weights") | {"headers": _ETAG},
                "201": json_answer("They are there", "Weights") | {"headers": _ETAG},
                "400": _BAD_ID,
                "404": _NO_WEIGHTS,
                "408": problem("The upload has stopped, or comes too slowly"),
                "413": problem("The file is too large"),
                "422": problem("The app can't use this file; the sentence says which tensors do not fit"),
                "503": problem("Too many uploads come at once"),
                "507": problem("There is no room on the disk for it"),
            },
        },
        "get": {
            "tags": ["weights"],
            "operationId": "one-weights",
            "summary": "What there is to know of weights; the file itself with `Accept: application/octet-stream`",
            "parameters": [
                _APP,
                _WEIGHTS_ID,
                {
                    "name": "download",
                    "in": "query",
                    "description": "the file itself, whatever the Accept header says",
                    "schema": {"type": "boolean", "default": False},
                },
            ],
            "responses": {
                "200": {
                    "description": "The description, or the file",
                    "headers": _ETAG,
                    "content": {"application/json": {"schema": ref("Weights")}} | _FILE,
                },
                "206": {"description": "The range of the file that was asked for", "content": _FILE},
                "400": _BAD_ID,
                "404": _NO_WEIGHTS,
                "406": problem("Weights come as JSON and as the file"),
                "416": {"description": "The file has no such range"},
            },
        },
        "delete": {
            "tags": ["weights"],
            "operationId": "remove-weights",
            "summary": "Remove uploaded weights; jobs that use them keep them until they end",
            "parameters": [_APP, _WEIGHTS_ID],
            "responses": {
                "204": {"description": "They are gone"},
                "400": _BAD_ID,
                "404": _NO_WEIGHTS,
                "409": problem("They come with the plugin or from the host's folder"),
            },
        },
    },
}
FIXED: Spec = _WEIGHTS | {
    "/v1/apps": {
        "get": {
            "tags": ["host"],
            "operationId": "apps",
            "summary": "What this host serves, and what it could not",
            "responses": {"200": json_answer("All apps", "Apps")},
        }
    },
    "/v1/apps/{app}": {
        "get": {
            "tags": ["host"],
            "operationId": "app",
            "summary": "One app: its interface and its state",
            "parameters": [_APP],
            "responses": {"200": json_answer("The app", "App"), "404": problem("There is no such app")},
        }
    },
    "/v1/jobs": {
        "get": {
            "tags": ["jobs"],
            "operationId": "jobs",
            "summary": "Jobs, newest first",
            "parameters": [
                {"name": "app", "in": "query", "schema": {"type": "string"}},
                {"name": "state", "in": "query", "schema": {"type": "array", "items": ref("JobState")}},
                {
                    "name": "limit",
                    "in": "query",
                    "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
                },
            ],
            "responses": {"200": json_answer("Jobs", "Jobs"), "400": problem("A parameter is wrong")},
        },
        "delete": PURGE,
    },
    "/v1/jobs/{id}": {
        "get": {
            "tags": ["jobs"],
            "operationId": "job",
            "summary": "A job: state, progress, results, timings, provenance",
            "parameters": [_JOB_ID],
            "responses": {"200": json_answer("The job", "Job"), "404": _NO_JOB},
        },
        "delete": {
            "tags": ["jobs"],
            "operationId": "forget",
            "summary": "Cancel a job if it has not ended, and forget it and its results",
            "parameters": [_JOB_ID],
            "responses": {"204": {"description": "It is gone"}, "404": _NO_JOB},
        },
    },
    "/v1/jobs/{id}/events": {
        "get": {
            "tags": ["jobs"],
            "operationId": "events",
            "summary": "The job on each change, as events called `job`, until it has ended; its log as `log`",
            "parameters": [_JOB_ID],
            "responses": {
                "200": {"description": "Events", "content": {"text/event-stream": {"schema": {"type": "string"}}}},
                "404": _NO_JOB,
            },
        }
    },
    "/v1/jobs/{id}/results/{output}": {
        "get": {
            "tags": ["jobs"],
            "operationId": "result",
            "summary": "One result; add an extension (`labels.mha`) or an Accept header for another format",
            "parameters": [_JOB_ID, in_path("output", "the result's name, with or without an extension")],
            "responses": {
                "200": {"description": "The file", "content": {"*/*": {"schema": {"type": "string"}}}},
                "206": {"description": "The range that was asked for", "content": {"*/*": {}}},
                "404": problem("There is no such job or result"),
                "406": problem("The result does not come in that format"),
                "409": problem("The job has not ended, or was cancelled"),
                "416": {"description": "The file has no such range"},
            },
        }
    },
    "/healthz": {
        "get": {
            "tags": ["host"],
            "operationId": "healthz",
            "summary": "The process answers",
            "responses": {"200": json_answer("It does", "Health")},
        }
    },
    "/readyz": {
        "get": {
            "tags": ["host"],
            "operationId": "readyz",
            "summary": "It can take jobs",
            "responses": {"200": json_answer("It can", "Health"), "503": json_answer("It can't", "Health")},
        }
    },
}
