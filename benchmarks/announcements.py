"""The announcement service with 100,000 endpoints on SQLite, beside TOMAAT's way: a list in memory, scanned."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import create_engine, insert

from measuring import Figure, benchmark, median, peak_memory, processor_seconds, reset_peak
from serving import RunningService, running_peer, running_service
from tomaat_announce.announcement import Announcement
from tomaat_announce.endpoints import new_sid
from tomaat_announce.tables import ENDPOINTS
from wire import Connection, expect, get, post

FEW, MANY = 1_000, 100_000
OF_ONE = 100
"""Endpoints with the anatomy that is asked for, however many others there are."""
TOGETHER = 8
"""Hosts that announce at the same time."""
LOAD = 10.0
"""Seconds that announcing and discovering go on at the same time."""
BETWEEN = 0.05
"""Seconds between two discoveries meanwhile."""
PEER = "TOMAAT's way"
CONFIG = "key_rate = 0\naddress_rate = 0\ncheck_interval = 0\n"
ASKED = "/discover?anatomy=spleen"


def app(number: int) -> Announcement:
    """One of very many apps; peers/first_tomaat_discovery.py has the same."""
    base = f"https://host{number // 10}.example:9001/app{number}"
    return Announcement(
        name=f"App {number}",
        modality=("CT", "MR", "US", "XR", "PET")[number % 5],
        anatomy="spleen" if number < OF_ONE else f"organ {number % 200}",
        task="segmentation",
        description="A network that finds an organ in a volume and labels it, voxel by voxel.",
        prediction_url=f"{base}/predict",
        interface_url=f"{base}/interface",
    )


def fill(database: Path, count: int) -> None:
    """Store apps as if they had been announced just now, with the first key."""
    now = time.time()
    times = dict.fromkeys(("first_seen", "announced", "last_seen"), now) | {"expires": now + 3600}
    state = {"listed": True, "state": "unknown", "state_since": None, "next_check": now + 3600, "failures": 0}
    engine = create_engine(f"sqlite:///{database}")
    with engine.begin() as connection:
        for start in range(0, count, 10_000):
            said = (app(number) for number in range(start, min(start + 10_000, count)))
            rows = [
                vars(each) | each.folded | times | state | {"sid": new_sid(), "key_id": 1, "card": {}} for each in said
            ]
            connection.execute(insert(ENDPOINTS), rows)
    engine.dispose()


@contextmanager
def listing(count: int) -> Iterator[tuple[RunningService, str]]:
    """A service that lists so many endpoints, and the key that announced them."""
    keys = []

    def prepare(service: RunningService) -> None:
        keys.append(service.make_key())
        fill(service.home / "announce.db", count)

    with running_service(CONFIG, prepare) as service:
        yield service, keys[0]


def announcement(key: str, number: int) -> list[bytes | Path]:
    """The request with which a host announces an app."""
    return post("/announce", "application/json", json.dumps(vars(app(number)) | {"api_key": key}).encode())


def discovery(url: str, path: str, repetitions: int) -> list[float]:
    """Seconds of each discovery of one anatomy; where the service can't filter, its client does."""
    seconds = []
    with Connection(url) as connection:
        for _ in range(repetitions):
            start = time.perf_counter()
            answer = expect(connection.ask(get(path)))
            found = [endpoint for endpoint in json.loads(answer.body) if endpoint["anatomy"] == "spleen"]
            seconds.append(time.perf_counter() - start)
            if len(found) != OF_ONE:
                raise RuntimeError(f"{len(found)} endpoints were found")
    return seconds


@dataclass
class Load:
    """Hosts that announce themselves again and again, while others discover."""

    url: str
    request: Callable[[int], list[bytes | Path]]
    path: str
    announcing: list[float] = field(default_factory=list)
    discovering: list[float] = field(default_factory=list)

    def run(self, seconds: float) -> None:
        """Go on for so long; fails if an announcement is refused."""
        self._end = time.monotonic() + seconds
        self._failed: list[BaseException] = []
        threads = [threading.Thread(target=self._caught, args=(self._announce, number)) for number in range(TOGETHER)]
        threads.append(threading.Thread(target=self._caught, args=(self._discover, 0)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._failed:
            raise self._failed[0]

    def _caught(self, work: Callable[[int], None], number: int) -> None:
        try:
            work(number)
        except BaseException as error:
            self._failed.append(error)

    def _announce(self, host: int) -> None:
        with Connection(self.url) as connection:
            number = host
            while time.monotonic() < self._end:
                number = (number + TOGETHER * 7) % FEW
                start = time.perf_counter()
                answer = expect(connection.ask(*self.request(number)))
                self.announcing.append(time.perf_counter() - start)
                if json.loads(answer.body) != {"status": 0, "error": ""}:
                    raise RuntimeError(answer.body.decode())

    def _discover(self, _: int) -> None:
        while time.monotonic() < self._end:
            self.discovering += discovery(self.url, self.path, 1)
            time.sleep(BETWEEN)


def whole_list(url: str, pid: int) -> tuple[float, int, int]:
    """Seconds and bytes of the whole list, and by how many bytes the service grows meanwhile."""
    with Connection(url) as connection:
        before, start = reset_peak(pid), time.perf_counter()
        body = expect(connection.ask(get("/discover"))).body
        seconds = time.perf_counter() - start
    if len(json.loads(body)) != MANY:
        raise RuntimeError("the list is not whole")
    return seconds, len(body), peak_memory(pid) - before


@benchmark(repetitions=300)
def main(repetitions: int) -> list[Figure]:
    """100,000 endpoints: discovering, announcing, the whole list."""
    with listing(FEW) as (small, _):
        discovery(small.url, ASKED, 20)
        among_few = median(discovery(small.url, ASKED, repetitions))
    with listing(MANY) as (service, key):
        discovery(service.url, ASKED, 20)
        among_many = median(discovery(service.url, ASKED, repetitions))
        seconds, size, growth = whole_list(service.url, service.process.pid)
        used = processor_seconds(service.process.pid)
        ours = Load(service.url, lambda number: announcement(key, number), ASKED)
        ours.run(LOAD)
        used = processor_seconds(service.process.pid) - used
    with running_peer("first_tomaat_discovery", "/ready", arguments=[str(MANY)]) as peer:
        their_discovery = median(discovery(peer.url, "/discover", 3))
        their_seconds, _, their_growth = whole_list(peer.url, peer.pid)
        theirs = Load(peer.url, lambda number: announcement(f"{number:064x}", number), "/discover")
        theirs.run(LOAD)
    each, their_each = LOAD / len(ours.announcing), LOAD / len(theirs.announcing)
    return [
        Figure(f"discover one anatomy of {MANY:,}: p50", among_many * 1e3, "ms", PEER, their_discovery * 1e3, limit=5),
        Figure(f"the same, beside {FEW:,}", among_many * 1e3, "ms", f"of {FEW:,}", among_few * 1e3, most=2),
        Figure(f"whole list, {size / 1e6:.0f} MB", seconds, "s", PEER, their_seconds),
        Figure("whole list: the service grows", growth / 2**20, "MiB", PEER, their_growth / 2**20, limit=50),
        Figure(f"{TOGETHER} announce at once: time for each", each * 1e3, "ms", PEER, their_each * 1e3, limit=5),
        Figure("the same: announcements a second", 1 / each, "", PEER, 1 / their_each),
        Figure("the same: p50", median(ours.announcing) * 1e3, "ms", PEER, median(theirs.announcing) * 1e3),
        Figure("the same: processor time of each", used / len(ours.announcing) * 1e3, "ms"),
        Figure(
            "discovery meanwhile: p50", median(ours.discovering) * 1e3, "ms", PEER, median(theirs.discovering) * 1e3
        ),
    ]


if __name__ == "__main__":
    main()
