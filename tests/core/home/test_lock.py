"""Two hosts can't have one data folder, and a host that was killed does not keep the next one out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from calls import processes, until
from hosts import RunningHost
from tomaat.errors import SettingsError
from tomaat.home.lock import HomeLock


def second(host: RunningHost) -> subprocess.CompletedProcess[str]:
    """Another host on the data folder of a running one."""
    environment = os.environ | {"TOMAAT_HOME": str(host.home), "PYTHONPATH": str(host.path)}
    command = [sys.executable, "-m", "tomaat", "serve", "--port", "0"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=60)


def test_the_second_host_is_refused_and_told_who_holds_the_folder(default_host: RunningHost) -> None:
    refused = second(default_host)
    assert refused.returncode != 0
    for words in (f"process {default_host.process.pid}", f"at {default_host.url}", "since 20", "--home"):
        assert words in refused.stderr
    assert "Traceback" not in refused.stderr
    assert default_host.process.poll() is None


def test_a_host_that_was_killed_keeps_nobody_out(start_lean: object) -> None:
    host: RunningHost = start_lean()  # type: ignore[operator]
    host.kill()
    host.start()
    host.stop()
    until(lambda: not processes(host))
    host.start()


def test_a_folder_is_free_when_it_is_released(tmp_path: Path) -> None:
    lock = HomeLock.take(tmp_path)
    with pytest.raises(SettingsError, match=f"process {os.getpid()} on "):
        HomeLock.take(tmp_path)
    lock.release()
    HomeLock.take(tmp_path).release()


def test_what_the_file_holds_does_not_matter_to_the_lock(tmp_path: Path) -> None:
    (tmp_path / "lock").write_bytes(b"\xff not JSON")
    lock = HomeLock.take(tmp_path)
    os.pwrite(lock.descriptor, b"[1, 2", 0)
    with pytest.raises(SettingsError, match="it has not said which"):
        HomeLock.take(tmp_path)
    lock.release()


def test_a_folder_that_can_not_be_locked_is_said(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()
    with pytest.raises(SettingsError, match="can't be locked"):
        HomeLock.take(tmp_path)
