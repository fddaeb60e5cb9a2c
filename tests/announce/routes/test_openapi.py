"""The OpenAPI document of the announcement service is valid, complete, and what the service answers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator, validate
from sanic import Sanic

from services import RunningService, announcement
from tomaat.traffic.protocol import watch_requests
from tomaat_announce.routes import add_routes
from tomaat_announce.routes.openapi import describe
from tomaat_announce.service import Service
from tomaat_announce.settings import ServiceSettings

PAGES = {"/", "/registry", "/endpoints/{}", "/registry/endpoints/{}"}


@pytest.fixture(scope="module")
def document(service: RunningService) -> dict[str, Any]:
    response = httpx.get(f"{service.url}/docs/openapi.json")
    assert response.headers["content-type"] == "application/json"
    found: dict[str, Any] = response.json()
    return found


def is_a(document: dict[str, Any], schema: str, content: Any) -> None:
    """Raise where ``content`` is not what the document says of ``schema``."""
    whole = {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
    jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker()).validate(content)


def test_it_is_valid_openapi(document: dict[str, Any]) -> None:
    validate(document, cls=OpenAPIV31SpecValidator)
    ids = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert sorted(set(ids)) == sorted(ids)


@pytest.mark.parametrize("page", ["/", "/registry"])
def test_it_has_every_route_and_no_other(page: str, tmp_path: Path) -> None:
    service = Service(ServiceSettings(home=tmp_path))
    sanic: Sanic[Any, Any] = Sanic(tmp_path.name)
    watch_requests(sanic)
    add_routes(service, sanic, page=page)
    served = {
        (method, re.sub(r"<(\w+)(:\w+)?>", "{}", f"/{route.path}"))
        for route in sanic.router.routes
        for method in route.methods
        if method not in ("HEAD", "OPTIONS")
    }
    described = {
        (method.upper(), re.sub(r"\{\w+\}", "{}", path))
        for path, operations in describe(service.settings, alone=page == "/")["paths"].items()
        for method in operations
    }
    docs = f"{page.rstrip('/')}/docs"
    assert {(method, path) for method, path in served if path not in PAGES and not path.startswith(docs)} == described
    assert any(path == docs for _, path in served)
    service.database.close()


def test_what_is_answered_is_what_it_says(document: dict[str, Any], http: httpx.Client, key: str) -> None:
    card = {"version": "1.0", "card": {"licence": "MIT"}}
    new = http.post("/v1/endpoints", json=announcement(base="http://openapi.example", api_key=key) | card)
    assert new.status_code == 201, new.text
    is_a(document, "Endpoint", new.json())
    one = f"/v1/endpoints/{new.json()['sid']}"
    answers = {
        one: "Endpoint",
        "/v1/endpoints?limit=1": "Endpoints",
        "/v1/endpoints/facets": "Facets",
        "/discover": "Discovered",
        "/healthz": "Health",
        "/readyz": "Health",
    }
    for path, schema in answers.items():
        is_a(document, schema, http.get(path).raise_for_status().json())
    is_a(document, "Endpoint", http.post(f"{one}/renew", headers={"X-API-Key": key}).raise_for_status().json())
    is_a(document, "Status", http.post("/announce", json={}).json())
    for refused in (
        http.get("/v1/endpoints/nobody"),
        http.post(f"{one}/renew"),
        http.post("/v1/endpoints", content=b"["),
    ):
        assert refused.status_code >= 400
        assert str(refused.status_code) in _operation(document, refused)["responses"]
        is_a(document, "Problem", refused.json())
    assert http.delete(one, headers={"Authorization": f"Bearer {key}"}).status_code == 204


def test_an_announcement_as_it_is_described_is_taken(document: dict[str, Any], http: httpx.Client, key: str) -> None:
    said = announcement(base="http://described.example", api_key=key)
    is_a(document, "Announcement", said)
    assert http.post("/v1/endpoints", json=said).status_code == 201
    with pytest.raises(jsonschema.ValidationError):
        is_a(document, "Announcement", announcement(api_key=key, name=None))


def test_the_page_loads_nothing_from_elsewhere(http: httpx.Client) -> None:
    page = http.get("/docs")
    assert page.headers["content-security-policy"].startswith("default-src 'self'")
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(addresses) == 4
    for address in addresses:
        assert address.startswith("/docs/") or address == "data:,"
        if address != "data:,":
            assert http.get(address).status_code == 200


def _operation(document: dict[str, Any], response: httpx.Response) -> dict[str, Any]:
    method, path = response.request.method.lower(), response.request.url.path
    found: dict[str, Any] = next(
        operations[method]
        for template, operations in document["paths"].items()
        if method in operations and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)
    )
    return found
