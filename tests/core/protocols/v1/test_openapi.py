"""The OpenAPI document is valid, complete, and what the host answers."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import httpx
import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

import images
from calls import ended, predict, submit
from number_weights import number, put

ROUTES = """
import sys, tempfile
from pathlib import Path
from tomaat.host.serve import create_host
from tomaat.settings import Settings
host = create_host(Settings(home=Path(tempfile.mkdtemp())))
for route in host.sanic.router.routes:
    for method in route.methods:
        print(method, "/" + route.path)
"""
NOT_THE_API = {"HEAD", "OPTIONS"}


@pytest.fixture(scope="module")
def document(lean_host: Any) -> dict[str, Any]:
    response = httpx.get(f"{lean_host.url}/docs/openapi.json")
    assert response.headers["content-type"] == "application/json"
    found: dict[str, Any] = response.json()
    return found


def is_a(document: dict[str, Any], schema: str, content: Any) -> None:
    """Raise where ``content`` is not what the document says of ``schema``."""
    whole = {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
    jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker()).validate(content)


def test_it_is_valid_openapi(document: dict[str, Any]) -> None:
    validate(document, cls=OpenAPIV31SpecValidator)
    assert document["openapi"].startswith("3.1")


def test_every_operation_has_an_id_of_its_own(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert sorted(set(ids)) == sorted(ids)


def test_it_has_every_route_and_no_other(document: dict[str, Any]) -> None:
    done = subprocess.run([sys.executable, "-c", ROUTES], capture_output=True, text=True, encoding="utf-8", check=True)
    routes = {tuple(line.split(" ", 1)) for line in done.stdout.splitlines()}
    served = {
        (method, re.sub(r"<(\w+)(:\w+)?>", "{}", path))
        for method, path in routes
        if (path.startswith("/v1") or path in ("/healthz", "/readyz")) and method not in NOT_THE_API
    }
    described = {
        (method.upper(), re.sub(r"\{\w+\}", "{}", re.sub(r"^/v1/apps/[^/{]+/", "/v1/apps/{}/", path)))
        for path, operations in document["paths"].items()
        for method in operations
    }
    assert described == served


def test_each_app_has_its_own_form(document: dict[str, Any], lean: httpx.Client) -> None:
    form = document["paths"]["/v1/apps/everything/predict"]["post"]["requestBody"]["content"]["multipart/form-data"]
    schema = form["schema"]
    assert schema["required"] == ["fixed"]
    assert schema["properties"]["fixed"]["format"] == "binary"
    assert schema["properties"]["level"] == {
        "title": "level",
        "type": "number",
        "minimum": -10,
        "maximum": 10,
        "default": 0,
    }
    assert schema["properties"]["choice"]["enum"] == ["a", "b"]
    apps = {app["name"] for app in lean.get("/v1/apps").json()["apps"]}
    assert apps == {path.split("/")[3] for path in document["paths"] if path.endswith("/predict")}


def test_answers_are_what_it_says(document: dict[str, Any], lean: httpx.Client) -> None:
    good = ended(lean, submit(lean, "positive", image=images.file_of(images.ball())))
    bad = ended(lean, submit(lean, "faulty", how="nothing"))
    submitted = lean.post("/v1/apps/sleeper/jobs", files={"seconds": (None, "20")})
    assert good["state"] == "succeeded"
    is_a(document, "Job", submitted.json())
    is_a(document, "Job", good)
    is_a(document, "Job", bad)
    is_a(document, "Job", predict(lean, "echo").json())
    is_a(document, "Jobs", lean.get("/v1/jobs").json())
    is_a(document, "Apps", lean.get("/v1/apps").json())
    is_a(document, "App", lean.get("/v1/apps/everything").json())
    put(lean, "openapi", number(1))
    is_a(document, "WeightsList", lean.get("/v1/apps/numbers/weights").json())
    is_a(document, "Weights", lean.get("/v1/apps/numbers/weights/openapi").json())
    is_a(document, "App", lean.get("/v1/apps/numbers").json())
    is_a(document, "Health", lean.get("/healthz").json())
    is_a(document, "Health", lean.get("/readyz").json())
    is_a(document, "Problem", lean.get("/v1/apps/nope").json())
    is_a(document, "Problem", predict(lean, "echo", number="many").json())
    lean.delete(submitted.headers["location"])
    lean.delete("/v1/apps/numbers/weights/openapi")


def test_its_schemas_refuse_something(document: dict[str, Any], lean: httpx.Client) -> None:
    job = predict(lean, "echo").json()
    for wrong in (job | {"state": "lost"}, job | {"results": None}, {}):
        with pytest.raises(jsonschema.ValidationError):
            is_a(document, "Job", wrong)


def test_statuses_that_are_answered_are_described(document: dict[str, Any], lean: httpx.Client) -> None:
    responses = document["paths"]["/v1/apps/echo/predict"]["post"]["responses"]
    calls = [
        predict(lean, "echo"),
        predict(lean, "echo", number="many"),
        lean.post("/v1/apps/echo/predict", content=b"x"),
        lean.post("/v1/apps/echo/predict", files={"number": (None, "1")}, headers={"Accept": "image/png"}),
    ]
    assert [call.status_code for call in calls] == [200, 422, 400, 406]
    assert {str(call.status_code) for call in calls} <= set(responses)


def test_the_page_loads_nothing_from_elsewhere(lean: httpx.Client) -> None:
    page = lean.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert re.findall(r"https?://[^\s\"']+", page.text) == []
    assert "default-src 'self'" in page.headers["content-security-policy"]
    loaded = re.findall(r'(?:src|href)="(?!data:)([^"]+)"', page.text)
    assert loaded
    for address in loaded:
        assert address.startswith("/docs/")
        asset = lean.get(address)
        assert (asset.status_code, bool(asset.content)) == (200, True), address


def test_the_first_page_loads_nothing_from_elsewhere(lean: httpx.Client) -> None:
    page = lean.get("/").text
    addresses = re.findall(r'(?:src|href|action)="([^"]+)"', page)
    assert [address for address in addresses if "//" in address and str(lean.base_url.host) not in address] == []
