"""What a key may do: its own apps, its own jobs, weights if it was made for them."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx
import pytest

import images
from access_keys import caller, url_of
from calls import ended, predict, send, submit
from hosts import RunningHost
from number_weights import number, put
from tomaat.access import key_store
from tomaat.database.opening import opened

Call = Callable[..., httpx.Client]


def test_it_says_what_it_may_do(by: Call) -> None:
    me = by("gateway", apps="echo,sleeper", weights=True).get("/v1/me").json()
    assert me | {"id": ""} == {
        "id": "",
        "name": "gateway",
        "apps": ["echo", "sleeper"],
        "weights": True,
        "admin": False,
        "keys": True,
    }


def test_it_sees_its_own_apps_alone(by: Call) -> None:
    anna = by(apps="echo,sleeper")
    assert [app["name"] for app in anna.get("/v1/apps").json()["apps"]] == ["echo", "sleeper"]
    described = anna.get("/docs/openapi.json").json()["paths"]
    assert {path.split("/")[3] for path in described if path.endswith("/predict")} == {"echo", "sleeper"}
    assert "positive" not in anna.get("/").text


@pytest.mark.parametrize("app", ["positive", "no-such-app"])
def test_another_app_is_refused_and_nothing_is_told_of_it(by: Call, app: str) -> None:
    anna = by(apps="echo,sleeper")
    answers = [
        anna.get(f"/v1/apps/{app}"),
        predict(anna, app),
        send(anna, f"/v1/apps/{app}/jobs"),
        anna.get(f"/v1/apps/{app}/weights"),
        anna.get(f"/{app}/interface"),
        send(anna, f"/{app}/predict"),
    ]
    for answer in answers:
        assert answer.status_code == 403
        assert "echo, sleeper" in answer.text
        assert "everything" not in answer.text


def test_the_only_app_of_a_key_is_at_the_root(by: Call) -> None:
    assert by(apps="echo").get("/interface").json() == by().get("/echo/interface").json()


def test_its_jobs_are_nobody_else_s(by: Call) -> None:
    anna, bert = by("anna"), by("bert")
    volume = images.file_of(images.ball())
    mine = str(send(anna, "/v1/apps/positive/jobs?keep_inputs=true", image=volume).json()["id"])
    ended(anna, mine)
    assert [job["id"] for job in anna.get("/v1/jobs").json()["jobs"]] == [mine]
    assert bert.get("/v1/jobs").json()["jobs"] == []
    seen = [f"/v1/jobs/{mine}{route}" for route in ("", "/events", "/results/labels", "/inputs/image", "/log")]
    seen += [f"/jobs/{mine}/methods", f"/jobs/{mine}/slices/axial.png?of=image"]
    assert [bert.get(route).status_code for route in seen] == [404] * len(seen)
    assert bert.delete(f"/v1/jobs/{mine}").status_code == 404
    assert bert.get(f"/v1/jobs/{mine}").json()["detail"] == bert.get("/v1/jobs/nothing").json()["detail"]
    assert [anna.get(route).status_code for route in seen] == [200] * len(seen)


def test_its_jobs_are_nobody_else_s_in_the_old_protocol(by: Call) -> None:
    anna, bert = by("anna"), by("bert")
    mine = submit(anna, "echo")
    ended(anna, mine)
    assert bert.post("/echo/responses", data={"request_id": mine}).status_code == 404
    assert anna.post("/echo/responses", data={"request_id": mine}).status_code == 200


def test_an_administrator_sees_all(by: Call) -> None:
    anna, admin = by("anna"), by("admin", admin=True)
    mine = submit(anna, "echo")
    ended(anna, mine)
    assert mine in [job["id"] for job in admin.get("/v1/jobs?limit=1000").json()["jobs"]]
    assert admin.delete(f"/v1/jobs/{mine}").status_code == 204
    assert anna.get(f"/v1/jobs/{mine}").status_code == 404


def test_a_key_that_was_rotated_keeps_its_jobs(by: Call, closed_host: RunningHost) -> None:
    anna = by("anna")
    mine, number_of_key = submit(anna, "echo"), int(anna.get("/v1/me").json()["id"])
    with opened(url_of(closed_host.home)) as connection:
        new = key_store.rotate(connection, time.time(), number_of_key, grace=60)
    with caller(closed_host, new) as renewed:
        assert [job["id"] for job in renewed.get("/v1/jobs").json()["jobs"]] == [mine]
    assert anna.get("/v1/me").status_code == 200  # for a minute more


def test_weights_need_a_key_that_was_made_for_them(by: Call) -> None:
    anna, keeper, admin = by(apps="numbers"), by(apps="numbers", weights=True), by(admin=True)
    refused = put(anna, "one", number(1))
    assert (refused.status_code, "--weights" in refused.json()["detail"]) == (403, True)
    assert put(keeper, "one", number(1)).status_code in (200, 201)
    assert [weights["id"] for weights in anna.get("/v1/apps/numbers/weights").json()["weights"]] == ["one"]
    file = {"Accept": "application/octet-stream"}
    assert anna.get("/v1/apps/numbers/weights/one", headers=file).status_code == 403
    assert keeper.get("/v1/apps/numbers/weights/one", headers=file).status_code == 200
    assert anna.delete("/v1/apps/numbers/weights/one").status_code == 403
    assert put(by(apps="echo", weights=True), "one", number(1)).status_code == 403
    assert admin.delete("/v1/apps/numbers/weights/one").status_code == 204


def test_what_concerns_the_whole_host_is_an_administrator_s(by: Call) -> None:
    assert by().get("/v1/host").status_code == 403
    assert by(admin=True).get("/v1/host").status_code == 200
    assert by().delete("/v1/jobs").status_code == 403


def test_the_metrics_are_for_any_key_also_one_for_no_app(by: Call) -> None:
    prometheus = by("prometheus", apps="")
    assert prometheus.get("/metrics").status_code == 200
    assert prometheus.get("/v1/apps").json()["apps"] == []
    assert "no app" in predict(prometheus, "echo").json()["detail"]
