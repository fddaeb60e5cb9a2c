"""The JSON shapes of API v1, as JSON Schema."""

from __future__ import annotations

from tomaat.jobs.job import JobState
from tomaat.openapi.parts import PROBLEM, Spec, has, list_of, text
from tomaat.protocols.v1.access_paths import ME
from tomaat.protocols.v1.seeing_paths import HOST, WORKER
from tomaat.weights.stored import Source
from tomaat.workers.executor import AppState, InstanceState

_TIME: Spec = {"type": ["string", "null"], "format": "date-time"}
_COUNT: Spec = {"type": "integer", "minimum": 0}
_NAMES: Spec = {"type": "array", "items": {"type": "string"}}
_FREE: Spec = {"type": "object", "additionalProperties": True}

SCHEMAS: dict[str, Spec] = {
    "Problem": PROBLEM,
    "Element": has(type=text("volume, slider, LabelVolume, ...")) | {"additionalProperties": True},
    "App": has(
        name=text(),
        title=text(),
        version=text(),
        plugin=text(),
        environment={
            "type": ["string", "null"],
            "description": "the environment that runs it; null for the host's own",
        },
        modality=text(),
        anatomy=text(),
        task=text(),
        description=text(),
        inputs=list_of("Element"),
        outputs=list_of("Element"),
        card=_FREE,
        timeout={"type": "number"},
        weights=_FREE | {"type": ["object", "null"], "description": "what weights it takes: formats, architecture"},
        concurrency=_COUNT | {"description": "jobs that one worker runs at once"},
        state={"type": "string", "enum": [str(state) for state in AppState]},
        reason={"type": ["string", "null"], "description": "why it is broken"},
        workers=_COUNT,
        instances=list_of("Instance"),
        queue=_COUNT,
        running=_COUNT,
        memory=list_of("MeasuredMemory"),
    ),
    "Instance": has(
        id=text(),
        state={"type": "string", "enum": [str(state) for state in InstanceState]},
        device=text("cpu, cuda:0, ...; empty until the worker has chosen"),
        since=_TIME,
        jobs=_COUNT,
        memory=_FREE | {"description": "bytes at the peak, once it has done a job: rss, device"},
    ),
    "Reloaded": has(
        added=_NAMES,
        changed=_NAMES,
        removed=_NAMES,
        broken=_FREE | {"description": "why, by the plugin's name"},
        restart=_NAMES | {"description": "those whose routes or executor stay until the host is started again"},
    ),
    "MeasuredMemory": has(
        device=text("cpu, cuda:0, ..."),
        weights=text("SHA-256 of the weights, in hexadecimal; empty for none"),
        rss=_COUNT | {"description": "bytes of processor memory that a worker took at its peak"},
        gpu=_COUNT | {"description": "bytes of the GPU; 0 on the processor"},
        jobs=_COUNT | {"description": "how many jobs were measured"},
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
    "Upload": has(
        name=text(),
        type={"type": ["string", "null"], "description": "the input's element: volume, transform"},
        href=text("the file as it came; with an extension in another format"),
        formats=_NAMES,
        size={"type": ["integer", "null"]},
        kept={"type": "boolean", "description": "whether it stays as long as the results"},
    ),
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
        inputs=list_of("Upload") | {"description": "the files that came with it and are there"},
        parameters=_FREE | {"additionalProperties": text(), "description": "the form's texts, as they were sent"},
        results=list_of("Result"),
        error={"$ref": "#/components/schemas/Error"},
        timings={"type": "object", "additionalProperties": {"type": "number"}, "description": "seconds by stage"},
        provenance=_FREE,
        links=_FREE,
    ),
    "Me": ME,
    "Jobs": has(jobs=list_of("Job")),
    "Removed": has(removed=_COUNT),
    "Host": HOST,
    "Worker": WORKER,
    "Health": has(status=text()) | {"additionalProperties": True},
}
