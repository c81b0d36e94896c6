"""The file with the saved views, which several consoles may change."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import BaseModel, Field, ValidationError

from console.memory import SavedFilter
from console.private_file import write_private

NAME = "views.json"
LOCK_SECONDS = 2.0
"""How long another console may keep the file."""


class SavedView(SavedFilter):
    """What a list shows under a name."""

    name: str

    @property
    def words(self) -> str:
        """What it shows, for people."""
        stage = f"stage {self.stage}" if self.stage else ""
        return " · ".join(part for part in (stage, self.text, self.arrangement.sort_words) if part) or "all rows"


class _Views(BaseModel):
    systems: dict[str, list[SavedView]] = Field(default_factory=dict)


class UnsavedViewError(Exception):
    """A view cannot be kept. The text says why."""


class ViewFile:
    """The views of one ``system``, in a file of the data folder."""

    def __init__(self, data_dir: Path, system: str) -> None:
        self._path, self._system = data_dir / NAME, system

    def read(self) -> list[SavedView]:
        """Return the views by name; none if the file is missing or not readable."""
        with suppress(UnsavedViewError):
            return self._all().systems.get(self._system, [])
        return []

    def save(self, view: SavedView) -> None:
        """Keep a view in place of the one with its name. Raises ``UnsavedViewError``."""
        self._change(lambda views: sorted([*_without(views, view.name), view], key=lambda one: one.name.casefold()))

    def delete(self, name: str) -> None:
        """Forget a view. Raises ``UnsavedViewError``."""
        self._change(lambda views: _without(views, name))

    def _all(self) -> _Views:
        try:
            return _Views.model_validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return _Views()
        except ValidationError:
            raise UnsavedViewError(f"{self._path} holds no views; repair or remove it") from None
        except OSError as error:
            raise UnsavedViewError(f"{self._path} cannot be read: {error.strerror or error}") from None

    def _change(self, change: Callable[[list[SavedView]], list[SavedView]]) -> None:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with FileLock(f"{self._path}.lock", timeout=LOCK_SECONDS):
                views = self._all()
                views.systems[self._system] = change(views.systems.get(self._system, []))
                write_private(self._path, views.model_dump_json())
        except Timeout:
            raise UnsavedViewError(f"another console is writing {self._path}; try again") from None
        except OSError as error:
            raise UnsavedViewError(f"{self._path} cannot be written: {error.strerror or error}") from None


def _without(views: list[SavedView], name: str) -> list[SavedView]:
    return [view for view in views if view.name != name]
