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
