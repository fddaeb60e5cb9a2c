"""A key in the URL, for clients that can send no header."""

from __future__ import annotations

import httpx
import pytest

from access_keys import caller, make_key
from calls import form, send
from hosts import RunningHost


@pytest.fixture
def key(closed_host: RunningHost) -> str:
    return make_key(closed_host, apps="echo,numbers", weights=True)


def test_it_stands_before_any_path(closed_host: RunningHost, key: str) -> None:
    with caller(closed_host) as old:
        assert [item["destination"] for item in old.get(f"/k/{key}/echo/interface").json()] == [
            "number",
            "flag",
            "word",
        ]
        fields = {"number": 1, "flag": "false", "word": "one"}
        (answer,) = send(old, f"/k/{key}/echo/predict", **fields).json()
        assert answer["content"] == "one 1"
        assert old.get(f"/k/{key}").status_code == old.get(f"/k/{key}?x=1").status_code == 200
        assert old.get(f"/k/tomaat_{'A' * 43}/echo/interface").status_code in (401, 429)
        assert old.get(f"/k/{key}x/echo/interface").status_code in (401, 429)


def test_links_go_on_with_it(closed_host: RunningHost, key: str) -> None:
    with caller(closed_host) as old:
        sent = send(old, f"/k/{key}/v1/apps/echo/jobs", number=1, flag="false", word="one")
        assert sent.headers["Location"] == sent.json()["links"]["self"]
        assert old.get(sent.headers["Location"]).status_code == 200
        links = sent.json()["links"].values()
        assert all(link.startswith(f"/k/{key}/v1/") for link in links)
        events = old.get(sent.json()["links"]["events"]).text
        (href,) = {line.split('"href":"')[1].split('"')[0] for line in events.splitlines() if '"href"' in line}
        assert old.get(href).text == "one 1"


def test_it_is_in_no_log_and_no_answer_of_another(closed_host: RunningHost, key: str) -> None:
    with caller(closed_host) as old:
        missing = old.get(f"/k/{key}/nothing")
        assert (missing.status_code, missing.json()["instance"]) == (404, "/nothing")
        old.post(f"/k/{key}/echo/predict", files=form({"number": "many"}))
    assert key not in closed_host.log


def test_it_is_not_taken_unless_the_setting_says_so(lean: httpx.Client) -> None:
    assert lean.get("/k/something/echo/interface").status_code == 404
