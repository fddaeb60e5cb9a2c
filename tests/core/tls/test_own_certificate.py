"""The certificate that a server makes for itself."""

from __future__ import annotations

import logging
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conftest import StartHost
from tls_servers import write_certificate
from tomaat import Client
from tomaat.errors import SettingsError
from tomaat.tls.certificate import Certificate
from tomaat.tls.own import called, own_certificate, server_names
from tomaat.tls.server import choose_certificate


def make(folder: Path, names: tuple[str, ...] = ("localhost",)) -> Certificate:
    return own_certificate(folder / "certificate.pem", folder / "key.pem", names)


def test_it_is_made_once_and_kept(tmp_path: Path) -> None:
    first = make(tmp_path / "tls")
    assert make(tmp_path / "tls", ("elsewhere.example",)) == first
    assert first.ends > datetime.now(UTC) + timedelta(days=3650)
    assert [path.name for path in sorted((tmp_path / "tls").iterdir())] == ["certificate.pem", "key.pem"]


def test_only_its_owner_can_read_the_key(tmp_path: Path) -> None:
    certificate = make(tmp_path / "tls")
    assert (tmp_path / "tls").stat().st_mode & 0o777 == 0o700
    assert certificate.key.stat().st_mode & 0o777 == 0o600


def test_a_key_that_others_can_read_is_closed_and_told_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    certificate = make(tmp_path)
    certificate.key.chmod(0o644)
    with caplog.at_level(logging.WARNING, "tomaat"):
        assert make(tmp_path).fingerprint == certificate.fingerprint
    assert certificate.key.stat().st_mode & 0o777 == 0o600
    assert "could be read by others" in caplog.text


def test_processes_that_start_at_once_get_the_same(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tomaat.tls.own import own_certificate; folder = Path(sys.argv[1]);"
        "print(own_certificate(folder / 'certificate.pem', folder / 'key.pem', ['localhost']).fingerprint)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "tls")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    fingerprints = {process.communicate(timeout=60)[0].strip() for process in running}
    assert fingerprints == {make(tmp_path / "tls").fingerprint}


def test_it_is_for_what_the_server_is_called(tmp_path: Path) -> None:
    names = server_names("10.1.2.3", "https://[2001:DB8::5]:9001/tomaat")
    certificate = make(tmp_path, tuple(names))
    assert {"localhost", "127.0.0.1", "::1", "10.1.2.3", "2001:db8::5"} <= set(certificate.names)
    assert certificate.warnings(called("10.1.2.3", "https://gpu1.example:9001")) == [
        "The certificate is not for gpu1.example: clients that go by its fingerprint take it, and others refuse it."
    ]
    assert certificate.warnings(called("0.0.0.0")) == []
    assert "127.0.0.1" in server_names("0.0.0.0")


@pytest.mark.parametrize("missing", ["certificate.pem", "key.pem"])
def test_half_of_it_is_no_reason_for_a_new_one(tmp_path: Path, missing: str) -> None:
    make(tmp_path)
    (tmp_path / missing).unlink()
    with pytest.raises(SettingsError, match=r"There is no .* Put the old files back.* or remove both") as error:
        make(tmp_path)
    assert not (tmp_path / missing).exists()
    assert error.value.detail.count("\n") == 0


@pytest.mark.parametrize("damaged", ["certificate.pem", "key.pem"])
def test_a_damaged_one_is_not_replaced(tmp_path: Path, damaged: str) -> None:
    make(tmp_path)
    (tmp_path / damaged).write_bytes(b"\x00\xff")
    with pytest.raises(SettingsError, match="Put the old files back"):
        make(tmp_path)
    assert (tmp_path / damaged).read_bytes() == b"\x00\xff"


def test_an_expired_one_is_told_of_and_still_trusted_by_its_fingerprint(tmp_path: Path, start_lean: StartHost) -> None:
    write_certificate(tmp_path / "home0" / "tls", begins=-20, ends=-3)
    host = start_lean(options=("--tls",))
    expired = make(tmp_path / "home0" / "tls")
    assert expired.fingerprint == host.fingerprint
    assert f"The certificate expired on {expired.ends:%Y-%m-%d}" in host.log
    with Client(host.url, fingerprint=host.fingerprint) as client:
        assert client.apps()


def test_a_folder_that_can_t_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "tls").write_text("a file")
    with pytest.raises(SettingsError, match="can't be kept"):
        make(tmp_path / "tls")


def test_without_a_wish_for_tls_there_is_none(tmp_path: Path) -> None:
    assert choose_certificate(tmp_path, own=False) is None
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_none_is_left_out_and_told_of(tmp_path: Path) -> None:
    certificate = make(tmp_path, ("localhost", "gpu1..example", "a" * 64))
    assert certificate.names == ("localhost",)
    (warning,) = certificate.warnings(called("localhost", "https://gpu1..example:9001"))
    assert "not for gpu1..example" in warning
