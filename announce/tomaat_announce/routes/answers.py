"""How the service answers: small JSON, which any page in a browser may read."""

from __future__ import annotations

from typing import Any

import orjson
from sanic import HTTPResponse

OPEN = {"Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff"}
"""What is listed is for all to see."""


def as_json(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> HTTPResponse:
    """A small answer."""
    return HTTPResponse(
        orjson.dumps(content), status=status, headers=OPEN | (headers or {}), content_type="application/json"
    )
