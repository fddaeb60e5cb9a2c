"""A certificate of one's own: what is wrong with it is said before anybody connects."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import StartHost
from tls_servers import GIVEN_NAMES, write_certificate
from tomaat import Client
from tomaat.errors import SettingsError
from tomaat.tls.certificate import read_certificate
from tomaat.tls.server import choose_certificate, server_context


def test_a_host_serves_with_it(tmp_path: Path, start_lean: StartHost) -> None:
    cert, key = write_certificate(tmp_path / "given")
    host = start_lean(options=("--tls-cert", str(cert), "--tls-key", str(key)))
    assert host.url.startswith("https://")
    assert host.fingerprint == read_certificate(cert, key).fingerprint
    assert not (host.home / "tls").exists()
    assert "The certificate is not for 127.0.0.1" in host.log
    with Client(host.url, fingerprint=host.fingerprint) as client:
        assert client.apps()


def test_the_key_may_stand_in_the_same_file(tmp_path: Path) -> None:
    cert, key = write_certificate(tmp_path)
    both = tmp_path / "both.pem"
    both.write_bytes(key.read_bytes() + cert.read_bytes())
    certificate = choose_certificate(tmp_path, own=False, cert=both)
    assert certificate is not None
    assert certificate.names == (*GIVEN_NAMES, "192.0.2.1")
    server_context(certificate)


def test_a_wildcard_is_for_one_level(tmp_path: Path) -> None:
    certificate = read_certificate(*write_certificate(tmp_path))
    assert certificate.covers("GPU1.example.")
    assert certificate.covers("a.lab.example")
    assert not certificate.covers("a.b.lab.example")
    assert not certificate.covers("lab.example")


@pytest.mark.parametrize("days", [(-20, -3), (3, 20)])
def test_dates_are_warned_of(tmp_path: Path, days: tuple[float, float]) -> None:
    certificate = read_certificate(*write_certificate(tmp_path, begins=days[0], ends=days[1]))
    assert len(certificate.warnings(["gpu1.example"])) == 1


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    cert, key = write_certificate(tmp_path)
    with pytest.raises(SettingsError, match="There is no certificate file"):
        choose_certificate(tmp_path, own=False, cert=tmp_path / "none.pem", key=key)
    with pytest.raises(SettingsError, match="There is no key file"):
        choose_certificate(tmp_path, own=False, cert=cert, key=tmp_path / "none.pem")
    with pytest.raises(SettingsError, match="no --tls-cert"):
        choose_certificate(tmp_path, own=True, key=key)
    with pytest.raises(SettingsError, match="holds no private key"):
        choose_certificate(tmp_path, own=False, cert=cert)


def test_what_is_no_pem_is_said(tmp_path: Path) -> None:
    cert, key = write_certificate(tmp_path)
    (tmp_path / "other.pem").write_bytes(b"\x30\x82\x01")
    with pytest.raises(SettingsError, match="holds no certificate"):
        read_certificate(tmp_path / "other.pem", key)
    with pytest.raises(SettingsError, match="holds no private key"):
        read_certificate(cert, tmp_path / "other.pem")
    with pytest.raises(SettingsError, match="holds no certificate"):
        read_certificate(key, key)
    with pytest.raises(SettingsError, match="can't be read"):
        read_certificate(tmp_path, key)


def test_another_certificate_s_key_is_refused(tmp_path: Path) -> None:
    cert, _ = write_certificate(tmp_path / "one")
    _, key = write_certificate(tmp_path / "two")
    with pytest.raises(SettingsError, match="does not belong to the certificate"):
        read_certificate(cert, key)


def test_an_encrypted_key_asks_nobody_for_a_passphrase(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"is encrypted.*openssl pkey"):
        read_certificate(*write_certificate(tmp_path, password=b"secret"))


def test_serve_says_it_in_one_line(tmp_path: Path, start_lean: StartHost) -> None:
    with pytest.raises(RuntimeError) as stopped:
        start_lean(options=("--tls-cert", str(tmp_path / "none.pem")))
    assert "Error: There is no certificate file" in str(stopped.value)
    assert "Traceback" not in str(stopped.value)
