"""The files that pages load: kept for good by browsers, packed, none but those that are meant, and those of plugins."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import httpx

from hosts import RunningHost, install
from tomaat.look.look import style_file
from tomaat.pages.building import VENDOR

STEPPER = '''
from dataclasses import dataclass
from tomaat import App, InputElement, PlainText, hookimpl

@dataclass(frozen=True, kw_only=True)
class Steps(InputElement):
    """A number of steps."""
    kind = "steps of mine"
    widget = "stepper.js"
    def parse(self, text):
        return int(text)

class Stairs(App):
    """Counts steps."""
    name = "stairs"
    inputs = (Steps("steps"),)
    outputs = (PlainText("answer"),)
    def infer(self, data, context):
        return {"answer": "!" * data["steps"]}

@hookimpl
def tomaat_elements(register):
    register(Steps)

@hookimpl
def tomaat_apps(register):
    register(Stairs)
'''
SENT = {
    "niivue/index.js": "text/javascript; charset=utf-8",
    "dcm2niix/dcm2niix.jpeg.wasm": "application/wasm",
}
NOT_SENT = (
    "../plugin.py",
    "%2e%2e/plugin.py",
    "..%2fplugin.py",
    "/etc/passwd",
    "vendor/stamp",
    "vendor/niivue/index.js.gz",
    "",
)
WIDGET = "export default function (field) { return {}; }\n"


def version_of(client: httpx.Client) -> str:
    found = re.search(r'"/assets/(\w+)/look\.css"', client.get("/").text)
    assert found
    return found[1]


def test_what_a_page_names_is_kept_for_good_and_comes_packed(lean: httpx.Client) -> None:
    url = f"/assets/{version_of(lean)}/look.css"
    packed = lean.get(url)
    assert packed.headers["content-type"] == "text/css; charset=utf-8"
    assert packed.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (packed.headers["content-encoding"], packed.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert packed.text == style_file().read_text(encoding="utf-8")
    for accepted in ("identity", "gzip;q=0", "br, deflate"):
        plain = lean.get(url, headers={"Accept-Encoding": accepted})
        assert "content-encoding" not in plain.headers
        assert plain.content == packed.content
    assert plain.headers["etag"] != packed.headers["etag"]
    again = lean.get(url, headers={"If-None-Match": packed.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert lean.get("/favicon.ico").headers["content-type"] == "image/svg+xml"


def test_a_page_that_was_open_before_an_upgrade_gets_what_there_is_now(lean: httpx.Client) -> None:
    answer = lean.get("/assets/0123456789ab/pages.css")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")


def test_the_viewer_is_sent_as_it_was_built(lean: httpx.Client) -> None:
    base = f"/assets/{version_of(lean)}/vendor"
    for name, media_type in SENT.items():
        asked = lean.head(f"{base}/{name}")
        answer = lean.get(f"{base}/{name}")
        assert asked.headers["content-length"] == answer.headers["content-length"]
        assert int(answer.headers["content-length"]) == (VENDOR / f"{name}.gz").stat().st_size
        assert (answer.headers["content-type"], answer.headers["content-encoding"]) == (media_type, "gzip")
        assert answer.content == (VENDOR / name).read_bytes()
    # A worker goes by its own script's policy: it may load WebAssembly from here, and nothing from elsewhere.
    policy = lean.head(f"{base}/dcm2niix/worker.jpeg.js").headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; ")


def test_nothing_else_is_sent(lean: httpx.Client) -> None:
    base = f"/assets/{version_of(lean)}"
    answers = {path: lean.get(f"{base}/{path}") for path in NOT_SENT}
    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(NOT_SENT, 404)
    assert {answer.headers["cache-control"] for answer in answers.values()} == {"no-store"}


def test_files_need_no_key(keyed_host: RunningHost) -> None:
    with httpx.Client(base_url=keyed_host.url) as nobody:
        page = nobody.get("/")
        assert page.status_code == 401
        for url in re.findall(r'(?:href|src)="(/assets/[^"]+)"', page.text):
            assert nobody.get(url).status_code == 200


def test_a_plugin_brings_the_control_of_its_kind(start_lean: Callable[..., RunningHost], no_plugins: Path) -> None:
    install(no_plugins, "tomaat_stepper", STEPPER)
    (no_plugins / "stepper.js").write_text(WIDGET, encoding="utf-8")
    for name, widget in (("missing", "no_such.js"), ("outside", "../stepper.js"), ("python", "tomaat_stepper.py")):
        kind = STEPPER.replace("stepper.js", widget).replace("stairs", f"{name}-stairs").replace("of mine", name)
        install(no_plugins, f"tomaat_{name}", kind)
    host = start_lean(path=no_plugins)
    with httpx.Client(base_url=host.url) as client:
        [module] = re.findall(r"/assets/\w+/widgets/steps%20of%20mine\.js", client.get("/apps/stairs").text)
        answer = client.get(module)
        assert (answer.text, answer.headers["content-type"]) == (WIDGET, "text/javascript; charset=utf-8")
        broken = {each["plugin"]: each["reason"] for each in client.get("/v1/apps").json()["broken"]}
    assert "there is no such file beside its module" in broken["tomaat_missing"]
    assert "must name a file beside its module" in broken["tomaat_outside"]
    assert "must name a file beside its module" in broken["tomaat_python"]
