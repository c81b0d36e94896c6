"""Settings that all processes share, and their sources."""

import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from platformdirs import user_config_path, user_data_path
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from workflows.runtime.embedded import DEFAULT_PORT
from workflows.runtime.settings_words import what_is_wrong
from workflows.shared.identity.mode import Mode
from workflows.shared.nearest import nearest

APP = "tconsole"
PREFIX = "TCONSOLE_"
CONFIG_FILE = f"{PREFIX}CONFIG_FILE"

CONSOLE_SETTINGS = frozenset(
    {"operator", "read_only", "refresh_seconds", "page_size", "ui_url", "theme", "api_tokens", "keys"}
)
"""Names of the console's own settings: the workers, which read the same sources, must tell them from mistakes."""

SettingsT = TypeVar("SettingsT", bound="Settings")


class SettingsError(ValueError):
    """A setting is not usable. The text names it, its source and its value in one line."""


def config_file() -> Path:
    """Return the TOML file of settings: ``TCONSOLE_CONFIG_FILE``, or ``config.toml`` in the user's config folder."""
    given = os.environ.get(CONFIG_FILE)
    return Path(given).expanduser() if given else user_config_path(APP) / "config.toml"


class Settings(BaseSettings):
    """Settings of all processes, which read parts of one file: names of others are ignored here, see `check_names`.

    A variable that is set to nothing is not set, as for Temporal's own command.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True)

    data_dir: Path = Field(
        default_factory=lambda: user_data_path(APP),
        description="folder for the embedded server's file, the default store, logs and the console's own state",
    )
    server_port: int = Field(
        default=DEFAULT_PORT,
        ge=1,
        le=65535,
        description="where a Temporal server is looked for when no address is given, and where the embedded one goes",
    )

    identity: Mode = Field(
        default="open",
        description="`signed`: messages must be signed by the operator whom they name; `open`: anybody may name anyone",
    )
    operators_file: Path | None = Field(
        default=None,
        description="TOML file of operators: public keys, roles and limits; default: `operators.toml` in the data"
        " folder",
    )

    @property
    def resolved_operators_file(self) -> Path:
        """The operators file, with the default filled in."""
        return self.operators_file or self.data_dir / "operators.toml"

    @field_validator("data_dir", "operators_file", mode="before")
    @classmethod
    def _is_somewhere(cls, folder: object) -> object:
        if not isinstance(folder, str):
            return folder
        if not folder.strip():
            raise ValueError("the folder has no name; give one, or leave it out")
        return Path(folder).expanduser()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings passes it by name
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings passes it by name
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources: arguments, environment, TOML file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, config_file())


def read_settings(kind: type[SettingsT]) -> SettingsT:
    """Read the settings from environment and file. Raises ``SettingsError``."""
    _check_file()
    try:
        return kind()
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        name = str(wrong["loc"][0])
        raise SettingsError(f"{setting_source(name)}: {what_is_wrong(kind.model_fields[name], wrong)}") from None
    except (ValueError, OSError) as error:
        raise _unreadable(error) from error


def given_names() -> Mapping[str, str]:
    """Return the names of all settings that environment and file give, and for each how people write it there.

    Raises:
        SettingsError: the file cannot be read.
    """
    _check_file()
    try:
        with config_file().open("rb") as file:
            in_file: Iterable[str] = tomllib.load(file)
    except FileNotFoundError:
        in_file = ()
    except (ValueError, OSError) as error:
        raise _unreadable(error) from error
    variables = {name.upper() for name, value in os.environ.items() if value} - {CONFIG_FILE}
    named = {name: f"{name} in {config_file()}" for name in in_file}
    return named | {name.removeprefix(PREFIX).lower(): name for name in variables if name.startswith(PREFIX)}


def check_names(known: Iterable[str]) -> None:
    """Look for settings that nobody knows, beside ``known`` and the console's.

    Raises:
        SettingsError: there is one, or the file cannot be read.
    """
    names = CONSOLE_SETTINGS | frozenset(known)
    for name, source in given_names().items():
        if name in names:
            continue
        meant = nearest(name, names)
        if not meant:
            raise SettingsError(f"{source}: there is no such setting; the README has the table of all")
        right = meant[0] if source.startswith(name) else f"{PREFIX}{meant[0].upper()}"
        raise SettingsError(f"{source}: there is no such setting; did you mean {right}?")


def setting_source(name: str) -> str:
    """Return where the value of a setting comes from: the environment comes first."""
    variable = f"{PREFIX}{name.upper()}"
    given = {each.upper() for each, value in os.environ.items() if value}
    return variable if variable in given else f"{name} in {config_file()}"


def _check_file() -> None:
    if os.environ.get(CONFIG_FILE) and not config_file().exists():
        raise SettingsError(f"{CONFIG_FILE}: there is no file {config_file()}; correct the path, or leave it out")


def _unreadable(error: Exception) -> SettingsError:
    reason = (error.strerror if isinstance(error, OSError) else None) or error
    return SettingsError(f"the settings file {config_file()} cannot be read: {reason}")
