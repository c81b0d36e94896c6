"""Wrong configuration is an error: one line with the name, the source and the value."""

import os
from pathlib import Path

import pytest

from console.start.settings_check import check_worker_settings
from console.start.state import LaunchError
from workers.registry import SYSTEMS
from workers.settings.base import WorkerSettings
from workers.settings.check import check_settings
from workflows.runtime.console_settings import ConsoleSettings
from workflows.runtime.profile import ProfileError, load_profile
from workflows.runtime.settings import CONSOLE_SETTINGS, Settings, SettingsError, read_settings


@pytest.fixture(autouse=True)
def nobodys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give an environment without anybody's settings."""
    for name in os.environ:
        if name.startswith(("TCONSOLE_", "TEMPORAL_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))


def check() -> WorkerSettings:
    return check_settings(lambda: [system.settings for system in SYSTEMS])


def in_file(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "tconsole" / "config.toml"
    file.parent.mkdir()
    file.write_text(text, encoding="utf-8")
    return file


def test_the_workers_know_the_names_of_the_consoles_settings() -> None:
    assert ConsoleSettings.model_fields.keys() - Settings.model_fields.keys() == CONSOLE_SETTINGS


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TCONSOLE_DRAIN_SECNODS", "3", "there is no such setting; did you mean TCONSOLE_DRAIN_SECONDS?"),
        ("TCONSOLE_THEMEE", "3", "there is no such setting; did you mean TCONSOLE_THEME?"),
        ("TCONSOLE_XYZZY", "3", "there is no such setting; the README has the table of all"),
        ("TCONSOLE_CONFIG_FILE", "/nope.toml", "there is no file /nope.toml; correct the path, or leave it out"),
        ("TCONSOLE_DRAIN_SECONDS", "soon", "'soon' is not a whole number; the default is 20"),
        ("TCONSOLE_SERVER_PORT", "0", "'0' is too little: 1 or more; the default is 7233"),
        ("TCONSOLE_SMTP_STARTTLS", "maybe", "'maybe' is neither true nor false; the default is true"),
        ("TCONSOLE_PAYMENT_SECOND", "keep", "'keep' is not one of 'park' or 'refund'; the default is refund"),
        ("TCONSOLE_REFRESH_SECONDS", "abc", "'abc' is not a number; the default is 1.0"),
        ("TCONSOLE_MAIL_FROM", "shop", "'shop' is not one e-mail address; use one like shop@example.com"),
    ],
)
def test_a_wrong_variable(name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        check()
    assert str(refused.value) == f"{name}: {said}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('smtp_hots = "a"', "smtp_hots in {file}: there is no such setting; did you mean smtp_host?"),
        ("[orders]\nsmtp_port = 25", "orders in {file}: there is no such setting; the README has the table of all"),
        ('smtp_port = "a"', "smtp_port in {file}: 'a' is not a whole number; the default is 587"),
        ("smtp_password = 4711", "smtp_password in {file}: the value is not a text"),
        ('data_dir = ""', "data_dir in {file}: the folder has no name; give one, or leave it out"),
        ("smtp_port =", "the settings file {file} cannot be read: Invalid value (at "),
    ],
)
def test_a_wrong_file(tmp_path: Path, text: str, said: str) -> None:
    file = in_file(tmp_path, text)
    with pytest.raises(SettingsError) as refused:
        check()
    assert str(refused.value).startswith(said.format(file=file))


def test_a_variable_that_is_set_to_nothing_is_not_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_file(tmp_path, 'drain_seconds = 7\ntheme = "tconsole-light"\ndata_dir = "~/here"')
    for name in ("DATA_DIR", "DRAIN_SECONDS", "THEME", "CONFIG_FILE", "XYZZY"):
        monkeypatch.setenv(f"TCONSOLE_{name}", "")
    monkeypatch.setenv("TEMPORAL_TLS", "")
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", "")
    assert (check().data_dir, check().drain_seconds) == (tmp_path / "here", 7)
    assert read_settings(ConsoleSettings).theme == "tconsole-light"
    assert load_profile().tls is None


async def test_the_console_has_the_names_checked_that_it_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TCONSOLE_THEMEE", "tconsole-light")
    with pytest.raises(LaunchError, match="TCONSOLE_THEMEE: there is no such setting") as refused:
        await check_worker_settings()
    assert refused.value.code == 2


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TEMPORAL_CONFIG_FILE", "/nope.toml", "--config-file or TEMPORAL_CONFIG_FILE: there is no file /nope.toml"),
        ("TEMPORAL_TLS", "yes", "TEMPORAL_TLS: 'yes' is neither true nor false"),
        ("TEMPORAL_ADDRESS", "here", "--address or TEMPORAL_ADDRESS: 'here' is not HOST:PORT"),
        ("TEMPORAL_ADDRESS", "here:70000", "--address or TEMPORAL_ADDRESS: 'here:70000' is not HOST:PORT"),
        ("TEMPORAL_PROFILE", "prod", "--profile or TEMPORAL_PROFILE 'prod': Profile 'prod' not found"),
    ],
)
def test_a_wrong_connection(name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ProfileError) as refused:
        load_profile()
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[profile.default]\naddres = "a:1"', "{file}, line 2: there is no key 'addres'; did you mean address?"),
        ("[profile.default]\nxyz = 1", "{file}, line 2: there is no key 'xyz'; the keys are address, namespace, "),
        ('[profile.default]\naddress = "here"', "address in {file}: 'here' is not HOST:PORT"),
        ("[profile.default", "{file}, line 1: unclosed table"),
    ],
)
def test_a_wrong_profile(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "temporalio" / "temporal.toml"
    file.parent.mkdir()
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ProfileError) as refused:
        load_profile()
    assert str(refused.value).startswith(said.format(file=file))
