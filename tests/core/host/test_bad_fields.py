"""A form field that does not fit is refused before any worker sees it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

import images
from calls import form, until
from hosts import RunningHost

CASES: list[tuple[str, dict[str, Any], str, str]] = [
    ("positive", {}, "image", "missing"),
    ("everything", {"level": "0"}, "fixed", "missing"),
    ("faulty", {}, "how", "missing"),
    ("echo", {"number": "many"}, "number", "from 0 to 10"),
    ("echo", {"number": "11"}, "number", "from 0 to 10"),
    ("echo", {"number": "-0.001"}, "number", "from 0 to 10"),
    ("echo", {"number": "nan"}, "number", "from 0 to 10"),
    ("echo", {"number": "1_0"}, "number", "from 0 to 10"),
    ("echo", {"number": "1,5"}, "number", "from 0 to 10"),
    ("echo", {"number": "٣"}, "number", "from 0 to 10"),
    ("echo", {"flag": "perhaps"}, "flag", "True or False"),
    ("echo", {"word": "three"}, "word", "one"),
    ("echo", {"word": "One"}, "word", "one"),
    ("faulty", {"how": ""}, "how", "exception"),
]


@pytest.mark.parametrize(("app", "fields", "field", "expected"), CASES)
def test_the_field_and_what_it_takes_are_named(
    lean: httpx.Client, lean_host: RunningHost, app: str, fields: dict[str, Any], field: str, expected: str
) -> None:
    before = lean_host.job_folders
    for path in (f"/v1/apps/{app}/predict", f"/v1/apps/{app}/jobs"):
        if fields:
            answer = lean.post(path, files=form(fields))
        else:
            headers = {"Content-Type": "multipart/form-data; boundary=b"}
            answer = lean.post(path, content=b"--b--\r\n", headers=headers)
        assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, "invalid_input", field)
        assert f"'{field}'" in answer.json()["detail"]
        assert expected in answer.json()["detail"]
    old = lean.post(f"/{app}/predict", files=form(fields | {"module_version": "Slicer-v2"}))
    assert old.status_code == 422
    assert f"'{field}'" in old.json()[0]["content"]
    until(lambda: lean_host.job_folders == before, seconds=3)


def test_an_unknown_field_is_refused_by_the_api_which_says_what_there_is(
    lean: httpx.Client, lean_host: RunningHost
) -> None:
    before = lean_host.job_folders
    answer = lean.post("/v1/apps/echo/predict", files=form({"nubmer": 3}))
    assert (answer.status_code, answer.json()["field"]) == (422, "nubmer")
    assert "number, flag, word" in answer.json()["detail"]
    assert set(lean_host.job_folders) <= set(before)


def test_an_unknown_field_is_passed_over_by_the_old_protocol(lean: httpx.Client) -> None:
    answer = lean.post("/echo/predict", files=form({"number": 3, "module_version": "Slicer-v2", "big": bytes(100)}))
    assert answer.json()[0]["content"] == "one 3"


@pytest.mark.parametrize("path", ["/v1/apps/echo/predict", "/echo/predict"])
def test_a_field_that_comes_twice_is_refused(lean: httpx.Client, lean_host: RunningHost, path: str) -> None:
    before = lean_host.job_folders
    answer = lean.post(path, files=[("number", (None, "3")), ("number", (None, "4"))])
    assert answer.status_code == 400
    assert "'number'" in answer.text
    assert set(lean_host.job_folders) <= set(before)


@pytest.mark.parametrize("name", ["../../escaped", "image/../../x", "/etc/x", "", "im\0age"])
def test_a_field_s_name_is_never_a_path(lean: httpx.Client, lean_host: RunningHost, name: str) -> None:
    before = lean_host.job_folders
    body = b'--b\r\nContent-Disposition: form-data; name="%s"; filename="x"\r\n\r\nx\r\n--b--\r\n' % name.encode()
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = lean.post("/v1/apps/positive/predict", content=body, headers=headers)
    assert 400 <= answer.status_code < 500
    assert set(lean_host.job_folders) <= set(before)


def test_the_name_of_an_uploaded_file_means_nothing(lean: httpx.Client) -> None:
    content = images.file_of(images.ball(), "a.mha")
    for name in ("../../../etc/passwd", "x.dcm", "ä b.nii.gz", "a" * 300):
        answer = lean.post("/v1/apps/positive/predict", files={"image": (name, content)})
        assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    "body",
    [b"", b"--b", b"--x\r\n\r\n", b'--b\r\nContent-Disposition: form-data; name="number"\r\n\r\n3', b"\0" * 100],
)
@pytest.mark.parametrize("path", ["/v1/apps/echo/predict", "/echo/predict"])
def test_a_form_that_is_damaged_or_cut_off_is_refused(
    lean: httpx.Client, lean_host: RunningHost, path: str, body: bytes
) -> None:
    before = lean_host.job_folders
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = lean.post(path, content=body, headers=headers)
    assert answer.status_code == 400, answer.text
    assert set(lean_host.job_folders) <= set(before)


def test_a_text_field_may_not_be_a_novel(lean: httpx.Client) -> None:
    answer = lean.post("/v1/apps/echo/predict", files={"number": (None, "1" * (5 * 2**20))})
    assert (answer.status_code, answer.json()["field"]) == (413, "number")


def test_a_text_that_is_no_utf_8_is_refused(lean: httpx.Client) -> None:
    answer = lean.post("/v1/apps/echo/predict", files={"word": (None, b"\xff\xfe")})
    assert (answer.status_code, answer.json()["field"]) == (400, "word")
