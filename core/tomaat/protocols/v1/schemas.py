"""The JSON shapes of API v1, as JSON Schema."""

from __future__ import annotations

from tomaat.jobs.job import JobState
from tomaat.openapi.parts import PROBLEM, Spec, has, list_of, text
from tomaat.weights.stored import Source

_TIME: Spec = {"type": ["string", "null"], "format": "date-time"}
_COUNT: Spec = {"type": "integer", "minimum": 0}
_FREE: Spec = {"type": "object", "additionalProperties": True}

SCHEMAS: dict[str, Spec] = {
    "Problem": PROBLEM,
    "Element": has(type=text("volume, slider, LabelVolume, ...")) | {"additionalProperties": True},
    "App": has(
        name=text(),
        title=text(),
        version=text(),
        plugin=text(),
        modality=text(),
        anatomy=text(),
        task=text(),
        description=text(),
        inputs=list_of("Element"),
        outputs=list_of("Element"),
        card=_FREE,
        timeout={"type": "number"},
        weights=_FREE | {"type": ["object", "null"], "description": "what weights it takes: formats, architecture"},
        state={"type": "string", "enum": ["cold", "starting", "warm", "busy"]},
        workers=_COUNT,
        queue=_COUNT,
        running=_COUNT,
    ),
    "Weights": has(
        app=text(),
        id=text(),
        format=text("pth, safetensors, ts, onnx, ..."),
        sha256=text("the file's digest, in hexadecimal"),
        size=_COUNT | {"description": "bytes"},
        created=_TIME,
        source={"type": "string", "enum": [str(source) for source in Source]},
        href=text(),
    ),
    "WeightsList": has(weights=list_of("Weights"), default={"type": ["string", "null"]}),
    "BrokenPlugin": has(plugin=text(), distribution=text(), version=text(), reason=text()),
    "Apps": has(apps=list_of("App"), broken=list_of("BrokenPlugin")),
    "JobState": {"type": "string", "enum": [str(state) for state in JobState]},
    "Result": has(name=text(), href=text(), extension=text(), size={"type": ["integer", "null"]}, value={})
    | {"additionalProperties": True},
    "Error": has(code=text(), detail=text(), field={"type": ["string", "null"]}) | {"type": ["object", "null"]},
    "Job": has(
        id=text(),
        app=text(),
        state={"$ref": "#/components/schemas/JobState"},
        progress=has(fraction={"type": "number", "minimum": 0, "maximum": 1}, message=text()),
        position={"type": ["integer", "null"], "minimum": 1},
        created=_TIME,
        started=_TIME,
        finished=_TIME,
        expires=_TIME,
        results=list_of("Result"),
        error={"$ref": "#/components/schemas/Error"},
        timings={"type": "object", "additionalProperties": {"type": "number"}, "description": "seconds by stage"},
        provenance=_FREE,
        links=_FREE,
    ),
    "Jobs": has(jobs=list_of("Job")),
    "Health": has(status=text()) | {"additionalProperties": True},
}
