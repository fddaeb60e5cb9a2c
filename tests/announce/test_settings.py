"""The service's settings: file, then variables, then options, beside those of a host in the same environment."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from tomaat.errors import SettingsError
from tomaat_announce.settings import ServiceSettings


def load(tmp_path: Path, toml: str = "", environment: dict[str, str] | None = None, **options: Any) -> ServiceSettings:
    (tmp_path / "announce.toml").write_text(toml)
    return ServiceSettings.load(environment={"TOMAAT_HOME": str(tmp_path)} | (environment or {}), options=options)


def test_the_service_listens_on_this_machine_only_unless_told_otherwise(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert (settings.host, settings.port) == ("127.0.0.1", 8001)


def test_every_setting_has_a_sentence_of_help() -> None:
    assert [field.name for field in dataclasses.fields(ServiceSettings) if not field.metadata.get("help")] == []


def test_a_variable_is_stronger_than_the_file_and_an_option_than_both(tmp_path: Path) -> None:
    toml = 'host = "0.0.0.0"\nport = 1111\nlifetime = 11.0'
    environment = {"TOMAAT_ANNOUNCE_PORT": "2222", "TOMAAT_ANNOUNCE_LIFETIME": "22"}
    settings = load(tmp_path, toml, environment, lifetime=33.0)
    assert (settings.host, settings.port, settings.lifetime) == ("0.0.0.0", 2222, 33.0)


def test_variables_of_a_host_are_a_host_s(tmp_path: Path) -> None:
    """Also those that tell it where to announce, whose names begin alike."""
    environment = {"TOMAAT_PORT": "9001", "TOMAAT_ANNOUNCE_KEY": "k", "TOMAAT_ANNOUNCE_URL": "http://registry:8001"}
    assert load(tmp_path, environment=environment) == load(tmp_path)


def test_a_variable_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="TOMAAT_ANNOUNCE_PROT"):
        load(tmp_path, environment={"TOMAAT_ANNOUNCE_PROT": "8001"})


@pytest.mark.parametrize(
    "toml",
    [
        "prot = 1",
        'port = "x"',
        "port = 70000",
        "lifetime = 0",
        "lifetime = 1e13",
        "max_body = 0",
        "checks_at_once = 0",
        "check_timeout = 0",
        "check_private = 3",
    ],
)
def test_a_wrong_value_names_its_key(tmp_path: Path, toml: str) -> None:
    with pytest.raises(SettingsError, match=toml.split()[0]):
        load(tmp_path, toml)


def test_the_database_is_a_file_in_the_data_folder_unless_told_otherwise(tmp_path: Path) -> None:
    assert load(tmp_path).database_url == f"sqlite:///{tmp_path}/announce.db"
    environment = {"TOMAAT_ANNOUNCE_DATABASE": "postgresql://db/announce"}
    assert load(tmp_path, environment=environment).database_url == "postgresql://db/announce"


def test_the_data_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    settings = load(tmp_path, home=tmp_path / "a" / "b")
    settings.make_home()
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700


def test_a_data_folder_that_can_not_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match=r"data folder .* can't be written"):
        ServiceSettings(home=tmp_path / "file" / "home").make_home()
