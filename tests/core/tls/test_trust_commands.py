"""``tomaat trust`` and ``--fingerprint``, and what is asked at a terminal."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from hosts import RunningHost
from tomaat.tls.certificate import Certificate
from tomaat.tls.known_hosts import KnownHosts, address_of

TOMAAT = [sys.executable, "-m", "tomaat"]
OTHER = ":".join(["AB"] * 32)


def tomaat(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A command of a script: nobody is at a terminal."""
    return subprocess.run(
        [*TOMAAT, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8", timeout=60
    )


def at_terminal(answer: str, *arguments: str) -> tuple[int, str, str]:
    """A command of a person who types ``answer`` when asked: exit code, stdout, and what stands on the terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*TOMAAT, *arguments], stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, text=True, encoding="utf-8"
    )
    os.close(theirs)
    os.write(ours, answer.encode())
    shown = b""
    try:
        while chunk := os.read(ours, 4096):
            shown += chunk
    except OSError:  # so says Linux when the other end is closed
        pass
    os.close(ours)
    stdout, _ = process.communicate(timeout=60)
    return process.returncode, stdout, shown.decode("utf-8")


def test_a_script_is_not_asked_and_told_what_to_do(tls_host: RunningHost, known: KnownHosts) -> None:
    done = tomaat("apps", tls_host.url)
    assert (done.returncode, done.stdout) == (1, "")
    assert tls_host.fingerprint in done.stderr
    assert "--fingerprint" in done.stderr
    assert done.stderr.count("\n") == 1
    assert known.all() == {}


def test_a_fingerprint_is_enough_for_every_command_and_is_not_kept(tls_host: RunningHost, known: KnownHosts) -> None:
    pin = ("--fingerprint", tls_host.fingerprint)
    assert "echo" in tomaat("apps", tls_host.url, *pin).stdout
    assert tomaat("predict", f"{tls_host.url}/echo", "-p", "word=two", *pin).stdout == "answer: two 1\n"
    assert json.loads(tomaat("jobs", "list", tls_host.url, "--json", *pin).stdout)["jobs"][0]["app"] == "echo"
    assert "takes no weights" in tomaat("weights", "list", f"{tls_host.url}/echo", *pin).stderr
    assert known.all() == {}


def test_a_wrong_fingerprint_stops_every_command(tls_host: RunningHost) -> None:
    done = tomaat("predict", f"{tls_host.url}/echo", "--fingerprint", OTHER)
    assert done.returncode == 1
    assert "another certificate than the one that you want" in done.stderr
    assert "no SHA-256 fingerprint" in tomaat("apps", tls_host.url, "--fingerprint", "AB").stderr


def test_whoever_says_yes_is_not_asked_again(tls_host: RunningHost, known: KnownHosts) -> None:
    code, stdout, shown = at_terminal("y\n", "apps", tls_host.url, "--json")
    assert code == 0, shown
    assert json.loads(stdout)["apps"]
    assert stdout.startswith("{")
    assert f"Its SHA-256 fingerprint is {tls_host.fingerprint}." in shown.replace("\r\n", "\n")
    assert "Trust it? [y/N]" in shown
    assert known.all() == {address_of(tls_host.url): tls_host.fingerprint}
    code, _, shown = at_terminal("", "apps", tls_host.url)
    assert (code, shown) == (0, "")
    assert tomaat("apps", tls_host.url).returncode == 0


@pytest.mark.parametrize("answer", ["n\n", "\n", "\x04"])
def test_whoever_does_not_say_yes_sends_nothing(tls_host: RunningHost, known: KnownHosts, answer: str) -> None:
    code, stdout, shown = at_terminal(answer, "predict", f"{tls_host.url}/echo")
    assert (code, stdout) == (1, "")
    assert "is not trusted, and nothing was sent to it" in shown
    assert known.all() == {}


def test_ctrl_c_is_an_answer(tls_host: RunningHost, known: KnownHosts) -> None:
    """The terminal has to be the command's own for that, which takes a session of its own."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [*TOMAAT, "apps", tls_host.url])
    shown = b""
    while b"[y/N]" not in shown:
        shown += os.read(terminal, 4096)
    os.write(terminal, b"\x03")
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 130
    assert known.all() == {}


def test_a_changed_certificate_is_no_question(tls_host: RunningHost, known: KnownHosts) -> None:
    known.add(address_of(tls_host.url), OTHER)
    code, _, shown = at_terminal("y\n", "apps", tls_host.url)
    assert code == 1
    assert "has changed" in shown
    assert "[y/N]" not in shown
    assert known.all() == {address_of(tls_host.url): OTHER}


def test_hosts_are_added_listed_and_removed(tls_host: RunningHost, known: KnownHosts, certificate: Certificate) -> None:
    address = address_of(tls_host.url)
    assert tomaat("trust", "list").stdout == "No host is trusted by its fingerprint yet.\n"
    assert tomaat("trust", "add", f"{tls_host.url}/echo", "--fingerprint", OTHER).stdout == f"Trusted: {address}\n"
    assert "Remove that one first" in tomaat("trust", "add", address, "--fingerprint", certificate.fingerprint).stderr
    assert tomaat("trust", "add", address, "--fingerprint", OTHER.lower()).returncode == 0
    assert json.loads(tomaat("trust", "list", "--json").stdout) == {"hosts": [{"host": address, "fingerprint": OTHER}]}
    assert OTHER in tomaat("trust", "list").stdout
    assert tomaat("trust", "remove", tls_host.url).returncode == 0
    assert "tomaat trust list" in tomaat("trust", "remove", tls_host.url).stderr
    assert known.all() == {}


def test_add_without_a_fingerprint_asks(tls_host: RunningHost, known: KnownHosts) -> None:
    code, _, shown = at_terminal("yes\n", "trust", "add", address_of(tls_host.url))
    assert code == 0, shown
    assert known.all() == {address_of(tls_host.url): tls_host.fingerprint}
    known.path.unlink()
    assert tls_host.fingerprint in tomaat("trust", "add", tls_host.url).stderr
    assert known.all() == {}


def test_a_wrong_address_is_said(tmp_path: Path) -> None:
    assert "no address of HTTPS" in tomaat("trust", "add", "http://gpu1:9001", "--fingerprint", OTHER).stderr
