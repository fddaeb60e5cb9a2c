"""API v1 as OpenAPI 3.1: each installed app has its own paths, with its own form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tomaat._version import __version__
from tomaat.description import AppDescription
from tomaat.elements.element import InputElement
from tomaat.protocols.v1.schemas import SCHEMAS
from tomaat.settings import Settings

Spec = dict[str, Any]


def describe(settings: Settings, apps: Sequence[AppDescription]) -> Spec:
    """The OpenAPI document of a host that serves ``apps``."""
    paths: Spec = dict(_FIXED)
    for app in apps:
        paths |= _app_paths(app)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "TOMAAT",
            "version": __version__,
            "description": "Medical imaging models as functions: send images and parameters, get results on the "
            f"same grid. One request may have up to {settings.max_upload / 2**20:,.0f} MiB.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": app.name, "description": app.description} for app in apps]
        + [{"name": "jobs"}, {"name": "host"}],
        "paths": paths,
        "components": {"schemas": SCHEMAS},
    }


def _app_paths(app: AppDescription) -> Spec:
    form = {"required": True, "content": {"multipart/form-data": {"schema": _form(app)}}}
    formats = [_format_parameter(element.name, [f.extension for f in element.formats]) for element in app.outputs]
    shared: Spec = {"tags": [app.name], "requestBody": form, "parameters": formats}
    refused = {"413": _problem("The upload is too large"), "422": _problem("A field holds what the app does not take")}
    busy = {"503": _problem("The queue is full; Retry-After says when to come again")}
    return {
        f"/v1/apps/{app.name}/predict": {
            "post": shared
            | {
                "operationId": f"predict-{app.name}",
                "summary": f"{app.title}: send, wait, get the results",
                "responses": {
                    "200": {"description": "The results, as the Accept header asks", "content": _answers(app)},
                    "400": _problem("The body is no multipart/form-data"),
                    "406": _problem("No result comes in what the Accept header asks"),
                    "500": _problem("The app failed"),
                    "504": _problem("The job ran longer than it may"),
                }
                | refused
                | busy,
            }
        },
        f"/v1/apps/{app.name}/jobs": {
            "post": shared
            | {
                "operationId": f"submit-{app.name}",
                "summary": f"{app.title}: send, and ask for the results later",
                "responses": {
                    "202": _json("The job is queued; Location says where it is", "Job"),
                    "400": _problem("The body is no multipart/form-data"),
                    "406": _problem("A result does not come in the format that the query asks"),
                }
                | refused
                | busy,
            }
        },
    }


def _form(app: AppDescription) -> Spec:
    return {
        "type": "object",
        "properties": {element.destination: _field(element) for element in app.inputs},
        "required": [element.destination for element in app.inputs if element.required],
        "additionalProperties": False,
    }


def _field(element: InputElement) -> Spec:
    """A form field, as far as JSON Schema can say what the element takes."""
    described = element.as_json()
    schema: Spec = {"title": element.text or element.destination}
    if element.receives == "file":
        return schema | {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"}
    match element.kind:
        case "slider":
            schema |= {"type": "number", "minimum": described["minimum"], "maximum": described["maximum"]}
        case "checkbox":
            schema |= {"type": "boolean"}
        case "radiobutton":
            schema |= {"type": "string", "enum": described["options"]}
        case _:
            schema |= {"type": "string"}
    if element.fallback is not None:
        schema["default"] = element.fallback
    return schema


def _answers(app: AppDescription) -> Spec:
    binary = {"schema": {"type": "string", "format": "binary"}}
    files = {format_.media_type: binary for element in app.outputs for format_ in element.formats}
    return {"application/json": {"schema": _ref("Job")}, "multipart/mixed": {"schema": {"type": "string"}}} | files


def _format_parameter(output: str, extensions: list[str]) -> Spec:
    return {
        "name": f"format.{output}",
        "in": "query",
        "description": f"what the result {output!r} is written as",
        "schema": {"type": "string", "enum": extensions, "default": extensions[0]},
    }


def _ref(name: str) -> Spec:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(description: str, schema: str) -> Spec:
    return {"description": description, "content": {"application/json": {"schema": _ref(schema)}}}


def _problem(description: str) -> Spec:
    return {"description": description, "content": {"application/problem+json": {"schema": _ref("Problem")}}}


def _in_path(name: str, description: str) -> Spec:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": {"type": "string", "minLength": 1, "pattern": "^[^/]+$"},
    }


_JOB_ID = _in_path("id", "the job's id")
_NO_JOB = _problem("There is no such job")
_FIXED: Spec = {
    "/v1/apps": {
        "get": {
            "tags": ["host"],
            "operationId": "apps",
            "summary": "What this host serves, and what it could not",
            "responses": {"200": _json("All apps", "Apps")},
        }
    },
    "/v1/apps/{app}": {
        "get": {
            "tags": ["host"],
            "operationId": "app",
            "summary": "One app: its interface and its state",
            "parameters": [_in_path("app", "the app's name")],
            "responses": {"200": _json("The app", "App"), "404": _problem("There is no such app")},
        }
    },
    "/v1/jobs": {
        "get": {
            "tags": ["jobs"],
            "operationId": "jobs",
            "summary": "Jobs, newest first",
            "parameters": [
                {"name": "app", "in": "query", "schema": {"type": "string"}},
                {"name": "state", "in": "query", "schema": {"type": "array", "items": _ref("JobState")}},
                {
                    "name": "limit",
                    "in": "query",
                    "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
                },
            ],
            "responses": {"200": _json("Jobs", "Jobs"), "400": _problem("A parameter is wrong")},
        }
    },
    "/v1/jobs/{id}": {
        "get": {
            "tags": ["jobs"],
            "operationId": "job",
            "summary": "A job: state, progress, results, timings, provenance",
            "parameters": [_JOB_ID],
            "responses": {"200": _json("The job", "Job"), "404": _NO_JOB},
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
            "summary": "The job on each change, as server-sent events called `job`, until it has ended",
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
            "parameters": [_JOB_ID, _in_path("output", "the result's name, with or without an extension")],
            "responses": {
                "200": {"description": "The file", "content": {"*/*": {"schema": {"type": "string"}}}},
                "206": {"description": "The range that was asked for", "content": {"*/*": {}}},
                "404": _problem("There is no such job or result"),
                "406": _problem("The result does not come in that format"),
                "409": _problem("The job has not ended, or was cancelled"),
                "416": {"description": "The file has no such range"},
            },
        }
    },
    "/healthz": {
        "get": {
            "tags": ["host"],
            "operationId": "healthz",
            "summary": "The process answers",
            "responses": {"200": _json("It does", "Health")},
        }
    },
    "/readyz": {
        "get": {
            "tags": ["host"],
            "operationId": "readyz",
            "summary": "It can take jobs",
            "responses": {"200": _json("It can", "Health"), "503": _json("It can't", "Health")},
        }
    },
}
