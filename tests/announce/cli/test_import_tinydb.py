"""``tomaat-announce import-tinydb``: TOMAAT's keys go on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

KEYS = [letter * 64 for letter in "abc"]
VERSION_3 = '{"_default":{"1":{"api_key":"FIRST"},"3":{"api_key":"SECOND"}}}'
"""As TinyDB 3.15 writes it, after the second of three was removed."""
VERSION_4 = '{"_default": {"1": {"api_key": "FIRST"}, "3": {"api_key": "SECOND"}}}'
"""As TinyDB 4.8 does."""
VERSION_1 = '{"_default": [{"_id": 1, "api_key": "FIRST"}, {"_id": 3, "api_key": "SECOND"}]}'
TABLES = '{"_default": {"1": {"api_key": "FIRST"}}, "old": {"1": {"api_key": "FIRST"}, "2": {"api_key": "SECOND"}}}'


def filled(content: str) -> str:
    """A file of that shape, with keys in it."""
    return content.replace("FIRST", KEYS[0]).replace("SECOND", KEYS[1])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "api_key_db.json"


@pytest.mark.parametrize("content", [VERSION_1, VERSION_3, VERSION_4, TABLES])
def test_keys_of_all_versions_are_imported_once(sqlite_place: Any, file: Path, content: str) -> None:
    file.write_text(filled(content))
    assert sqlite_place.done("import-tinydb", str(file)) == "2 keys imported.\n"
    assert sqlite_place.done("import-tinydb", str(file)) == "0 keys imported, 2 known already.\n"
    for key in sqlite_place.json("keys", "list")["keys"]:
        assert (key["owner"], key["note"], key["max_endpoints"]) == ("TOMAAT", "imported from api_key_db.json", 1)


def test_imported_keys_announce_as_in_tomaat(start_service: Any, database_url: str, file: Path) -> None:
    """One service for each key, and another takes its place."""
    file.write_text(filled(VERSION_3))
    service = start_service(database=database_url)
    done = service.command("import-tinydb", str(file), "--owner", "Anna", "--note", "from the old machine")
    assert done.stdout == "2 keys imported.\n", done.stderr
    for number in (1, 2):
        assert service.announce(KEYS[0], base=f"http://host{number}").json() == {"status": 0, "error": ""}
    assert service.announce(KEYS[1], base="http://host3").json() == {"status": 0, "error": ""}
    assert service.announce(KEYS[2], base="http://host4").json()["status"] == 1
    urls = {found["prediction_url"] for found in service.discover()}
    assert urls == {"http://host2/predict", "http://host3/predict"}


@pytest.mark.parametrize("content", ["", "{}", '{"_default":{}}'])
def test_a_file_without_keys_has_none(sqlite_place: Any, file: Path, content: str) -> None:
    """TinyDB makes such files before the first key."""
    file.write_text(content)
    assert sqlite_place.done("import-tinydb", str(file)) == "0 keys imported.\n"


def test_what_can_be_no_key_is_left_out_and_counted(sqlite_place: Any, file: Path) -> None:
    file.write_text(filled('{"_default": {"1": {"api_key": "short"}, "2": {"api_key": 5}, "3": {"api_key": "FIRST"}}}'))
    assert sqlite_place.done("import-tinydb", str(file)).startswith("1 key imported, 2 left out: ")


@pytest.mark.parametrize(
    "content",
    [b"a letter", b"[]", b"3", b'"x"', b'{"a": 1}', b'{"a": {"1": "x"}}', b'{"a": {"1": {"name": "x"}}}', b"\xff\xfe"],
)
def test_another_file_is_a_sentence_and_adds_nothing(sqlite_place: Any, file: Path, content: bytes) -> None:
    file.write_bytes(content)
    said = sqlite_place.error("import-tinydb", str(file))
    assert "api_key_db.json is no key file of TOMAAT's announcement service" in said
    assert sqlite_place.json("keys", "list") == {"keys": []}


def test_a_file_that_is_not_there_is_a_usage_error(sqlite_place: Any, file: Path) -> None:
    assert "does not exist" in sqlite_place.error("import-tinydb", str(file), code=2)
