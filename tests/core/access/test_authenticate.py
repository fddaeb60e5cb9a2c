"""The hook ``tomaat_authenticate``: another way than keys to say who calls."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from access_keys import caller, make_key
from calls import submit
from hosts import RunningHost, install

TOKENS = """
from tomaat import hookimpl
from tomaat.access.caller import Caller
from tomaat.errors import Unauthorized

@hookimpl
{async_}def tomaat_authenticate(request):
    token = request.headers.get("x-token")
    if token is None:
        return None
    if token != "good":
        raise Unauthorized("This token is not good; ask for another.")
    return Caller("token:1", "Carla", frozenset({{"echo"}}))
"""


def check(start: Callable[..., RunningHost], plugins: Path, async_: str) -> None:
    install(plugins, "tomaat_tokens", TOKENS.format(async_=async_))
    host = start("require_keys = true", plugins)
    with caller(host) as carla, caller(host, make_key(host)) as anna:
        assert carla.get("/v1/me").status_code == 401
        assert "This token is not good" in carla.get("/v1/me", headers={"X-Token": "x"}).json()["detail"]
        carla.headers["X-Token"] = "good"
        me = carla.get("/v1/me").json()
        assert (me["id"], me["name"], me["apps"], me["admin"]) == ("token:1", "Carla", ["echo"], False)
        assert anna.get("/v1/me").json()["name"] == "anna"  # the host's own keys are still good


def test_a_plugin_says_who_calls(start_lean: Callable[..., RunningHost], no_plugins: Path) -> None:
    check(start_lean, no_plugins, "")


def test_it_may_ask_elsewhere_first(start_lean: Callable[..., RunningHost], no_plugins: Path) -> None:
    check(start_lean, no_plugins, "async ")


def test_its_callers_have_jobs_of_their_own(
    start_lean: Callable[..., RunningHost], lean_apps: Path, tmp_path: Path
) -> None:
    plugins = tmp_path / "both"
    install(plugins, "tomaat_tokens", TOKENS.format(async_=""))
    host = start_lean("require_keys = true", f"{plugins}:{lean_apps}")
    with caller(host) as carla, caller(host, make_key(host)) as anna:
        carla.headers["X-Token"] = "good"
        mine = submit(carla, "echo")
        assert carla.get(f"/v1/jobs/{mine}").status_code == 200
        assert anna.get(f"/v1/jobs/{mine}").status_code == 404
