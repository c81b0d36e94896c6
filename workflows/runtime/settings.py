"""Settings that all processes share, and their sources."""

import os
from pathlib import Path
from typing import TypeVar

from platformdirs import user_config_path, user_data_path
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from workflows.runtime.embedded import DEFAULT_PORT

APP = "tconsole"
PREFIX = "TCONSOLE_"

SettingsT = TypeVar("SettingsT", bound="Settings")


class SettingsError(ValueError):
    """A setting is not usable. The text names it in one line."""


def config_file() -> Path:
    """Return the TOML file of settings: ``TCONSOLE_CONFIG_FILE``, or ``config.toml`` in the user's config folder."""
    given = os.environ.get(f"{PREFIX}CONFIG_FILE")
    return Path(given).expanduser() if given else user_config_path(APP) / "config.toml"


class Settings(BaseSettings):
    """Settings of all processes, which read parts of one file: unknown keys are ignored."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

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
    try:
        return kind()
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        name = ".".join(str(part) for part in wrong["loc"])
        message = f"setting {name}: {wrong['msg']}; set {PREFIX}{name.upper()} or correct {config_file()}"
        raise SettingsError(message) from error
    except (ValueError, OSError) as error:
        raise SettingsError(f"the settings file {config_file()} cannot be read: {error}") from error
