"""Drill 4: kill -9 of the host with 20 jobs queued and one running. After the restart all finish, none twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import httpx

from calls import diary, ended, submit, until
from hosts import RunningHost

StartHost = Callable[..., RunningHost]

QUEUED = 20


def noted(host: RunningHost, event: str) -> Counter[int]:
    """How often the diary's app has begun, or ended, with each number."""
    return Counter(int(words[2]) for words in diary(host) if words[0] == event)


def test_all_of_them_finish_none_twice_and_none_is_lost(start_drilled: StartHost) -> None:
    host = start_drilled()
    with httpx.Client(base_url=host.url, timeout=60) as client:
        runs = submit(client, "diary", number=0, seconds=1.5)
        queued = [submit(client, "diary", number=number) for number in range(1, QUEUED + 1)]
        until(lambda: noted(host, "begin")[0] == 1)
    host.kill()
    assert noted(host, "end") == {}
    host.start()
    with httpx.Client(base_url=host.url, timeout=60) as client:
        jobs = [ended(client, one) for one in (runs, *queued)]
        assert [job["state"] for job in jobs] == ["succeeded"] * (QUEUED + 1)
        assert {client.get(job["results"][0]["href"]).status_code for job in jobs} == {200}
        assert client.get("/v1/jobs?state=running&state=queued").json() == {"jobs": []}
    assert noted(host, "end") == dict.fromkeys(range(QUEUED + 1), 1), "each to its end, once"
    begun = noted(host, "begin")
    assert begun.pop(0) == 2, "the one that ran was cut off, and was begun again"
    assert begun == dict.fromkeys(range(1, QUEUED + 1), 1)
