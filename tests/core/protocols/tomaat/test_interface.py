"""``/interface``, ``/announcePoint``, CORS: what an old client asks first, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from hosts import RunningHost, install

StartHost = Callable[..., RunningHost]

INTERFACE = [
    {"type": "volume", "destination": "fixed"},
    {"type": "volume", "destination": "moving"},
    {"type": "slider", "destination": "level", "minimum": -10, "maximum": 10},
    {"type": "checkbox", "destination": "flag", "text": "Flag"},
    {"type": "radiobutton", "destination": "choice", "text": "Choice", "options": ["a", "b"]},
    {"type": "fiducials", "destination": "points"},
    {"type": "transform", "destination": "transform"},
]
ONLY = """
from tomaat import App, PlainText, Slider, hookimpl

class Only(App):
    name = "only"
    inputs = (Slider("level", minimum=0, maximum=1),)
    outputs = (PlainText("answer"),)
    def infer(self, data, context):
        return {"answer": "alone"}

@hookimpl
def tomaat_apps(register):
    register(Only)
"""


def check_cors(response: httpx.Response, method: str = "") -> None:
    assert response.headers.get("access-control-allow-origin") == "*"
    assert method in response.headers["access-control-allow-methods"]
    assert response.headers["access-control-allow-headers"] == "*"
    assert int(response.headers["access-control-max-age"]) > 0


def test_the_interface_is_the_old_one_to_the_letter(lean: httpx.Client) -> None:
    response = lean.get("/everything/interface")
    assert response.headers["content-type"] == "application/json"
    assert response.json() == INTERFACE
    assert [list(element) for element in response.json()] == [list(element) for element in INTERFACE]


def test_a_text_is_never_empty(lean: httpx.Client) -> None:
    texts = [element["text"] for element in lean.get("/parent/interface").json()]
    assert texts == ["then"]


def test_announce_point_is_empty_where_nothing_is_announced(lean: httpx.Client) -> None:
    for path in ("/announcePoint", "/echo/announcePoint"):
        assert lean.get(path).json() == {"announced_at": ""}


@pytest.mark.parametrize("path", ["/announcePoint", "/echo/announcePoint", "/echo/interface", "/interface"])
def test_get_routes_allow_other_origins(lean: httpx.Client, path: str) -> None:
    check_cors(lean.get(path))


@pytest.mark.parametrize("prefix", ["", "/echo"])
@pytest.mark.parametrize(
    ("route", "method"),
    [("interface", "GET"), ("announcePoint", "GET"), ("predict", "POST"), ("responses", "POST")],
)
def test_a_browser_may_ask_first(lean: httpx.Client, prefix: str, route: str, method: str) -> None:
    headers = {"Origin": "http://viewer", "Access-Control-Request-Method": method}
    response = lean.options(f"{prefix}/{route}", headers=headers)
    assert response.status_code in (200, 204)
    check_cors(response, method)


def test_errors_allow_other_origins_too(lean: httpx.Client) -> None:
    errors = [
        lean.get("/nope/interface"),
        lean.get("/interface"),
        lean.post("/echo/predict", files={"number": (None, "many")}),
        lean.post("/echo/predict", content=b"no form"),
        lean.post("/echo/responses", files={"request_id": (None, "none")}),
        lean.get("/echo/predict"),
    ]
    assert [error.status_code for error in errors] == [404, 404, 422, 400, 404, 405]
    for error in errors:
        check_cors(error)


def test_errors_have_the_old_shape(lean: httpx.Client) -> None:
    for response in (
        lean.get("/nope/interface"),
        lean.get("/interface"),
        lean.post("/predict", files={"number": (None, "1")}),
        lean.post("/echo/predict", content=b"no form"),
        lean.post("/nope/predict", files={"number": (None, "1")}),
        lean.post("/echo/responses", files={"other": (None, "none")}),
    ):
        assert 400 <= response.status_code < 500
        (item,) = response.json()
        assert set(item) == {"type", "content", "label"}
        assert (item["type"], item["label"]) == ("PlainText", "Error!")
        assert len(item["content"]) > 10


def test_without_a_default_app_the_root_says_where_to_ask(lean: httpx.Client) -> None:
    response = lean.get("/interface")
    assert response.status_code == 404
    assert "/echo/interface" in response.json()[0]["content"]


def test_the_settings_choose_the_default_app(start_lean: StartHost) -> None:
    config = 'default_app = "echo"\n[announce]\nurl = "https://tomaat.example"\nkey = "k"'
    host = start_lean(config)
    with httpx.Client(base_url=host.url, timeout=60) as client:
        assert client.get("/interface").json() == client.get("/echo/interface").json()
        answer = client.post("/predict", files={"number": (None, "4"), "module_version": (None, "Slicer-v2")})
        assert answer.json() == [{"type": "PlainText", "content": "one 4", "label": "answer"}]
        assert client.get("/announcePoint").json() == {"announced_at": "https://tomaat.example"}


def test_the_only_app_is_the_default_app(start_host: StartHost, no_plugins: Path) -> None:
    install(no_plugins, "tomaat_only", ONLY)
    host = start_host(path=no_plugins)
    expected = [{"type": "slider", "destination": "level", "minimum": 0, "maximum": 1}]
    assert json.loads(httpx.get(f"{host.url}/interface").text) == expected
    assert httpx.get(f"{host.url}/only/interface").json() == expected
