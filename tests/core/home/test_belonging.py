"""A database belongs to one data folder, since its rows tell of the files there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tomaat.database import Database
from tomaat.errors import SettingsError
from tomaat.home.belonging import check_belonging


def check(url: str, home: Path) -> None:
    home.mkdir(exist_ok=True)
    database = Database(url)
    try:
        check_belonging(database, home)
    finally:
        database.close()


def test_a_database_stays_with_the_first_data_folder(database_url: str, tmp_path: Path) -> None:
    for _ in range(2):
        check(database_url, tmp_path / "a")
    for _ in range(2):
        with pytest.raises(SettingsError, match="belongs to another data folder"):
            check(database_url, tmp_path / "b")
    check(database_url, tmp_path / "a")


def test_a_folder_takes_over_a_database_as_the_sentence_says(database_url: str, tmp_path: Path) -> None:
    check(database_url, tmp_path / "a")
    known = (tmp_path / "a" / "id").read_text(encoding="utf-8").strip()
    with pytest.raises(SettingsError, match=f"write {known} into a file called id"):
        check(database_url, tmp_path / "b")
    (tmp_path / "b" / "id").write_text(known, encoding="utf-8")
    check(database_url, tmp_path / "b")


def test_a_folder_keeps_its_id_with_another_database(database_url: str, tmp_path: Path) -> None:
    check(database_url, tmp_path / "a")
    known = (tmp_path / "a" / "id").read_text(encoding="utf-8")
    check(f"sqlite:///{tmp_path / 'other.db'}", tmp_path / "a")
    assert (tmp_path / "a" / "id").read_text(encoding="utf-8") == known


def test_a_database_in_the_folder_itself_may_be_restored_or_moved_alone(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    check(f"sqlite:///{tmp_path / 'a' / 'tomaat.db'}", tmp_path / "a")
    (tmp_path / "a" / "tomaat.db").rename(tmp_path / "b" / "tomaat.db")
    check(f"sqlite:///{tmp_path / 'b' / 'tomaat.db'}", tmp_path / "b")
    assert (tmp_path / "a" / "id").read_text(encoding="utf-8") == (tmp_path / "b" / "id").read_text(encoding="utf-8")
