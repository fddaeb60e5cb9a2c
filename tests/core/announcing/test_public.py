"""Under which URLs a host's apps are announced."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tomaat.announcing.public import address_of, loopback, on_this_machine
from tomaat.announcing.target import Target
from tomaat.errors import SettingsError
from tomaat.settings import Settings

NAME = socket.gethostname()


@pytest.mark.parametrize(
    ("public_url", "listening", "url", "doubt"),
    [
        ("https://gpu1.example/tomaat/", "http://127.0.0.1:9001", "https://gpu1.example/tomaat", ""),
        ("", "http://10.0.0.7:9001", "http://10.0.0.7:9001", ""),
        ("", "https://[fd00::7]:9001", "https://[fd00::7]:9001", ""),
        ("", "https://0.0.0.0:9001", f"https://{NAME}:9001", "public_url"),
        ("", "http://[::]:9001", f"http://{NAME}:9001", "public_url"),
        ("", "http://127.0.0.1:9001", "http://127.0.0.1:9001", "only this machine"),
    ],
)
def test_where_others_reach_a_host(public_url: str, listening: str, url: str, doubt: str) -> None:
    address = address_of(public_url, listening)
    assert address.url == url
    assert doubt in address.doubt
    assert bool(doubt) == bool(address.doubt)


def test_a_host_reaches_itself() -> None:
    assert loopback("https://0.0.0.0:9001") == "https://127.0.0.1:9001"
    assert loopback("http://[::]:9001") == "http://[::1]:9001"
    assert loopback("http://10.0.0.7:9001") == "http://10.0.0.7:9001"


def test_what_is_on_this_machine() -> None:
    assert on_this_machine("http://127.0.0.2:8001")
    assert on_this_machine("http://[::1]:8001/announce")
    assert on_this_machine("http://localhost:8001")
    assert not on_this_machine("http://registry.example:8001")


def test_the_first_tomaat_s_way_to_name_a_service_is_right() -> None:
    assert Target("http://registry.example:8001/announce", "k").base == "http://registry.example:8001"
    assert Target("http://registry.example:8001/", "k").base == "http://registry.example:8001"


def test_the_key_is_in_no_representation() -> None:
    assert "secret" not in repr(Target("http://registry.example:8001", "secret"))


@pytest.mark.parametrize(
    "url",
    ["gpu1:9001", "ftp://gpu1", "https://", "https://u:p@gpu1", "https://gpu1?a=b", "https://gpu1#a", "https://gpu 1",
     "https://gpu1:99999", "https://[::1"],
)  # fmt: skip
def test_a_setting_that_is_no_url_is_refused(url: str, tmp_path: Path) -> None:
    for options in ({"public_url": url}, {"announce_url": url, "announce_key": "k"}):
        with pytest.raises(SettingsError, match=next(iter(options)).removeprefix("announce_")):
            Settings.load(environment={"TOMAAT_HOME": str(tmp_path)}, options=options)
