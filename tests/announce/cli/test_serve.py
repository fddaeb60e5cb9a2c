"""``tomaat-announce serve``: from the first start on."""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
from pathlib import Path
from typing import Any

import httpx

from services import COMMAND


def serve(home: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """A service that can't start."""
    variables = os.environ | {"TOMAAT_HOME": str(home)}
    return subprocess.run(
        [*COMMAND, "serve", *options], env=variables, capture_output=True, text=True, encoding="utf-8", timeout=60
    )


def test_the_first_start_makes_a_database_and_says_how_to_make_a_key(start_service: Any) -> None:
    service = start_service()
    assert (service.home / "announce.db").exists()
    assert "tomaat-announce keys create --owner NAME" in service.log
    assert service.discover() == []
    service.make_key()
    service.stop()
    service.start()
    assert "keys create" not in service.log


def test_it_stops_cleanly_and_what_was_announced_is_there_again(start_service: Any, database_url: str) -> None:
    service = start_service(database=database_url)
    service.announce(service.make_key())
    before = service.discover()
    service.stop()
    assert service.process.returncode == 0
    assert "Traceback" not in service.log
    service.start()
    assert service.discover() == before


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = serve(tmp_path, "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert done.stderr.startswith("Error: Can't listen on 127.0.0.1")
    assert "--port" in done.stderr


def test_https_with_a_certificate_of_its_own(start_service: Any) -> None:
    service = start_service(options=("--tls",))
    assert service.url.startswith("https://127.0.0.1:")
    assert httpx.get(f"{service.url}/discover", verify=False).json() == []
    host, _, port = service.url.removeprefix("https://").partition(":")
    served = ssl.get_server_certificate((host, int(port)))
    assert served.strip() == (service.home / "tls" / "certificate.pem").read_text(encoding="utf-8").strip()
    assert "SHA-256 fingerprint is " in service.log


def test_a_certificate_that_is_none_is_said(tmp_path: Path) -> None:
    done = serve(tmp_path, "--port", "0", "--tls-cert", "nowhere.pem")
    assert done.returncode == 1
    assert "There is no certificate file nowhere.pem." in done.stderr


def test_the_log_can_be_json(start_service: Any) -> None:
    service = start_service(options=("--log-format", "json"))
    httpx.get(f"{service.url}/v1/endpoints", headers={"X-Request-Id": "mine"})
    service.stop()
    lines = [json.loads(line) for line in service.log.splitlines()]
    [access] = [line for line in lines if line.get("request") == "mine"]
    assert (access["route"], access["status"]) == ("/v1/endpoints", 200)
