"""The JSON shapes of API v1, as JSON Schema."""

from __future__ import annotations

from typing import Any

from tomaat.jobs.job import JobState
from tomaat.weights.stored import Source

Schema = dict[str, Any]


def _text(description: str = "") -> Schema:
    return {"type": "string"} | ({"description": description} if description else {})


def _list(name: str) -> Schema:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


_TIME: Schema = {"type": ["string", "null"], "format": "date-time"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_FREE: Schema = {"type": "object", "additionalProperties": True}

SCHEMAS: dict[str, Schema] = {
    "Problem": _object(
        type=_text(),
        title=_text(),
        status={"type": "integer"},
        detail=_text("a sentence to act on"),
        code=_text("stable, for programs"),
        field={"type": ["string", "null"], "description": "the input at fault"},
        instance=_text(),
    ),
    "Element": _object(type=_text("volume, slider, LabelVolume, ...")) | {"additionalProperties": True},
    "App": _object(
        name=_text(),
        title=_text(),
        version=_text(),
        plugin=_text(),
        modality=_text(),
        anatomy=_text(),
        task=_text(),
        description=_text(),
        inputs=_list("Element"),
        outputs=_list("Element"),
        card=_FREE,
        timeout={"type": "number"},
        weights=_FREE | {"type": ["object", "null"], "description": "what weights it takes: formats, architecture"},
        state={"type": "string", "enum": ["cold", "starting", "warm", "busy"]},
        workers=_COUNT,
        queue=_COUNT,
        running=_COUNT,
    ),
    "Weights": _object(
        app=_text(),
        id=_text(),
        format=_text("pth, safetensors, ts, onnx, ..."),
        sha256=_text("the file's digest, in hexadecimal"),
        size=_COUNT | {"description": "bytes"},
        created=_TIME,
        source={"type": "string", "enum": [str(source) for source in Source]},
        href=_text(),
    ),
    "WeightsList": _object(weights=_list("Weights"), default={"type": ["string", "null"]}),
    "BrokenPlugin": _object(plugin=_text(), distribution=_text(), version=_text(), reason=_text()),
    "Apps": _object(apps=_list("App"), broken=_list("BrokenPlugin")),
    "JobState": {"type": "string", "enum": [str(state) for state in JobState]},
    "Result": _object(name=_text(), href=_text(), extension=_text(), size={"type": ["integer", "null"]}, value={})
    | {"additionalProperties": True},
    "Error": _object(code=_text(), detail=_text(), field={"type": ["string", "null"]}) | {"type": ["object", "null"]},
    "Job": _object(
        id=_text(),
        app=_text(),
        state={"$ref": "#/components/schemas/JobState"},
        progress=_object(fraction={"type": "number", "minimum": 0, "maximum": 1}, message=_text()),
        position={"type": ["integer", "null"], "minimum": 1},
        created=_TIME,
        started=_TIME,
        finished=_TIME,
        expires=_TIME,
        results=_list("Result"),
        error={"$ref": "#/components/schemas/Error"},
        timings={"type": "object", "additionalProperties": {"type": "number"}, "description": "seconds by stage"},
        provenance=_FREE,
        links=_FREE,
    ),
    "Jobs": _object(jobs=_list("Job")),
    "Health": _object(status=_text()) | {"additionalProperties": True},
}
