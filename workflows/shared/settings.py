"""Settings that every process of tconsole shares, and where settings come from."""

import os
from pathlib import Path

from platformdirs import user_config_path, user_data_path
from pydantic import Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

APP = "tconsole"
PREFIX = "TCONSOLE_"


def config_file() -> Path:
    """Return the TOML file of settings: ``TCONSOLE_CONFIG_FILE``, or ``config.toml`` in the user's config folder."""
    given = os.environ.get(f"{PREFIX}CONFIG_FILE")
    return Path(given).expanduser() if given else user_config_path(APP) / "config.toml"


class Settings(BaseSettings):
    """The settings of all processes: from ``TCONSOLE_…`` variables first, then from the TOML file.

    An unknown key in the file is ignored here, since each process reads its own part of the same file.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    data_dir: Path = Field(
        default_factory=lambda: user_data_path(APP),
        description="folder for the embedded server's file, the default store, logs and the console's own state",
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
