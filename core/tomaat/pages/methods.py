"""``GET /jobs/{id}/methods``: where a result comes from, as a paragraph for the methods section of a paper."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sanic import HTTPResponse, Request
from sanic.response import text

from tomaat.errors import Conflict
from tomaat.host.host import Host
from tomaat.protocols.v1.jobs import find
from tomaat.protocols.v1.shapes import app_as_json, job_as_json
from tomaat.weights.declaration import FIELD

DIGITS = 12
"""Of a SHA-256: enough to tell files apart, and short enough to print."""
LONGEST = 60
"""Characters of a parameter that is quoted; points are not."""
HIDDEN = ("weights",)
"""Kinds of inputs that are told of otherwise."""
WEIGHTS = re.compile(r"(sha256:[0-9a-f]{64})\s*([^,\s]*)")
"""Files that a network was loaded from, as a provenance has them; an app's own may say which file is which."""
Json = Mapping[str, Any]


def add_routes(host: Host) -> None:
    """Add the route of methods paragraphs."""

    @host.sanic.get("/jobs/<job_id>/methods", name="page_methods")
    async def methods(request: Request, job_id: str) -> HTTPResponse:
        job = await find(host, request, job_id)
        if job.error is not None:
            raise job.error
        if not job.state.final:
            raise Conflict(f"The job is still {job.state}; what there is to say of it comes when it has succeeded.")
        app = host.apps.get(job.app)
        known = app_as_json(host, await host.described(app)) if app else {}
        return text(methods_paragraph(job_as_json(host, job), known))


def methods_paragraph(job: Json, app: Json) -> str:
    """One paragraph, in English, of what was done to get a job's results, and with what.

    :param job: a job that has succeeded, as API v1 shows it.
    :param app: its app, likewise; empty where the host has it no more.
    """
    return " ".join([_what(job, app), *_with_what(job), *_parameters(job, app), *_inputs(job), *_references(app)])


def _what(job: Json, app: Json) -> str:
    provenance = job["provenance"]
    plugin = provenance.get("plugin") or " ".join(filter(None, (app.get("plugin"), app.get("version"))))
    about = {name: app.get(name) for name in ("anatomy", "modality")}
    known = [f"{name}: {value}" for name, value in about.items() if value and value != "any"]
    task = [f"task: {app['task'].lower()}"] if app.get("task") else []
    details = "; ".join([f"app {job['app']}", *([f"plugin {plugin}"] if plugin else []), *task, *known])
    version = provenance.get("software", {}).get("tomaat", "")
    day = datetime.fromisoformat(job["finished"])
    return (
        f'Images were processed with "{app.get("title") or job["app"]}" ({details}) on '
        f"{f'TOMAAT {version}'.strip()} on {day.day} {day:%B %Y}."
    )


def _with_what(job: Json) -> Iterator[str]:
    """Weights, arithmetic, device."""
    provenance = job["provenance"]
    named = f'"{provenance["weights_id"]}"' if provenance.get("weights_id") else ""
    files = [
        " ".join(filter(None, (name or named, f"(SHA-256: {_short(digest)})")))
        for digest, name in WEIGHTS.findall(str(provenance.get("weights", "")))
    ]
    if files:
        yield f"The network's weights were {_listed(files)}."
    if device := provenance.get("device", ""):
        arithmetic = f" in {provenance['arithmetic']} arithmetic" if provenance.get("arithmetic") else ""
        yield f"Results were computed{arithmetic} on {'a processor' if device == 'cpu' else 'a GPU'}."


def _parameters(job: Json, app: Json) -> Iterator[str]:
    """What was set, beside its default; then what was left at its default."""
    sent = dict(job["provenance"].get("parameters") or job.get("parameters") or {})
    elements = [element for element in app.get("inputs", ()) if element.get("receives") == "text"]
    chosen, kept = [], []
    for element in elements:
        name, default = element["destination"], element.get("default")
        value = sent.pop(name, None)
        if element["type"] in HIDDEN:
            continue
        units = f" {element['units']}" if element.get("units") else ""
        if value is not None and not _same(value, default):
            instead = "" if default is None else f" (default {_shown(default)}{units})"
            told = _ticked(value) if isinstance(default, bool) else value
            chosen.append(f"{name} = {_shown(told)}{units}{instead}")
        elif default is not None:
            kept.append(f"{name} = {_shown(default)}{units}")
        else:
            kept.append(f"no {name}")
    if not app:
        chosen = [f"{name} = {_shown(value)}" for name, value in sent.items() if name != FIELD]
    if chosen:
        yield f"Parameters that were set: {_listed(chosen)}."
    if kept:
        yield f"{'Other parameters' if chosen else 'All parameters'} had their defaults: {_listed(kept)}."


def _inputs(job: Json) -> Iterator[str]:
    digests = {name: _short(digest) for name, digest in job["provenance"].get("inputs", {}).items()}
    if len(digests) == 1:
        ((name, digest),) = digests.items()
        yield f"The SHA-256 of the input ({name}) is {digest}."
    elif digests:
        yield f"The SHA-256 of the inputs are {_listed([f'{digest} ({name})' for name, digest in digests.items()])}."


def _references(app: Json) -> Iterator[str]:
    card = app.get("card") or {}
    for name, heading in (("citation", "Reference"), ("licence", "Licence")):
        if card.get(name):
            yield f"{heading}: {card[name].strip().rstrip('.')}."


def _same(sent: str, default: Any) -> bool:
    """Whether a form's text says what the default is."""
    if isinstance(default, bool):
        return _ticked(sent) is default
    if isinstance(default, int | float):
        return bool(float(sent) == default)
    return bool(sent == default)


def _ticked(sent: str) -> bool:
    return sent.strip().lower() in ("true", "1", "on")


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    words = str(value).strip()
    return words if len(words) <= LONGEST and "\n" not in words else "as given"


def _short(digest: str) -> str:
    return f"{digest.removeprefix('sha256:')[:DIGITS]}\N{HORIZONTAL ELLIPSIS}"


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
