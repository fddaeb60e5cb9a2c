"""``/v1/apps/{app}/weights``: upload, look, use, remove; on a real host, with an app whose weights are one number."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from calls import ended, predict, running, submit, until
from hosts import RunningHost
from number_weights import APP, blob, files, names, number, put

CONFIG = "max_weights = 3000000\n"


def check_problem(response: httpx.Response, status: int, code: str, *words: str) -> None:
    problem = response.json()
    assert (response.status_code, problem["code"]) == (status, code), response.text
    assert all(word in problem["detail"] for word in words), problem["detail"]
    assert "/" not in problem["detail"], "a path"


@pytest.fixture(autouse=True)
def nothing_left(lean: httpx.Client, lean_host: RunningHost) -> Iterator[None]:
    """Each test begins, and ends, with no weights at all."""
    yield
    for name in names(lean):
        assert lean.delete(f"{APP}/weights/{name}").status_code == 204
    assert files(lean_host) == set()


def test_uploaded_weights_are_shown_used_and_removed(lean: httpx.Client, lean_host: RunningHost) -> None:
    content = number(3)
    sha256 = hashlib.sha256(content).hexdigest()
    response = put(lean, "three", content)
    assert response.status_code == 201, response.text
    assert response.headers["etag"] == f'"{sha256}"'
    shown = lean.get(response.headers["location"])
    assert shown.json() == response.json()
    assert shown.headers["etag"] == f'"{sha256}"'
    assert {key: shown.json()[key] for key in ("app", "id", "format", "sha256", "size", "source")} == {
        "app": "numbers",
        "id": "three",
        "format": "num",
        "sha256": sha256,
        "size": len(content),
        "source": "store",
    }
    assert files(lean_host) == {f"{sha256}.num"}
    assert (lean_host.home / "weights" / f"{sha256}.num").stat().st_mode & 0o777 == 0o600
    assert (lean_host.home / "weights").stat().st_mode & 0o777 == 0o700
    job = predict(lean, "numbers", number=5, weights="three").json()
    assert job["results"][0]["value"] == "15 by three"
    assert job["provenance"]["weights"] == f"sha256:{sha256}"
    assert lean.delete(f"{APP}/weights/three").status_code == 204
    assert lean.get(f"{APP}/weights/three").status_code == 404
    assert predict(lean, "numbers", number=5, weights="three").status_code == 422


def test_the_list_is_sorted_and_says_what_a_call_gets(lean: httpx.Client) -> None:
    assert lean.get(f"{APP}/weights").json() == {"weights": [], "default": None}
    put(lean, "b", number(2))
    assert lean.get(f"{APP}/weights").json()["default"] == "b"
    put(lean, "a", number(1))
    listed = lean.get(f"{APP}/weights").json()
    assert [weights["id"] for weights in listed["weights"]] == ["a", "b"]
    assert listed["default"] is None


def test_the_same_id_replaces(lean: httpx.Client, lean_host: RunningHost) -> None:
    assert put(lean, "best", number(2)).status_code == 201
    assert put(lean, "best", number(3)).status_code == 200
    assert names(lean) == ["best"]
    assert predict(lean, "numbers").json()["results"][0]["value"] == "3 by best"
    assert files(lean_host) == {blob(number(3))}


def test_two_ids_of_one_content_share_a_file(lean: httpx.Client, lean_host: RunningHost) -> None:
    for name in ("one", "two"):
        put(lean, name, number(4))
    assert len(files(lean_host)) == 1
    lean.delete(f"{APP}/weights/one")
    assert predict(lean, "numbers").json()["results"][0]["value"] == "4 by two"
    assert len(files(lean_host)) == 1


def test_a_form_with_one_file_is_taken_too(lean: httpx.Client) -> None:
    response = lean.put(f"{APP}/weights/form", files={"file": ("x/../y", number(7))})
    assert response.status_code == 201, response.text
    assert response.json()["sha256"] == hashlib.sha256(number(7)).hexdigest()
    for parts in ({"other": ("a", number(7))}, {"file": ("a", number(7)), "more": ("b", b"b")}):
        check_problem(lean.put(f"{APP}/weights/form", files=parts), 400, "malformed_request", "'file'")


def test_the_file_itself_comes_back_whole_and_in_ranges(lean: httpx.Client) -> None:
    content = number(5, size=200_000)
    put(lean, "long", content)
    whole = lean.get(f"{APP}/weights/long", headers={"Accept": "application/octet-stream"})
    assert (whole.content, whole.headers["content-type"]) == (content, "application/octet-stream")
    assert 'filename="long.num"' in whole.headers["content-disposition"]
    part = lean.get(f"{APP}/weights/long?download=true", headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, content[100:200])
    wrong = lean.get(f"{APP}/weights/long", headers={"Accept": "image/png"})
    assert (wrong.status_code, wrong.json()["code"]) == (406, "not_acceptable")


def test_what_does_not_fit_is_refused_and_leaves_nothing(lean: httpx.Client, lean_host: RunningHost) -> None:
    put(lean, "good", number(2))
    before = files(lean_host)
    for name in ("good", "other"):
        check_problem(put(lean, name, number("many")), 422, "weights_mismatch", "'many")
        check_problem(put(lean, name, number(1001)), 422, "weights_mismatch", "1000 at most")
        check_problem(put(lean, name, b"PK\x03\x04 what else"), 422, "weights_mismatch", "Number (.num)")
        check_problem(put(lean, name, b""), 400, "malformed_request", "empty")
    assert files(lean_host) == before
    assert names(lean) == ["good"]
    assert predict(lean, "numbers").json()["results"][0]["value"] == "2 by good"


@pytest.mark.parametrize("encoded", ["..%2F..%2Fx", "%2e%2e%2f%2e%2e%2fx", "a%20b", "-a", "%2e%2e", "a%00", "%C3%A4"])
def test_an_id_that_is_no_name_is_refused(lean: httpx.Client, lean_host: RunningHost, encoded: str) -> None:
    for method in ("PUT", "GET", "DELETE"):
        url = httpx.URL(lean.base_url, raw_path=f"{APP}/weights/{encoded}".encode())
        response = lean.request(method, url, content=number(1) if method == "PUT" else None)
        assert response.status_code == 400, (method, response.text)
        assert "letters, digits" in response.json()["detail"]
    assert files(lean_host) == set()
    assert not [path for path in lean_host.home.rglob("x") if path.is_file()]


def test_an_id_may_be_encoded(lean: httpx.Client) -> None:
    response = put(lean, "v1%2E5", number(1))
    assert (response.status_code, response.json()["id"]) == (201, "v1.5"), response.text


def test_an_app_that_takes_none_says_so(lean: httpx.Client) -> None:
    for response in (
        lean.get("/v1/apps/echo/weights"),
        lean.get("/v1/apps/echo/weights/x"),
        lean.put("/v1/apps/echo/weights/x", content=number(1)),
        lean.delete("/v1/apps/echo/weights/x"),
    ):
        check_problem(response, 404, "not_found", "'echo' takes no weights")
    check_problem(lean.put("/v1/apps/nope/weights/x", content=number(1)), 404, "not_found", "echo")


def test_an_unknown_id_is_answered_with_those_that_there_are(lean: httpx.Client) -> None:
    check_problem(lean.get(f"{APP}/weights/x"), 404, "not_found", "tomaat weights push numbers")
    put(lean, "a", number(1))
    for response in (lean.get(f"{APP}/weights/x"), lean.delete(f"{APP}/weights/x")):
        check_problem(response, 404, "not_found", "it has a")


def test_a_call_without_weights_to_use_is_refused(lean: httpx.Client, lean_host: RunningHost) -> None:
    check_problem(predict(lean, "numbers"), 422, "invalid_input", "no weights yet", "tomaat weights push numbers")
    for name in ("a", "b"):
        put(lean, name, number(1))
    for refused in (predict(lean, "numbers"), predict(lean, "numbers", weights="")):
        check_problem(refused, 422, "invalid_input", "a, b")
    response = predict(lean, "numbers", weights="c")
    check_problem(response, 422, "invalid_input", "'c'", "a, b")
    assert response.json()["field"] == "weights"
    assert predict(lean, "numbers", weights="../../b").status_code == 422
    assert lean.get("/v1/jobs?app=numbers&state=queued").json()["jobs"] == []


@pytest.mark.parametrize("chunked", [False, True])
def test_too_much_is_refused_and_the_answer_arrives(lean: httpx.Client, lean_host: RunningHost, chunked: bool) -> None:
    pieces = (number(1, size=2**20) for _ in range(40))
    headers = {} if chunked else {"Content-Length": str(40 * 2**20)}
    response = lean.put(f"{APP}/weights/big", content=pieces, headers=headers)
    check_problem(response, 413, "too_large", "2.9 MiB")
    assert names(lean) == []
    assert files(lean_host) == set()


def test_a_running_job_keeps_the_weights_that_it_started_with(lean: httpx.Client, lean_host: RunningHost) -> None:
    put(lean, "best", number(2))
    job = submit(lean, "numbers", number=5, seconds=1.5, weights="best")
    behind = submit(lean, "numbers", number=6, weights="best")
    running(lean, job)
    assert put(lean, "best", number(3)).status_code == 200
    assert lean.delete(f"{APP}/weights/best").status_code == 204
    assert names(lean) == []
    assert ended(lean, job)["results"][0]["value"] == "10 by best"
    assert ended(lean, behind)["results"][0]["value"] == "12 by best"
    until(lambda: not files(lean_host))


def test_pushes_of_one_id_at_once_leave_one_of_them(lean: httpx.Client, lean_host: RunningHost) -> None:
    barrier = threading.Barrier(6)

    def push(value: int) -> int:
        barrier.wait()
        return put(lean, "same", number(value, size=100_000)).status_code

    with ThreadPoolExecutor(6) as threads:
        statuses = set(threads.map(push, range(6)))
    assert statuses <= {200, 201}
    kept = lean.get(f"{APP}/weights/same?download=1").content
    assert kept in [number(value, size=100_000) for value in range(6)]
    assert files(lean_host) == {blob(kept)}


def test_interfaces_show_the_weights_that_there_are(lean: httpx.Client) -> None:
    def choice() -> Any:
        (found,) = (each for each in lean.get(APP).json()["inputs"] if each["destination"] == "weights")
        listed = next(app for app in lean.get("/v1/apps").json()["apps"] if app["name"] == "numbers")
        assert found in listed["inputs"]
        return found

    def form() -> Any:
        path = lean.get("/docs/openapi.json").json()["paths"][f"{APP}/predict"]["post"]
        return path["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]["weights"]

    assert (choice()["options"], choice()["default"], choice()["required"]) == ([], None, False)
    assert "enum" not in form()
    put(lean, "b", number(1))
    assert (choice()["options"], choice()["default"]) == (["b"], "b")
    put(lean, "a", number(1))
    assert (choice()["options"], choice()["default"]) == (["a", "b"], None)
    assert form()["enum"] == ["a", "b"]
    assert "<option>a</option><option>b</option>" in lean.get(APP.removeprefix("/v1")).text


@pytest.mark.parametrize("device", ["gpu", "cuda", "cuda:x", "CPU", "cuda:-1", "../x"])
def test_a_device_that_is_none_is_refused(lean: httpx.Client, device: str) -> None:
    put(lean, "a", number(1))
    for path in (f"{APP}/predict", f"{APP}/jobs"):
        response = lean.post(path, params={"device": device}, files={"number": (None, "2")})
        assert (response.status_code, response.json()["code"]) == (422, "invalid_input")
        assert response.json()["field"] == "device"
        assert "cuda:0" in response.json()["detail"]


def test_the_device_is_chosen_by_request(lean: httpx.Client) -> None:
    put(lean, "a", number(1))
    response = lean.post(f"{APP}/predict", params={"device": "cpu"}, files={"number": (None, "2")})
    assert response.json()["provenance"]["device"] == "cpu"
    absent = lean.post(f"{APP}/predict", params={"device": "cuda:97"}, files={"number": (None, "2")})
    assert (absent.status_code, absent.json()["field"]) == (422, "device")
    assert "cpu" in absent.json()["detail"]
