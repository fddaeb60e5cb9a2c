"""A host that serves HTTPS, and a user who trusts nobody yet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hosts import RunningHost
from tls_servers import new_certificate
from tomaat.tls.certificate import Certificate
from tomaat.tls.known_hosts import KnownHosts


@pytest.fixture(autouse=True)
def known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KnownHosts:
    """The known hosts of a user who has none yet."""
    monkeypatch.setenv("TOMAAT_HOME", str(tmp_path / "user"))
    return KnownHosts(tmp_path / "user" / "known_hosts")


@pytest.fixture(scope="package")
def tls_host(tmp_path_factory: pytest.TempPathFactory, lean_apps: Path) -> Iterator[RunningHost]:
    """A host with a certificate of its own making, for tests that leave it as they found it."""
    running = RunningHost(home=tmp_path_factory.mktemp("home"), path=lean_apps, options=("--tls",))
    running.start()
    yield running
    running.kill()


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    """A self-signed certificate, which is not the host's."""
    return new_certificate(tmp_path / "another")
