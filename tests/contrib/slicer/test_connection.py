"""Addresses, certificates and what goes wrong on the way, as a person in Slicer is told."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

import tomaat.tls.known_hosts
from hosts import RunningHost
from old_registry import respond, serve
from tomaat.settings.table import NOWHERE, default_home
from tomaat_slicer.address import Address
from tomaat_slicer.errors import ConnectionFailed, Stranger, UntrustedCertificate
from tomaat_slicer.host import Host, find
from tomaat_slicer.trust import KnownHosts, known_hosts_file

OTHER = ":".join(["AB"] * 32)


@pytest.fixture(scope="module")
def plain_host(tmp_path_factory: pytest.TempPathFactory, lean_apps: Path) -> Iterator[RunningHost]:
    running = RunningHost(home=tmp_path_factory.mktemp("home"), path=lean_apps)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def web_page() -> Iterator[str]:
    """Something else than a host."""
    server = serve(lambda request, body: respond(request, 200, b"<h1>Welcome</h1>", "text/html"))
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@contextmanager
def noise(answer: bytes) -> Iterator[int]:
    """A server that says the same to everybody; its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def speak() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with connection:
                        connection.recv(4096)
                        connection.sendall(answer)

        threading.Thread(target=speak, daemon=True).start()
        yield server.getsockname()[1]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("gpu1:9001", "http://gpu1:9001"),
        (" https://GPU1.example/tomaat/ ", "https://gpu1.example:443/tomaat"),
        ("http://[::1]:9001", "http://[::1]:9001"),
        ("https://bücher.example", "https://xn--bcher-kva.example:443"),
    ],
)
def test_an_address_as_people_type_it(text: str, address: str) -> None:
    assert str(Address.parse(text)) == address


@pytest.mark.parametrize(
    "text", ["", "http://", "ftp://gpu1", "gpu 1", "http://gpu1:port", "https://me:secret@gpu1", "a\nb:1"]
)
def test_what_is_no_address_is_said(text: str) -> None:
    with pytest.raises(ConnectionFailed, match="is no address of a host"):
        Address.parse(text)


@pytest.mark.parametrize(
    "route", ["", "/", "/echo", "/echo/", "/echo/predict", "/echo/interface", "/v1/apps/echo", "/v1/apps/echo/predict"]
)
def test_an_app_is_found_by_any_of_its_addresses(plain_host: RunningHost, known_hosts: KnownHosts, route: str) -> None:
    host, apps, app = find(plain_host.url + route, known_hosts)
    assert str(host.address) == plain_host.url
    assert "echo" in [each.name for each in apps]
    assert app == ("echo" if "echo" in route else None)


def test_an_app_that_is_not_there_is_said(plain_host: RunningHost, known_hosts: KnownHosts) -> None:
    with pytest.raises(ConnectionFailed, match=r"has no app 'gone'; it has .*echo"):
        find(f"{plain_host.url}/gone", known_hosts)


def test_the_first_contact_shows_the_fingerprint(tls_host: RunningHost, known_hosts: KnownHosts) -> None:
    with pytest.raises(UntrustedCertificate) as raised:
        find(tls_host.url, known_hosts)
    assert raised.value.fingerprint == tls_host.fingerprint
    assert raised.value.known is None
    assert tls_host.fingerprint in raised.value.detail
    known_hosts.trust(raised.value.host, raised.value.fingerprint)
    assert find(tls_host.url, known_hosts)[1]


def test_a_changed_certificate_gets_nothing(tls_host: RunningHost, known_hosts: KnownHosts) -> None:
    netloc = tls_host.url.partition("://")[2]
    known_hosts.trust(netloc, OTHER)
    with pytest.raises(UntrustedCertificate, match="another one than before") as raised:
        find(tls_host.url, known_hosts)
    assert (raised.value.known, raised.value.fingerprint) == (OTHER, tls_host.fingerprint)


def test_the_command_line_and_slicer_trust_the_same(
    tls_host: RunningHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netloc = tls_host.url.partition("://")[2]
    ours, theirs = KnownHosts(tmp_path / "known_hosts"), tomaat.tls.known_hosts.KnownHosts(tmp_path / "known_hosts")
    theirs.add("gpu1.example:9001", OTHER)
    ours.trust(netloc, tls_host.fingerprint)
    assert theirs.all() == {"gpu1.example:9001": OTHER, netloc: tls_host.fingerprint}
    theirs.add(netloc, OTHER)
    assert ours.fingerprint(netloc) == OTHER
    ours.trust(netloc, tls_host.fingerprint)
    assert theirs.fingerprint(netloc) == tls_host.fingerprint
    for home in (str(tmp_path), ""):
        monkeypatch.setenv("TOMAAT_HOME", home)
        assert known_hosts_file() == (Path(home) if home else default_home(NOWHERE)) / "known_hosts"


def test_a_line_without_a_fingerprint_is_not_passed_over(tls_host: RunningHost, tmp_path: Path) -> None:
    netloc = tls_host.url.partition("://")[2]
    (tmp_path / "known_hosts").write_text(f"# mine\n\n{netloc} AB:CD\n", encoding="utf-8")
    with pytest.raises(ConnectionFailed, match="but no fingerprint for it"):
        find(tls_host.url, KnownHosts(tmp_path / "known_hosts"))


def test_comments_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "known_hosts"
    path.write_text(f"# mine\n\ngpu1:9001 {OTHER}\n", encoding="utf-8")
    KnownHosts(path).trust("gpu2:9001", OTHER)
    assert path.read_text(encoding="utf-8") == f"# mine\n\ngpu1:9001 {OTHER}\ngpu2:9001 {OTHER}\n"


def test_https_to_a_plain_host_says_what_to_write(plain_host: RunningHost, known_hosts: KnownHosts) -> None:
    with pytest.raises(ConnectionFailed, match="write http:// in place of https://"):
        find(plain_host.url.replace("http:", "https:"), known_hosts)


def test_plain_to_an_https_host_says_what_to_write(tls_host: RunningHost, known_hosts: KnownHosts) -> None:
    with pytest.raises(ConnectionFailed, match="If it speaks HTTPS, write https://"):
        find(tls_host.url.replace("https:", "http:"), known_hosts)


def test_nobody_there_is_said(known_hosts: KnownHosts) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(ConnectionFailed, match="Is the host running there"):
        find(f"http://127.0.0.1:{port}", known_hosts)


def test_something_else_is_no_host(web_page: str, known_hosts: KnownHosts) -> None:
    with pytest.raises(Stranger, match="is no TOMAAT host"):
        find(web_page, known_hosts)
    with pytest.raises(Stranger, match="is no TOMAAT host"):
        find(f"{web_page}/brain", known_hosts)


@pytest.mark.parametrize(
    "answer", [b"", b"nothing of HTTP\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", b"\x00" * 70000]
)
def test_noise_is_a_sentence(known_hosts: KnownHosts, answer: bytes) -> None:
    with noise(answer) as port, pytest.raises(ConnectionFailed, match=r"127\.0\.0\.1"):
        Host(Address.parse(f"http://127.0.0.1:{port}"), known_hosts).apps()


@pytest.mark.parametrize(("url", "exposed"), [("http://gpu1:9001", True), ("http://127.0.0.1:9001", False)])
def test_what_goes_unencrypted_is_known(url: str, exposed: bool) -> None:
    assert Address.parse(url).exposed is exposed
    assert not Address.parse(url.replace("http", "https")).exposed
