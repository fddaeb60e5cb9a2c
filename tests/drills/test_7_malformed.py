"""Drill 7: thousands of malformed requests. No server error but 503, nothing leaked, memory back to where it was.

600 of them unless ``TOMAAT_TEST_FUZZ`` says otherwise; where it does, each run sends others.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from http import HTTPMethod
from pathlib import Path
from unittest import SkipTest

import httpx
import pytest
import schemathesis
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

import images
from calls import predict, until, workers
from hosts import RunningHost
from malformed import Fuzzer, as_old_clients_send, damaged_images, forms, names, requests, texts
from number_weights import number, put
from vitals import MIB, Vitals, vitals

APPS = ("echo", "positive", "everything", "numbers")
OTHER_APPS = rf"^/v1/apps/(?!{{|{'|'.join(APPS)})"
"""Those that fail or sleep on purpose: what they answer says nothing of the host."""
CONFIG = "retention = 1\n" + "".join(f"[apps.{app}]\nidle_timeout = 1\n" for app in APPS)
PATHS = ("/", "/v1/apps", "/v1/apps/echo/predict", "/v1/jobs", "/v1/jobs/x/events", "/echo/predict", "/interface")
FORM = {"Content-Type": "multipart/form-data; boundary=b"}
GROWTH = 30 * MIB
"""What caches of the interpreter and of libraries may still take after the first of each kind of request."""


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory, lean_apps: Path) -> Iterator[Fuzzer]:
    """A host to send these requests to; each kind of good request was served once."""
    host = RunningHost(home=tmp_path_factory.mktemp("fuzzed"), path=lean_apps, config=CONFIG)
    host.start()
    fuzzer = Fuzzer(host, random="TOMAAT_TEST_FUZZ" in os.environ)
    assert predict(fuzzer.client, "echo").status_code == 200
    assert predict(fuzzer.client, "positive", image=images.file_of(images.ball())).status_code == 200
    assert put(fuzzer.client, "good", number(3)).status_code == 201
    send_our_own(fuzzer, 100)  # the host then has imported what each kind needs
    yield fuzzer
    fuzzer.client.close()
    host.kill()


def send_our_own(fuzzer: Fuzzer, count: int) -> None:
    """All kinds of malformed requests that we make ourselves, so many in all."""
    send_images(fuzzer, count * 3 // 10)
    send_forms(fuzzer, count * 3 // 10)
    send_bytes(fuzzer, count * 3 // 10)
    send_weights(fuzzer, count // 10)


def send_what_the_document_allows(fuzzer: Fuzzer, count: int) -> None:
    """What schemathesis makes of the OpenAPI document: requests that it allows, and others that it does not."""
    document = schemathesis.openapi.from_url(f"{fuzzer.host.url}/docs/openapi.json").exclude(path_regex=OTHER_APPS)
    operations = [found.ok() for found in document.get_all_operations()]

    def send(case: schemathesis.Case) -> None:
        answer = case.call(timeout=60)
        fuzzer.judge(answer.status_code, case.as_curl_command())

    each = max(count // (2 * len(operations)), 1)
    for operation in operations:
        fuzzer.each(each, send, case=operation.as_strategy())
        # Of a path alone nothing can be said that is wrong by the document, and to find that out takes seconds.
        if operation.query or operation.body:
            with suppress(Unsatisfiable, SkipTest):
                fuzzer.each(each, send, case=operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))


def send_images(fuzzer: Fuzzer, count: int) -> None:
    """Damaged images, over each protocol."""

    def send(content: bytes, path: str) -> None:
        if path.startswith("/v1"):
            fuzzer.post(path, files={"image": ("a.nii.gz", content)})
        else:
            fuzzer.post(path, data={"image": as_old_clients_send(content)})
            fuzzer.post(path, files={"image": ("a", as_old_clients_send(content))})

    paths = ("/v1/apps/positive/predict", "/v1/apps/positive/jobs", "/positive/predict")
    fuzzer.each(count * 3 // 4, send, content=damaged_images(), path=st.sampled_from(paths))


def send_forms(fuzzer: Fuzzer, count: int) -> None:
    """Fields with odd names and values, and bodies that are no form."""
    apps = st.sampled_from((*APPS, "é", "..", "%2e%2e"))
    routes = st.sampled_from(("/v1/apps/{}/predict", "/v1/apps/{}/jobs", "/{}/predict"))

    def send(app: str, route: str, name: str, text: str) -> None:
        fuzzer.post(route.format(app), files={name: (None, text)})

    fuzzer.each(count // 2, send, app=apps, route=routes, name=names(), text=texts())

    def send_body(app: str, route: str, body: bytes) -> None:
        fuzzer.post(route.format(app), content=body, headers=FORM)

    fuzzer.each(count // 2, send_body, app=apps, route=routes, body=forms())


def send_bytes(fuzzer: Fuzzer, count: int) -> None:
    """What is not even HTTP, or only nearly."""
    fuzzer.each(count, fuzzer.raw, content=requests(PATHS))


def send_weights(fuzzer: Fuzzer, count: int) -> None:
    """Files that are no weights, ids that are none, and jobs that want such."""
    ids = st.one_of(st.sampled_from(("good", "..", "%2e%2e%2f", "a" * 300, "é", ".x")), st.text(max_size=20))
    methods = st.sampled_from((HTTPMethod.PUT, HTTPMethod.GET, HTTPMethod.DELETE))
    content = st.one_of(st.binary(max_size=100), st.just(b"NUMBER x"), st.just(b"NUMBER 1e400"))

    def send(method: HTTPMethod, weights_id: str, content: bytes) -> None:
        try:
            answer = fuzzer.client.request(method, f"/v1/apps/numbers/weights/{weights_id}", content=content)
        except (httpx.InvalidURL, UnicodeError):
            return
        fuzzer.judge(answer.status_code, f"{method} {weights_id!r}: {answer.text[:300]}")

    fuzzer.each(count, send, method=methods, weights_id=ids, content=content)


def test_no_server_error_and_nothing_is_left_behind(fuzzed: Fuzzer, malformed_requests: int) -> None:
    before = calm(fuzzed.host)
    sent = fuzzed.sent
    send_what_the_document_allows(fuzzed, malformed_requests // 10)
    while (left := malformed_requests - fuzzed.sent + sent) > 0:
        send_our_own(fuzzed, max(left, 10))
    after = calm(fuzzed.host)
    assert after.folders == before.folders == ()
    assert after.processes == before.processes
    assert after.descriptors == before.descriptors
    assert after.memory - before.memory < GROWTH
    assert list((fuzzed.host.home / "weights" / "incoming").iterdir()) == []
    assert predict(fuzzed.client, "echo").status_code == 200
    assert "Traceback" not in fuzzed.host.log


def calm(host: RunningHost) -> Vitals:
    """What the host holds once all jobs have ended, their results have expired and idle workers have left."""
    deadline = time.monotonic() + 60
    while (folders := host.job_folders) or workers(host):
        assert time.monotonic() < deadline, f"{folders} {[_named(pid) for pid in workers(host)]}\n{host.log[-4000:]}"
        time.sleep(0.05)
    seen = [vitals(host)]

    def settled() -> Vitals | None:
        seen.append(vitals(host))
        return seen[-1] if seen[-1].descriptors == seen[-2].descriptors else None

    return until(settled, seconds=60)


def _named(pid: int) -> str:
    """A process, for whoever looks why it is still there."""
    return f"{pid} {Path(f'/proc/{pid}/cmdline').read_text(encoding='utf-8')[:80]}"
