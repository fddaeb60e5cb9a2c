"""The file of those whom a user trusts."""

from __future__ import annotations

import threading

import pytest

from tomaat.errors import ConnectionFailed, NotFound
from tomaat.tls.fingerprints import fingerprint_of
from tomaat.tls.known_hosts import KnownHosts, address_of

ONE, TWO = fingerprint_of(b"one"), fingerprint_of(b"two")


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://GPU1.example:9001/x?y", "gpu1.example:9001"),
        ("gpu1:9001", "gpu1:9001"),
        ("https://gpu1.example", "gpu1.example:443"),
        ("https://[::1]:9001", "[::1]:9001"),
        ("https://someone:secret@gpu1:9001", "gpu1:9001"),
    ],
)
def test_a_server_is_known_by_host_and_port(url: str, address: str) -> None:
    assert address_of(url) == address


@pytest.mark.parametrize("url", ["", "http://gpu1:9001", "https://", "gpu1:port", "https://gpu1:99999", "a b:9001"])
def test_what_is_no_address_is_said(url: str) -> None:
    with pytest.raises(ConnectionFailed, match="no address of HTTPS"):
        address_of(url)


def test_comments_and_the_lines_of_others_stay(known: KnownHosts) -> None:
    known.path.parent.mkdir()
    known.path.write_text(f"# mine\n\ngpu1:9001 {ONE.lower()} # by Ann, by phone\ngpu2:9001\t{TWO}\n", encoding="utf-8")
    known.add("gpu3:9001", TWO)
    known.remove("GPU2:9001")
    assert known.path.read_text(encoding="utf-8") == (
        f"# mine\n\ngpu1:9001 {ONE.lower()} # by Ann, by phone\ngpu3:9001 {TWO}\n"
    )
    assert known.all() == {"gpu1:9001": ONE, "gpu3:9001": TWO}
    assert known.fingerprint("GPU1:9001") == ONE
    assert known.fingerprint("gpu1:9002") is None


def test_only_its_owner_can_read_it(known: KnownHosts) -> None:
    assert known.all() == {}
    known.add("gpu1:9001", ONE)
    assert known.path.stat().st_mode & 0o777 == 0o600
    assert known.path.parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in known.path.parent.iterdir()] == ["known_hosts"]


def test_a_host_has_one_line(known: KnownHosts) -> None:
    known.add("gpu1:9001", ONE)
    known.add("gpu1:9001", TWO)
    assert known.all() == {"gpu1:9001": TWO}
    assert known.path.read_text(encoding="utf-8").count("gpu1") == 1


def test_whoever_is_not_there_can_t_be_removed(known: KnownHosts) -> None:
    with pytest.raises(NotFound, match="tomaat trust list"):
        known.remove("gpu1:9001")


def test_a_line_without_a_fingerprint_stops_its_own_host_alone(known: KnownHosts) -> None:
    known.add("gpu1:9001", ONE)
    with known.path.open("a", encoding="utf-8") as file:
        file.write("gpu2:9001 AA:BB\n")
    assert known.fingerprint("gpu1:9001") == ONE
    with pytest.raises(ConnectionFailed, match="tomaat trust remove gpu2:9001"):
        known.fingerprint("gpu2:9001")
    known.remove("gpu2:9001")
    assert known.fingerprint("gpu2:9001") is None


def test_a_file_that_is_no_text_is_said(known: KnownHosts) -> None:
    known.path.parent.mkdir()
    known.path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConnectionFailed, match="can't be read"):
        known.fingerprint("gpu1:9001")


def test_nobody_who_adds_at_the_same_time_is_lost(known: KnownHosts) -> None:
    threads = [threading.Thread(target=known.add, args=(f"gpu{number}:9001", ONE)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(known.all()) == 20
