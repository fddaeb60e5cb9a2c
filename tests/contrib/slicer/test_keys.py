"""Keys, as a person in Slicer has them."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

import tomaat.client.logins
from access_keys import make_key
from hosts import RunningHost
from tomaat_slicer.address import Address
from tomaat_slicer.errors import ConnectionFailed, Refused
from tomaat_slicer.host import find
from tomaat_slicer.logins import Logins, logins_file
from tomaat_slicer.trust import KnownHosts


@pytest.fixture
def logins(tmp_path: Path) -> Logins:
    return Logins(tmp_path / "logins")


@pytest.mark.parametrize("route", ["", "/echo/predict"])
def test_a_typed_key_is_kept_once_the_host_takes_it(
    keyed_host: RunningHost, known_hosts: KnownHosts, logins: Logins, tmp_path: Path, route: str
) -> None:
    with pytest.raises(Refused, match="asks for a key") as refused:
        find(keyed_host.url + route, known_hosts, logins)
    assert refused.value.status == 401
    with pytest.raises(Refused, match="not known here"):
        find(keyed_host.url + route, known_hosts, logins, f"tomaat_{'A' * 43}")
    assert not (tmp_path / "logins").exists()
    key = make_key(keyed_host, apps="echo,sleeper")
    assert [app.name for app in find(keyed_host.url + route, known_hosts, logins, f" {key}\n")[1]] == [
        "echo",
        "sleeper",
    ]
    host, apps, _ = find(keyed_host.url + route, known_hosts, logins)
    assert len(apps) == 2
    assert host.app("echo").name == "echo"
    assert stat.S_IMODE((tmp_path / "logins").stat().st_mode) == 0o600


def test_the_command_line_and_slicer_have_the_same_keys(
    logins: Logins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = tomaat.client.logins.Logins(tmp_path / "logins")
    theirs.add("https://gpu1.example", "one")
    logins.keep(Address.parse("http://gpu1.example:9001/brain"), "two")
    assert theirs.key("http://gpu1.example:9001") == "two"
    assert logins.key(Address.parse("https://GPU1.example/brain")) == "one"
    assert logins.key(Address.parse("http://gpu1.example:443")) == ""
    monkeypatch.setenv("TOMAAT_HOME", str(tmp_path))
    assert logins_file() == tmp_path / "logins"


def test_what_is_no_key_is_said(keyed_host: RunningHost, known_hosts: KnownHosts, logins: Logins) -> None:
    with pytest.raises(ConnectionFailed, match="copied as a whole"):
        find(keyed_host.url, known_hosts, logins, "my key")
