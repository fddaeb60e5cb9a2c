"""The settings table: file, then variables, then options; what it does not know it refuses."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from tomaat.errors import SettingsError
from tomaat.settings import AnnounceSettings, AppSettings, NetworkSettings, Settings


def load(tmp_path: Path, toml: str = "", environment: dict[str, str] | None = None, **options: Any) -> Settings:
    config = tmp_path / "given.toml"
    config.write_text(toml)
    return Settings.load(
        config=config, environment={"TOMAAT_HOME": str(tmp_path)} | (environment or {}), options=options
    )


def test_the_host_listens_on_this_machine_only_unless_told_otherwise(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert (settings.host, settings.port) == ("127.0.0.1", 9001)


def test_every_setting_has_a_sentence_of_help() -> None:
    fields = (*dataclasses.fields(Settings), *dataclasses.fields(AppSettings))
    assert [field.name for field in fields if not field.metadata.get("help")] == []


def test_a_variable_is_stronger_than_the_file_and_an_option_than_both(tmp_path: Path) -> None:
    toml = 'host = "0.0.0.0"\nport = 1111\nretention = 11.0'
    settings = load(tmp_path, toml, {"TOMAAT_PORT": "2222", "TOMAAT_RETENTION": "22"}, retention=33.0)
    assert (settings.host, settings.port, settings.retention) == ("0.0.0.0", 2222, 33.0)


def test_an_option_that_was_not_given_changes_nothing(tmp_path: Path) -> None:
    assert load(tmp_path, "port = 1111", port=None).port == 1111


def test_an_empty_variable_changes_nothing(tmp_path: Path) -> None:
    assert load(tmp_path, "port = 1111", {"TOMAAT_PORT": ""}).port == 1111


def test_the_data_folder_s_own_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "tomaat.toml").write_text("port = 1111")
    assert Settings.load(environment={"TOMAAT_HOME": str(tmp_path)}).port == 1111


def test_the_option_for_the_data_folder_says_which_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "tomaat.toml").write_text("port = 1111")
    settings = Settings.load(environment={"TOMAAT_HOME": "/elsewhere"}, options={"home": tmp_path})
    assert (settings.home, settings.port) == (tmp_path, 1111)


def test_a_given_file_takes_the_place_of_the_data_folder_s_own(tmp_path: Path) -> None:
    (tmp_path / "tomaat.toml").write_text("port = 1111\nretention = 5.0")
    settings = load(tmp_path, "port = 2222")
    assert (settings.port, settings.retention) == (2222, 3600.0)


def test_a_given_file_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"missing\.toml"):
        Settings.load(config=tmp_path / "missing.toml", environment={})


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"given\.toml can't be read"):
        load(tmp_path, "port = = 3")


@pytest.mark.parametrize(
    ("toml", "key"), [("prot = 9001", "'prot'"), ("[apps.brain]\nmax_worker = 2", r"\[apps\.brain\].*'max_worker'")]
)
def test_an_unknown_key_is_named(tmp_path: Path, toml: str, key: str) -> None:
    with pytest.raises(SettingsError, match=key):
        load(tmp_path, toml)


def test_an_unknown_option_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="'prot'"):
        load(tmp_path, prot=9001)


@pytest.mark.parametrize(
    "toml",
    [
        'port = "nine"',
        "port = true",
        "port = -1",
        "port = 1.5",
        "port = [9001]",
        'retention = "long"',
        "retention = -1.0",
        "retention = nan",
        "max_upload = 2.5",
        "host = 5",
        "default_app = true",
    ],
)
def test_a_value_of_the_wrong_type_names_its_key(tmp_path: Path, toml: str) -> None:
    with pytest.raises(SettingsError, match=toml.split()[0]):
        load(tmp_path, toml)


@pytest.mark.parametrize("toml", ["port = 70000", "[apps.brain]\nmax_workers = 0"])
def test_a_value_that_no_host_can_use_names_its_key(tmp_path: Path, toml: str) -> None:
    with pytest.raises(SettingsError, match=r"port|max_workers"):
        load(tmp_path, toml)


@pytest.mark.parametrize("toml", ["apps = 3", "[apps]\nbrain = 3", 'apps = ["brain"]'])
def test_apps_must_be_tables(tmp_path: Path, toml: str) -> None:
    with pytest.raises(SettingsError, match=r"\[apps\."):
        load(tmp_path, toml)


def test_a_wrong_variable_names_its_key(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="port"):
        load(tmp_path, environment={"TOMAAT_PORT": "nine"})


def test_each_app_has_a_table_of_its_own_and_others_the_defaults(tmp_path: Path) -> None:
    settings = load(tmp_path, "[apps.brain]\nmax_workers = 3\ntimeout = 7\ndelayed = true")
    assert settings.app("brain") == AppSettings(max_workers=3, timeout=7.0, delayed=True)
    assert settings.app("other") == AppSettings()


def test_each_network_has_a_table_and_its_files_are_beside_the_settings(tmp_path: Path) -> None:
    toml = '[networks.liver]\nmanifest = "below/liver.toml"\n[networks.spleen]\nmanifest = "a.toml"\nfile = "/b.onnx"'
    assert load(tmp_path, toml).networks == {
        "liver": NetworkSettings(tmp_path / "below" / "liver.toml"),
        "spleen": NetworkSettings(tmp_path / "a.toml", Path("/b.onnx")),
    }


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("[networks.liver]", r"\[networks\.NAME\] needs the manifest"),
        ("[networks.liver]\nmanifset = 'a'", r"\[networks\.liver\] has an unknown key 'manifset'"),
        ("[networks.liver]\nmanifest = 3", r"\[networks\.liver\]: manifest is 3, which is no path"),
        ("[networks]\nliver = 'a.toml'", r"\[networks\.NAME\] must be tables"),
        ("networks = 3", r"\[networks\.NAME\] must be tables"),
    ],
)
def test_a_wrong_network_names_its_table(tmp_path: Path, toml: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        load(tmp_path, toml)


def test_a_section_is_put_together_from_file_variables_and_options(tmp_path: Path) -> None:
    toml = '[announce]\nurl = "http://a:8001"\nkey = "from the file"\ninterval = 60'
    settings = load(tmp_path, toml, {"TOMAAT_ANNOUNCE_KEY": "from a variable"}, announce_url="http://b:8001/announce")
    assert settings.announce == AnnounceSettings("http://b:8001/announce", "from a variable", 60.0)
    assert load(tmp_path).announce == AnnounceSettings()


def test_the_announcement_service_has_variables_of_its_own(tmp_path: Path) -> None:
    assert load(tmp_path, environment={"TOMAAT_ANNOUNCE_DATABASE": "sqlite://"}).announce == AnnounceSettings()


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ('[announce]\nurl = "http://a:8001"', "no key for it"),
        ('[announce]\nurl = "a:8001"\nkey = "k"', r"\[announce\] url is 'a:8001'; write it like https://"),
        ("[announce]\ninterval = 0.5", "interval must be 1 second or more"),
        ("[announce]\nkeys = 3", r"\[announce\] has an unknown key 'keys'"),
        ("announce = 3", r"\[announce\] must be a table"),
        ('public_url = "gpu1"', "public_url is 'gpu1'; write it like https://"),
    ],
)
def test_a_wrong_announcement_names_its_key(tmp_path: Path, toml: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        load(tmp_path, toml)


def test_no_variable_is_a_table(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="TOMAAT_NETWORKS"):
        load(tmp_path, environment={"TOMAAT_NETWORKS": "liver.toml"})


def test_the_database_is_a_file_in_the_data_folder_unless_told_otherwise(tmp_path: Path) -> None:
    assert load(tmp_path).database_url == f"sqlite:///{tmp_path}/tomaat.db"
    assert load(tmp_path, 'database = "postgresql+psycopg://db/tomaat"').database_url.startswith("postgresql")


def test_the_table_can_not_be_changed(tmp_path: Path) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        load(tmp_path).port = 1  # type: ignore[misc]
