"""The dialog that writes the rows of a list to a file."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from console.dialogs.base import Dialog, Question
from console.export.records import Format, parts
from console.export.source import ExportSource
from console.exports import EXPORTS
from console.gateway.everything import each_once, read_everything
from console.gateway.gateway import Gateway
from console.gateway.rows import Row
from console.private_file import write_private
from workflows.shared.counts import number_of
from workflows.shared.errors import CallError

WORDS = {
    Format.CSV: "CSV for a spreadsheet, amounts with decimals",
    Format.JSON: "JSON, amounts in minor units",
    Format.JSON_LINES: "JSON Lines, a row a line",
}


class ExportChoice(NamedTuple):
    """What is written."""

    format: Format
    everything: bool


class ExportDialog(Dialog[ExportChoice]):
    """Asks for the format, and whether all that match are read; says how far the reading is."""

    AUTO_FOCUS = "OptionList"
    KEYS: ClassVar = "↑ ↓ choose · enter write the file · esc leave, nothing is written"
    DEFAULT_CSS = """
    ExportDialog OptionList { height: auto; border: none; background: transparent; padding: 0; margin: 1 0 0 0; }
    ExportDialog OptionList:focus { border: none; }
    """

    def __init__(self, gateway: Gateway, source: ExportSource, data_dir: Path) -> None:
        words = f"only what matches: {source.filter_words}" if source.filter_words else "without a filter"
        effect = f"The file goes to {data_dir / EXPORTS}, and only you can read it."
        super().__init__(Question(f"Export {source.title}", words, effect, "Write the file", submit=self._export))
        self._gateway, self._source, self._data_dir = gateway, source, data_dir
        scopes = [False] if source.complete else [False, True]
        self._choices = [ExportChoice(each, everything) for everything in scopes for each in Format]
        self._list = OptionList(*(Option(Content(self._words(choice))) for choice in self._choices))
        self.path: Path | None = None
        self.written = 0

    def body(self) -> ComposeResult:
        """List the choices."""
        yield self._list

    def on_mount(self) -> None:
        """Point at the first choice."""
        self._list.highlighted = 0

    def flexible(self) -> tuple[Widget, int]:
        """Let the list scroll."""
        return self._list, 3

    def decision(self) -> ExportChoice | None:
        """Return what the list points at."""
        return self._choices[self._list.highlighted or 0]

    def action_leave(self) -> None:
        """Leave, also while the rows are being read."""
        if self.waiting:
            self.workers.cancel_group(self, "dialog")
            self.dismiss(None)
        else:
            super().action_leave()

    @on(OptionList.OptionSelected)
    def _chosen(self) -> None:
        self.action_accept()

    def _words(self, choice: ExportChoice) -> str:
        source = self._source
        if not choice.everything:
            loaded = number_of(len(source.loaded), source.noun)
            return f"{WORDS[choice.format]} · {'all' if source.complete else 'the loaded'} {loaded}"
        number = "" if source.matching is None else f", about {source.matching:,}"
        return f"{WORDS[choice.format]} · everything that matches{number}"

    async def _export(self, choice: ExportChoice) -> None:
        """Write the file. Raises ``CallError``."""
        rows = await self._everything() if choice.everything else list(self._source.loaded)
        name = f"{self._source.kind.name}-{datetime.now().astimezone():%Y-%m-%d-%H%M%S}.{choice.format}"
        path = self._data_dir / EXPORTS / name
        try:
            await asyncio.to_thread(write_private, path, parts(rows, choice.format))
        except OSError as error:
            raise CallError(f"{path} cannot be written: {error.strerror or error}") from None
        self.path, self.written = path, len(rows)

    async def _everything(self) -> list[Row]:
        source, read = self._source, list[Row]()
        of = "" if source.matching is None else f" of about {source.matching:,}"
        async for page in read_everything(self._gateway, source.kind, source.chosen):
            read += page
            self.say(f"{len(read):,}{of} read … esc stops, and nothing is written", "-waiting")
        return source.passing(each_once(read))
