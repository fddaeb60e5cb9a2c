"""A host that serves HTTPS does all that it does without."""

from __future__ import annotations

import hashlib
import socket
import ssl
import time
from pathlib import Path

import httpx
import numpy as np
import pytest
import requests
import SimpleITK as sitk
from requests_toolbelt.adapters.fingerprint import FingerprintAdapter

from conftest import StartHost
from hosts import RunningHost
from tomaat import AsyncClient, Client
from tomaat.tls.certificate import Certificate
from tomaat.tls.server import server_context
from volumes import volume


def reached(host: RunningHost) -> socket.socket:
    address, _, port = host.url.removeprefix("https://").rpartition(":")
    return socket.create_connection((address, int(port)), timeout=10)


def test_a_volume_goes_there_and_labels_come_back(tls_host: RunningHost, tmp_path: Path) -> None:
    image = volume("oblique")
    with Client(tls_host.url, fingerprint=tls_host.fingerprint) as client:
        seen: list[str] = []
        result = client.predict("positive", image=image, on_progress=lambda job: seen.append(job.state))
        labels = sitk.ReadImage(str(result.save("labels", tmp_path / "labels.nrrd")))
    assert np.array_equal(sitk.GetArrayFromImage(labels), sitk.GetArrayFromImage(image) > 0)
    assert seen[-1] == "succeeded"


async def test_events_come_while_a_job_runs(tls_host: RunningHost) -> None:
    async with AsyncClient(tls_host.url, fingerprint=tls_host.fingerprint) as client:
        job = await client.submit("sleeper", seconds=0.3)
        fractions = [state.fraction async for state in client.watch(job)]
    assert len(fractions) > 2
    assert fractions == sorted(fractions)


def test_what_it_prints_is_https_and_its_fingerprint(tls_host: RunningHost) -> None:
    der = ssl.PEM_cert_to_DER_cert((tls_host.home / "tls" / "certificate.pem").read_text(encoding="ascii"))
    digits = hashlib.sha256(der).hexdigest().upper()
    assert tls_host.fingerprint == ":".join(digits[at : at + 2] for at in range(0, 64, 2))
    assert f": {tls_host.url}/v1/apps/echo" in tls_host.log
    assert tls_host.url.startswith("https://")


def test_a_restart_keeps_the_fingerprint(start_lean: StartHost) -> None:
    host = start_lean(options=("--tls",))
    before = host.fingerprint
    host.kill()
    host.start()
    assert host.fingerprint == before


def test_the_settings_file_can_ask_for_it(start_lean: StartHost) -> None:
    assert start_lean("tls = true").url.startswith("https://")


def test_old_versions_of_tls_are_not_spoken(certificate: Certificate) -> None:
    assert server_context(certificate).minimum_version == ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_versions_that_are_spoken(tls_host: RunningHost, version: ssl.TLSVersion) -> None:
    context = ssl.create_default_context(cafile=tls_host.home / "tls" / "certificate.pem")
    context.minimum_version = context.maximum_version = version
    with reached(tls_host) as plain, context.wrap_socket(plain, server_hostname="localhost") as inside:
        assert inside.version() == version.name.replace("_", ".")


def test_slow_handshakes_hold_nobody_up(tls_host: RunningHost) -> None:
    silent = [reached(tls_host) for _ in range(20)]
    for each in silent[::2]:
        each.sendall(b"\x16\x03\x01\x02\x00\x01")  # the first bytes of a greeting, and then nothing
    begun = time.monotonic()
    with Client(tls_host.url, fingerprint=tls_host.fingerprint) as client:
        assert client.apps()
    assert time.monotonic() - begun < 5
    for each in silent:
        each.close()


def test_noise_is_hung_up_on_and_leaves_no_traceback(tls_host: RunningHost) -> None:
    for noise in (b"GET / HTTP/1.1\r\n\r\n", bytes(range(256)) * 64, b"\x16\x03\x01\xff\xff" + b"\x00" * 70000):
        with reached(tls_host) as wire:
            wire.sendall(noise)
            try:
                while wire.recv(4096):
                    pass
            except ConnectionResetError:
                pass
    with httpx.Client(base_url=tls_host.url, verify=False) as client:
        assert client.get("/readyz").status_code == 200
    assert "Traceback" not in tls_host.log


def test_the_adapter_of_the_slicer_extension_goes_by_the_printed_fingerprint(
    tls_host: RunningHost, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):  # requests heeds them more than a session's verify
        monkeypatch.delenv(variable, raising=False)
    with requests.Session() as session:
        session.verify = False
        session.mount(tls_host.url, FingerprintAdapter(tls_host.fingerprint))
        assert session.get(f"{tls_host.url}/echo/interface", timeout=30).json()[0]["type"] == "slider"
    with requests.Session() as session:
        session.verify = False
        session.mount(tls_host.url, FingerprintAdapter(certificate.fingerprint))
        with pytest.raises(requests.exceptions.SSLError):
            session.get(f"{tls_host.url}/echo/interface", timeout=30)
