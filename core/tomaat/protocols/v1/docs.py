"""``/docs``: the OpenAPI description of this host's apps, and a page to try it; nothing is loaded from elsewhere."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from sanic import HTTPResponse, Request
from sanic.response import html

from tomaat.host.host import Host
from tomaat.protocols.v1.openapi import describe
from tomaat.protocols.v1.respond import as_json

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>TOMAAT API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
</head>
<body>
<div id="api"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
START = 'SwaggerUIBundle({url: "/docs/openapi.json", dom_id: "#api", deepLinking: true, validatorUrl: null});\n'
POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'"


def add_routes(host: Host) -> None:
    """Add the API's description and its page."""

    @host.sanic.get("/docs", name="docs")
    async def docs(request: Request) -> HTTPResponse:
        return html(PAGE, headers={"Content-Security-Policy": POLICY})

    @host.sanic.get("/docs/start.js", name="docs_start")
    async def start(request: Request) -> HTTPResponse:
        return HTTPResponse(START, content_type="text/javascript")

    @host.sanic.get("/docs/openapi.json", name="docs_openapi")
    async def openapi(request: Request) -> HTTPResponse:
        return as_json(describe(host.settings, [await host.described(app) for app in host.apps.values()]))

    assets = Path(str(files("swagger_ui"))) / "static"
    for name in ("swagger-ui.css", "swagger-ui-bundle.js"):
        host.sanic.static(
            f"/docs/assets/{name}", assets / name, name=f"docs_{name.replace('-', '_').replace('.', '_')}"
        )
