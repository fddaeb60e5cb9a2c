"""A backup that is made as the page says is one, and the unit and the image's recipe are what they say."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx

from calls import ended, submit
from documents import DOCS, ROOT, Block, blocks, run_bash
from hosts import RunningHost
from number_weights import names, number, put

StartHost = Callable[..., RunningHost]

DEPLOY = ROOT / "contrib" / "deploy"
HOME = "/var/lib/tomaat"


def commands(name: str, home: Path) -> list[Block]:
    """The page's commands, for another data folder."""
    (block,) = blocks(DOCS / "operation.md", language="bash", note=f"operation: {name}")
    return [replace(block, text=block.text.replace(HOME, str(home)))]


def test_a_backup_of_a_running_host_can_be_restored(start_host: StartHost, lean_apps: Path, tmp_path: Path) -> None:
    folder, restored = tmp_path / "backup", tmp_path / "restored"
    folder.mkdir()
    host = start_host(path=lean_apps)
    with httpx.Client(base_url=host.url, timeout=60) as client:
        assert put(client, "best", number(3)).status_code == 201
        job = ended(client, submit(client, "echo", number=4))
        waits = [submit(client, "sleeper", seconds=1) for _ in range(2)]
        run_bash(commands("backup", host.home), host.url, folder)
    host.kill()
    run_bash(commands("restore", restored), host.url, folder)
    again = RunningHost(home=restored, path=lean_apps)
    again.start()
    try:
        with httpx.Client(base_url=again.url, timeout=60) as client:
            assert client.get(job["results"][0]["href"]).text == "one 4"
            assert names(client) == ["best"]
            assert [ended(client, one)["state"] for one in waits] == ["succeeded"] * 2
    finally:
        again.kill()


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    text = (DEPLOY / "tomaat.service").read_text(encoding="utf-8")
    program = re.search(r"^ExecStart=(\S+) serve$", text, re.MULTILINE)
    assert program
    if verify := shutil.which("systemd-analyze"):
        unit = tmp_path / "tomaat.service"
        unit.write_text(text.replace(program[1], str(Path(sys.executable).parent / "tomaat")), encoding="utf-8")
        done = subprocess.run(
            [verify, "verify", "--man=no", str(unit)], capture_output=True, text=True, encoding="utf-8", timeout=60
        )
        complaints = [line for line in done.stderr.splitlines() if "tomaat.service" in line]
        assert complaints == []


def test_the_image_is_made_of_what_is_there() -> None:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    for path in re.findall(r"/src/(\S+)", text):
        assert (ROOT / path).exists(), path
