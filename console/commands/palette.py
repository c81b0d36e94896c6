"""The command palette: every command of every system, and everything else that the console can do."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from console.commands.catalogue import all_entries
from console.commands.entries import Entry, EntryProvider

if TYPE_CHECKING:
    from console.app import ConsoleApp


class ConsoleCommands(EntryProvider):
    """Offers the commands. One that is not legal now is offered too, and says why."""

    def entries(self) -> Iterator[Entry]:
        """Yield every command."""
        return all_entries(cast("ConsoleApp", self.app))
