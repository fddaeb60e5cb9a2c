"""A service that is killed while hosts announce: whom it told that all is well is there afterwards."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from calls import until
from services import RunningService, announcement

HOSTS = 6
FREE = "key_rate = 0\naddress_rate = 0\ncheck_interval = 0\n"


class Hosts:
    """Some that announce without end, each time another URL, until the service does not answer."""

    def __init__(self, service: RunningService, key: str) -> None:
        self._service = service
        self._key = key
        self._threads = ThreadPoolExecutor(HOSTS)
        self._lock = threading.Lock()
        self.acknowledged: set[str] = set()
        self._all = [self._threads.submit(self._announce, number) for number in range(HOSTS)]

    def wait(self) -> None:
        """Until all have noticed that the service is gone."""
        for host in self._all:
            host.result(60)
        self._threads.shutdown()

    def _announce(self, number: int) -> None:
        with httpx.Client(base_url=self._service.url, timeout=30) as client:
            for count in range(100_000):
                said = announcement(api_key=self._key, base=f"http://host{number}/{count}")
                try:
                    answer = client.post("/announce", json=said)
                except httpx.TransportError:
                    return
                assert answer.json() == {"status": 0, "error": ""}
                with self._lock:
                    self.acknowledged.add(said["prediction_url"])


def test_what_was_acknowledged_is_there_after_a_kill(start_service: Any, database_url: str) -> None:
    service = start_service(database=database_url, config=FREE)
    key = service.make_key()
    acknowledged: set[str] = set()
    for _ in range(2):
        hosts = Hosts(service, key)
        until(lambda hosts=hosts: len(hosts.acknowledged) > 60, 60)
        service.kill()
        hosts.wait()
        acknowledged |= hosts.acknowledged
        service.start()
        there = {found["prediction_url"] for found in service.discover()}
        assert acknowledged <= there
        assert len(there) <= len(acknowledged) + 2 * HOSTS  # those whose answer was on its way
    assert service.announce(key).json() == {"status": 0, "error": ""}
    assert "Traceback" not in service.log
