"""An OpenAPI document, and a page to try it; nothing is loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson
from sanic import HTTPResponse, Request, Sanic
from sanic.response import html

from tomaat.openapi.parts import Spec

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{at}/assets/swagger-ui.css">
</head>
<body>
<div id="api"></div>
<script src="{at}/assets/swagger-ui-bundle.js"></script>
<script src="{at}/start.js"></script>
</body>
</html>
"""
START = 'SwaggerUIBundle({url: "%s/openapi.json", dom_id: "#api", deepLinking: true, validatorUrl: null});\n'
POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'"


def add_api_document(
    sanic: Sanic[Any, Any], describe: Callable[[Request], Awaitable[Spec]], *, at: str, name: str
) -> None:
    """Add ``at/openapi.json`` (``at`` is a path such as ``/docs``): what ``describe`` gives to a request.

    :param name: what the routes' names begin with; one Sanic may have several such documents.
    """

    async def openapi(request: Request) -> HTTPResponse:
        return HTTPResponse(orjson.dumps(await describe(request)), content_type="application/json")

    sanic.add_route(openapi, f"{at}/openapi.json", name=f"{name}_openapi")


def add_api_page(sanic: Sanic[Any, Any], *, at: str, name: str, title: str) -> None:
    """Add ``at``, a page that shows the document of :func:`add_api_document`; ``name`` as there."""

    async def page(request: Request) -> HTTPResponse:
        return html(PAGE.format(at=at, title=title), headers={"Content-Security-Policy": POLICY})

    async def start(request: Request) -> HTTPResponse:
        return HTTPResponse(START % at, content_type="text/javascript")

    sanic.add_route(page, at, name=name)
    sanic.add_route(start, f"{at}/start.js", name=f"{name}_start")
    found = find_spec("swagger_ui")  # only its files are wanted: imported, it would take a megabyte of every host
    assets = Path(str(found and found.origin)).parent / "static"
    for file in ("swagger-ui.css", "swagger-ui-bundle.js"):
        slug = file.replace("-", "_").replace(".", "_")
        sanic.static(f"{at}/assets/{file}", assets / file, name=f"{name}_{slug}")
