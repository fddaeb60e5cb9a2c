"""Keys, as OpenAPI says them: how one is sent, who one's owner is, and what every route answers without one."""

from __future__ import annotations

from tomaat.openapi.parts import Spec, has, json_answer, problem, text

SCHEMES: Spec = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "the key, as Authorization: Bearer KEY"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "session": {"type": "apiKey", "in": "cookie", "name": "tomaat_session", "description": "see /v1/session"},
}
SECURITY: list[Spec] = [{}, *({name: []} for name in SCHEMES)]
"""A host that only its own machine can reach asks nobody, unless ``require_keys`` is set."""
OPEN = frozenset({"/healthz", "/readyz", "/v1/session"})
"""Paths that need no key on any host."""
ME: Spec = has(
    id=text("what jobs remember as their owner; empty where nobody is asked"),
    name=text(),
    apps={"type": "array", "items": text(), "description": "names, or * for all"},
    weights={"type": "boolean", "description": "whether it may upload and remove weights of these apps"},
    admin={"type": "boolean", "description": "whether it may do everything, and sees everybody's jobs"},
    keys={"type": "boolean", "description": "whether this host asks for keys"},
)
ACCESS: Spec = {
    "/v1/me": {
        "get": {
            "tags": ["host"],
            "operationId": "me",
            "summary": "Who the host takes you for, and what you may do",
            "responses": {"200": json_answer("You", "Me")},
        }
    },
    "/v1/session": {
        "post": {
            "tags": ["host"],
            "operationId": "log-in",
            "summary": "Have a browser keep a cookie in the place of a key, for pages of this host",
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": has(key=text()) | {"additionalProperties": True}}},
            },
            "responses": {
                "204": {"description": "The cookie is set"},
                "400": problem("The body is no JSON with a key"),
                "401": problem("The key is not good"),
                "403": problem("A page of another origin asks"),
                "413": problem("The body is too large"),
                "429": problem("Too many wrong keys come from this address"),
            },
        },
        "delete": {
            "tags": ["host"],
            "operationId": "log-out",
            "summary": "Have the cookie be good no more",
            "responses": {
                "204": {"description": "The session is over"},
                "403": problem("A page of another origin asks"),
            },
        },
    },
}
_REFUSED: Spec = {
    "401": problem("A key is needed, or this one is not good"),
    "403": problem("The key is not for this"),
    "429": problem("Too many wrong keys come from this address"),
}


def guarded(paths: Spec) -> Spec:
    """The paths, with what each answers to those who may not call it."""
    return {
        path: {
            method: operation if path in OPEN else operation | {"responses": _REFUSED | operation["responses"]}
            for method, operation in operations.items()
        }
        for path, operations in paths.items()
    }
