"""What an OpenAPI document is put together from."""

from __future__ import annotations

from typing import Any

Spec = dict[str, Any]


def ref(name: str) -> Spec:
    """A schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def json_answer(description: str, schema: str) -> Spec:
    """An answer as JSON."""
    return {"description": description, "content": {"application/json": {"schema": ref(schema)}}}


def problem(description: str) -> Spec:
    """An error, in the shape that all have."""
    return {"description": description, "content": {"application/problem+json": {"schema": ref("Problem")}}}


def in_path(name: str, description: str) -> Spec:
    """A parameter that is a part of the path."""
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": {"type": "string", "minLength": 1, "pattern": "^[^/]+$"},
    }


def text(description: str = "") -> Spec:
    """The schema of a text."""
    return {"type": "string"} | ({"description": description} if description else {})


def list_of(name: str) -> Spec:
    """The schema of a list of what another schema says."""
    return {"type": "array", "items": ref(name)}


def has(**properties: Spec) -> Spec:
    """The schema of an object that has all of these."""
    return {"type": "object", "properties": properties, "required": list(properties)}


PROBLEM: Spec = has(
    type=text(),
    title=text(),
    status={"type": "integer"},
    detail=text("a sentence to act on"),
    code=text("stable, for programs"),
    field={"type": ["string", "null"], "description": "the input at fault"},
    instance=text(),
    request=text("the request's id, as in X-Request-Id"),
)
"""The schema ``Problem``: see :mod:`tomaat.problems`."""
