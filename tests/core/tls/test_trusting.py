"""Which hosts a client talks to, and that the others get nothing."""

from __future__ import annotations

import os
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest
import SimpleITK as sitk

from hosts import RunningHost
from tls_servers import connect_proxy, context_of, new_certificate, plain_server, recorder, write_certificate
from tomaat import AsyncClient, Client
from tomaat.errors import CertificateChanged, ConnectionFailed, UntrustedCertificate
from tomaat.tls.certificate import Certificate, read_certificate
from tomaat.tls.known_hosts import KnownHosts, address_of
from tomaat.tls.pinning import pinned_context

CallHost = Callable[..., Awaitable[int]]


async def call(url: str, **options: object) -> int:
    with Client(url, timeout=2, headers={"X-Secret": "s3cret"}, **options) as client:  # type: ignore[arg-type]
        return len(client.apps())


async def call_async(url: str, **options: object) -> int:
    async with AsyncClient(url, timeout=2, headers={"X-Secret": "s3cret"}, **options) as client:  # type: ignore[arg-type]
        return len(await client.apps())


@pytest.fixture(params=[call, call_async])
def calling(request: pytest.FixtureRequest) -> CallHost:
    """Ask a host for its apps, with either client."""
    found: CallHost = request.param
    return found


async def test_the_right_fingerprint_is_enough(tls_host: RunningHost, calling: CallHost) -> None:
    assert await calling(tls_host.url, fingerprint=tls_host.fingerprint) > 0
    assert await calling(tls_host.url, fingerprint=tls_host.fingerprint.lower().replace(":", "")) > 0


async def test_another_fingerprint_is_refused(
    tls_host: RunningHost, calling: CallHost, certificate: Certificate
) -> None:
    with pytest.raises(CertificateChanged) as refused:
        await calling(tls_host.url, fingerprint=certificate.fingerprint)
    assert refused.value.fingerprint == tls_host.fingerprint
    assert certificate.fingerprint in refused.value.detail


async def test_an_unknown_certificate_is_refused_and_shown(tls_host: RunningHost, calling: CallHost) -> None:
    with pytest.raises(UntrustedCertificate, match="Nobody vouches for") as refused:
        await calling(tls_host.url)
    assert refused.value.fingerprint == tls_host.fingerprint
    assert f"tomaat trust add {address_of(tls_host.url)} --fingerprint {tls_host.fingerprint}" in refused.value.detail


async def test_a_known_host_is_trusted(tls_host: RunningHost, calling: CallHost, known: KnownHosts) -> None:
    known.add(address_of(tls_host.url), tls_host.fingerprint)
    assert await calling(tls_host.url) > 0


async def test_a_known_host_with_a_new_certificate_is_refused(
    tls_host: RunningHost, calling: CallHost, known: KnownHosts, certificate: Certificate
) -> None:
    known.add(address_of(tls_host.url), certificate.fingerprint)
    with pytest.raises(CertificateChanged, match="has changed") as refused:
        await calling(tls_host.url)
    assert tls_host.fingerprint in refused.value.detail
    assert certificate.fingerprint in refused.value.detail
    assert f"tomaat trust remove {address_of(tls_host.url)}" in refused.value.detail


async def test_whoever_stands_between_gets_nothing(calling: CallHost, certificate: Certificate, tmp_path: Path) -> None:
    right = new_certificate(tmp_path / "right")
    with recorder(certificate) as server:
        with pytest.raises(CertificateChanged):
            await calling(server.url, fingerprint=right.fingerprint)
        with pytest.raises(UntrustedCertificate):
            await calling(server.url)
    assert server.contacts == 3  # one to be refused, one to be refused and one to be looked at
    assert server.received == b""


async def test_a_stolen_certificate_is_worth_nothing_without_its_key(
    calling: CallHost, certificate: Certificate, tls_host: RunningHost
) -> None:
    """The handshake proves the key, though no authority is asked."""
    stolen = tls_host.home / "tls" / "certificate.pem"
    chain = certificate.path.with_name("chain.pem")
    chain.write_bytes(certificate.path.read_bytes() + stolen.read_bytes())
    with recorder(read_certificate(chain, certificate.key)) as server, pytest.raises(CertificateChanged) as refused:
        await calling(server.url, fingerprint=tls_host.fingerprint)
    assert refused.value.fingerprint == certificate.fingerprint
    assert server.received == b""


async def test_a_certificate_that_changes_between_two_calls_is_noticed(tmp_path: Path) -> None:
    """Each new connection is checked, and not only the first."""
    first, second = new_certificate(tmp_path / "first"), new_certificate(tmp_path / "second")
    with recorder(first) as server:
        client = Client(server.url, timeout=1, fingerprint=first.fingerprint)
        with pytest.raises(ConnectionFailed, match="too long"):
            client.apps()
    assert b"GET /v1/apps" in server.received
    with recorder(second, server.port) as another, client, pytest.raises(CertificateChanged):
        client.apps()
    assert another.received == b""


async def test_an_upload_waits_for_the_certificate_too(tls_host: RunningHost, certificate: Certificate) -> None:
    with Client(tls_host.url, fingerprint=tls_host.fingerprint) as client:
        interface = client.interface("positive")
    with recorder(certificate) as server, Client(server.url, fingerprint=tls_host.fingerprint) as client:
        client._interfaces["positive"] = interface
        with pytest.raises(CertificateChanged):
            client.submit("positive", image=sitk.Image(8, 8, 8, sitk.sitkInt16))
    assert server.received == b""


async def test_plain_http_to_https_says_so(tls_host: RunningHost, calling: CallHost) -> None:
    with pytest.raises(ConnectionFailed, match="speaks HTTPS: write https://"):
        await calling(tls_host.url.replace("https", "http"))


async def test_https_to_plain_http_says_so(default_host: RunningHost, calling: CallHost) -> None:
    with pytest.raises(ConnectionFailed, match="speaks no HTTPS"):
        await calling(default_host.url.replace("http", "https"), fingerprint="AB" * 32)


@pytest.mark.parametrize("patient", [True, False])
async def test_https_to_any_server_without_tls_says_so_too(calling: CallHost, patient: bool) -> None:
    with plain_server(patient=patient) as url, pytest.raises(ConnectionFailed, match="speaks no HTTPS"):
        await calling(url)


async def test_a_fingerprint_of_plain_http_is_refused(default_host: RunningHost, calling: CallHost) -> None:
    with pytest.raises(ConnectionFailed, match="write https://"):
        await calling(default_host.url, fingerprint="AB" * 32)


async def test_a_fingerprint_that_is_none_is_refused(tls_host: RunningHost, calling: CallHost) -> None:
    with pytest.raises(ConnectionFailed, match="no SHA-256 fingerprint"):
        await calling(tls_host.url, fingerprint="AB")


async def test_nobody_there_is_still_nobody_there(calling: CallHost) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(ConnectionFailed, match="Nothing can be reached"):
        await calling(f"https://127.0.0.1:{port}")


async def test_a_context_of_one_s_own_is_asked_instead(
    tls_host: RunningHost, calling: CallHost, known: KnownHosts, certificate: Certificate
) -> None:
    """The host's certificate is one that a client can trust like an authority's, name and all."""
    known.add(address_of(tls_host.url), certificate.fingerprint)
    own = read_certificate(tls_host.home / "tls" / "certificate.pem", tls_host.home / "tls" / "key.pem")
    assert await calling(tls_host.url, verify=context_of(own)) > 0
    assert await calling(tls_host.url, verify=False) > 0


async def test_an_expired_certificate_says_why_it_is_refused(calling: CallHost, tmp_path: Path) -> None:
    expired = read_certificate(*write_certificate(tmp_path / "expired", begins=-9, ends=-1, address="127.0.0.1"))
    with recorder(expired) as server, pytest.raises(UntrustedCertificate) as refused:
        await calling(server.url, verify=context_of(expired))
    assert "expired" in refused.value.reason
    assert server.received == b""


def test_a_proxy_changes_nothing(tls_host: RunningHost, certificate: Certificate) -> None:
    with connect_proxy() as (proxy, asked):
        with httpx.Client(verify=pinned_context(tls_host.fingerprint), proxy=proxy) as client:
            assert client.get(f"{tls_host.url}/readyz").status_code == 200
        wrong = httpx.Client(verify=pinned_context(certificate.fingerprint), proxy=proxy)
        with wrong, pytest.raises(httpx.ConnectError, match="its certificate's fingerprint is"):
            wrong.get(f"{tls_host.url}/readyz")
    assert len(asked) == 2
    assert all(request.startswith(b"CONNECT 127.0.0.1:") for request in asked)


def test_a_client_needs_no_data_folder(tls_host: RunningHost, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("TOMAAT_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    with pytest.raises(UntrustedCertificate), Client(tls_host.url) as client:
        client.apps()
    assert "nobody" not in os.listdir(tmp_path)
