"""The first page: what a host serves, and for an administrator how it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import httpx

from access_keys import caller, make_key
from calls import predict
from hosts import RunningHost
from markup import Page


def page(client: httpx.Client, path: str = "/", **query: str) -> Page:
    answer = client.get(path, params=query)
    assert answer.status_code == 200
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|<script(?![^>]*(\ssrc=|application/json))", answer.text)
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
    return Page(answer.text)


def listed(home: Page) -> list[str]:
    return [each.attributes["data-app"] for each in home.all("article") if "data-app" in each.attributes]


def test_all_apps_are_there_with_their_state_and_where_they_lead(lean: httpx.Client) -> None:
    predict(lean, "echo")
    home = page(lean)
    names = {app["name"]: app["title"] for app in lean.get("/v1/apps").json()["apps"]}
    assert set(listed(home)) == set(names)
    assert home.link(names["positive"]) == "/apps/positive"
    [echo] = home.all("p", id="state-echo")
    assert echo.text.strip() in ("ready", "working")
    [state] = [each for each in home.all("span") if each.attributes.get("class") == "state cold"][:1]
    assert (state.text, state.attributes["title"][:12]) == ("starts when used", "It is loaded")
    assert home.all("a", **{"aria-current": "page"})[0].text == "Apps"
    [figures] = home.all("dl", id="operating-figures")
    assert all(word in figures.text for word in ("Memory", "Disk", "Processors", "running", "waiting"))
    assert "echo" in home.all("div", id="operating-workers")[0].text


def test_the_address_says_what_is_wanted(lean: httpx.Client) -> None:
    found = page(lean, q="voxel zero every")
    assert [each.attributes["data-app"] for each in found.all("article") if "data-app" in each.attributes] == [
        "positive"
    ]
    assert found.all("input", name="q")[0].attributes["value"] == "voxel zero every"
    assert found.link("show all") == "/"
    nothing = page(lean, q='"><script>alert(1)</script>', modality="<img src=x>")
    assert "No app is like that" in nothing.all("section")[0].text
    assert not nothing.all("img", src="x")
    assert nothing.link("<img src=x>").startswith("/?q=")  # takes that filter away, and leaves the words


def test_who_may_not_do_everything_sees_no_more_than_the_apps(keyed_host: RunningHost) -> None:
    with caller(keyed_host, make_key(keyed_host, apps="echo")) as anna:
        home = page(anna)
        assert listed(home) == ["echo"]
        assert not home.all("details", id="operating")
        assert "anna" in home.all("form", action="/logout")[0].text
    with caller(keyed_host, make_key(keyed_host, apps="uninstalled")) as bob:
        assert "There is no app for your key" in bob.get("/").text


def test_an_empty_host_says_what_to_do(start_lean: Callable[..., RunningHost], no_plugins: Path) -> None:
    host = start_lean(path=no_plugins)
    commands = [each.text for each in Page(httpx.get(host.url).text).all("code")]
    assert {"pip install PLUGIN", f"tomaat plugins reload {host.url}", "tomaat new my-app"} <= set(commands)


def test_an_app_s_page_has_its_card_and_how_to_call_it(http: httpx.Client, host: RunningHost) -> None:
    brain = page(http, "/apps/brain")
    [doi] = brain.all("a", href="https://doi.org/10.1016/j.compbiomed.2024.108845")
    assert doi.attributes["rel"] == "noopener noreferrer"
    card = brain.all("details", id="about-model")[0].text
    assert all(word in card for word in ("Lukas Fisch", "healthy adults", "MIT (networks)", "Limits", "1.0.0.dev0"))
    commands = [each.text for each in brain.all("code")]
    assert f"tomaat predict {host.url}/brain -i image=FILE" in commands
    assert f"curl -F image=@FILE {host.url}/v1/apps/brain/predict" in commands
    [python] = [each for each in commands if each.startswith("from tomaat")]
    compile(python, "page", "exec")
    assert 'client.predict("brain", image="FILE")' in python
    assert "mask" in brain.all("details", id="about-interface")[0].text
    assert "none: the next job starts one" in brain.all("details", id="about-running")[0].text
    weights = page(http, "/apps/spleen").all("details", id="about-interface")[0].text
    assert f"none yet: tomaat weights push {host.url}/spleen FILE" in weights or "(default)" in weights
