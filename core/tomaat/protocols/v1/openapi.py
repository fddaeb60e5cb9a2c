"""API v1 as OpenAPI 3.1: each installed app has its own paths, with its own form."""

from __future__ import annotations

from collections.abc import Sequence

from tomaat._version import __version__
from tomaat.description import AppDescription
from tomaat.elements.element import InputElement
from tomaat.openapi.parts import Spec, json_answer, problem, ref
from tomaat.protocols.v1.access_paths import ACCESS, SCHEMES, SECURITY, guarded
from tomaat.protocols.v1.fixed_paths import FIXED
from tomaat.protocols.v1.operating_paths import OPERATING
from tomaat.protocols.v1.schemas import SCHEMAS
from tomaat.protocols.v1.seeing_paths import SEEING
from tomaat.settings import Settings


def describe(settings: Settings, apps: Sequence[AppDescription]) -> Spec:
    """The OpenAPI document of a host that serves ``apps``."""
    paths: Spec = FIXED | OPERATING | ACCESS | SEEING
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
        + [{"name": "jobs"}, {"name": "weights"}, {"name": "host"}],
        "security": SECURITY,
        "paths": guarded(paths),
        "components": {"schemas": SCHEMAS, "securitySchemes": SCHEMES},
    }


def _app_paths(app: AppDescription) -> Spec:
    form = {"required": True, "content": {"multipart/form-data": {"schema": _form(app)}}}
    formats = [_format_parameter(element.name, [f.extension for f in element.formats]) for element in app.outputs]
    shared: Spec = {"tags": [app.name], "requestBody": form, "parameters": [*formats, _DEVICE, _KEY]}
    refused = {
        "408": problem("The upload has stopped, or comes too slowly"),
        "409": problem("The first call with this Idempotency-Key still comes in, or its job was cancelled"),
        "413": problem("The upload is too large"),
        "422": problem("A field holds what the app does not take"),
    }
    busy = {
        "503": problem("The queue is full; Retry-After says when to come again"),
        "507": problem("There is no room on the disk for the upload"),
    }
    return {
        f"/v1/apps/{app.name}/predict": {
            "post": shared
            | {
                "operationId": f"predict-{app.name}",
                "summary": f"{app.title}: send, wait, get the results",
                "responses": {
                    "200": {"description": "The results, as the Accept header asks", "content": _answers(app)},
                    "400": problem("The body is no multipart/form-data"),
                    "406": problem("No result comes in what the Accept header asks"),
                    "500": problem("The app failed"),
                    "504": problem("The job ran longer than it may"),
                }
                | refused
                | busy,
            }
        },
        f"/v1/apps/{app.name}/jobs": {
            "post": shared
            | {
                "parameters": [*shared["parameters"], _KEEP],
                "operationId": f"submit-{app.name}",
                "summary": f"{app.title}: send, and ask for the results later",
                "responses": {
                    "200": json_answer("The job of an earlier call with this Idempotency-Key", "Job"),
                    "202": json_answer("The job is queued; Location says where it is", "Job"),
                    "400": problem("The body is no multipart/form-data, or a parameter is wrong"),
                    "406": problem("A result does not come in the format that the query asks"),
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
    if element.help:
        schema["description"] = element.help
    if element.receives == "file":
        return schema | {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"}
    match element.kind:
        case "slider":
            schema |= {"type": "number", "minimum": described["minimum"], "maximum": described["maximum"]}
        case "checkbox":
            schema |= {"type": "boolean"}
        case "radiobutton":
            schema |= {"type": "string", "enum": described["options"]}
        case "weights" if described["options"]:
            schema |= {"type": "string", "enum": described["options"]}
        case _:
            schema |= {"type": "string"}
    if element.fallback is not None:
        schema["default"] = element.fallback
    return schema


def _answers(app: AppDescription) -> Spec:
    binary = {"schema": {"type": "string", "format": "binary"}}
    files = {format_.media_type: binary for element in app.outputs for format_ in element.formats}
    return {"application/json": {"schema": ref("Job")}, "multipart/mixed": {"schema": {"type": "string"}}} | files


def _format_parameter(output: str, extensions: list[str]) -> Spec:
    return {
        "name": f"format.{output}",
        "in": "query",
        "description": f"what the result {output!r} is written as",
        "schema": {"type": "string", "enum": extensions, "default": extensions[0]},
    }


_DEVICE: Spec = {
    "name": "device",
    "in": "query",
    "description": "where to compute; the host's choice if not said",
    "schema": {"type": "string", "pattern": "^(cpu|cuda:[0-9]{1,3})$"},
}
_KEEP: Spec = {
    "name": "keep_inputs",
    "in": "query",
    "description": "keep what is sent as long as the results, where the host allows it",
    "schema": {"type": "boolean", "default": False},
}
_KEY: Spec = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "a name for this call: sent again, it is the same job; where files are the answer, it says nothing",
    "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[ -~]+$"},
}
