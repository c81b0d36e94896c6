"""The line of stages with their counts; a click or an arrow key filters by one."""

from collections.abc import Mapping, Sequence

from textual.app import ComposeResult
from textual.containers import HorizontalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from console.model import Stage


class StageChip(Static):
    """One stage: symbol, word and number."""

    ALLOW_SELECT = False

    def __init__(self, stage: Stage | None) -> None:
        super().__init__()
        self.stage = stage
        self._count: int | None = -1

    def show(self, count: int | None) -> None:
        """Show ``count``, or a dot while it is not known."""
        if count == self._count:
            return
        self._count = count
        number = "·" if count is None else f"{count:,}"
        if self.stage is None:
            self.update(Content.assemble(("all ", "bold"), (number, "bold")))
            return
        tone = self.stage.tone.style
        self.update(Content.assemble((f"{self.stage.symbol} {self.stage.label} ", tone), (number, f"bold {tone}")))

    def on_click(self) -> None:
        """Filter by this stage."""
        self.post_message(StageLine.Chosen(self.stage.name if self.stage else None))


class StageLine(HorizontalScroll, can_focus=False):
    """All stages that have workflows, in the order that the pane gives."""

    class Chosen(Message):
        """Only this stage is wanted; None for all."""

        def __init__(self, stage: str | None) -> None:
            super().__init__()
            self.stage = stage

    def __init__(self, stages: Sequence[Stage]) -> None:
        super().__init__()
        self._chips = {None: StageChip(None)} | {stage.name: StageChip(stage) for stage in stages}
        self._chosen: str | None = None

    def compose(self) -> ComposeResult:
        """Lay the chips out."""
        yield from self._chips.values()

    def show(self, total: int | None, counts: Mapping[str, int], chosen: str | None) -> None:
        """Show the counts. A stage that has none is left out, unless it is the chosen one."""
        for name, chip in self._chips.items():
            count = total if name is None else counts.get(name)
            chip.show(count)
            chip.display = name is None or bool(count) or name == chosen
            chip.set_class(name == chosen, "-chosen")
        if chosen != self._chosen:
            self._chosen = chosen
            self.scroll_to_widget(self._chips.get(chosen, self._chips[None]), animate=False)

    def neighbour(self, chosen: str | None, step: int) -> str | None:
        """Return the stage ``step`` chips away from ``chosen``, among those that show."""
        names = [name for name, chip in self._chips.items() if chip.display]
        at = names.index(chosen) if chosen in names else 0
        return names[(at + step) % len(names)]
