"""The store of a console whose server lives in memory: reservations for workflows that vanish must vanish with them."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from workflows.runtime.settings import Settings, read_settings

VARIABLE = "TCONSOLE_STORE_URL"


class _StoreSettings(Settings):
    store_url: str | None = None


class EphemeralStore:
    """A SQLite file that lasts as long as the console, in a folder that only its user can read."""

    def __init__(self) -> None:
        self._folder = TemporaryDirectory(prefix="tconsole-", ignore_cleanup_errors=True)

    @property
    def environment(self) -> Mapping[str, str]:
        """What the workers must be told."""
        return {VARIABLE: f"sqlite:///{Path(self._folder.name).as_posix()}/store.sqlite"}

    def remove(self) -> None:
        """Remove it; nobody may use it any more."""
        self._folder.cleanup()


def store_is_given() -> bool:
    """Return whether the settings name a store.

    Raises:
        SettingsError: the settings cannot be read.
    """
    return bool(read_settings(_StoreSettings).store_url)
