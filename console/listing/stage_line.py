"""The line of stages with their counts; a click or an arrow key filters by one."""

from collections.abc import Mapping, Sequence

from textual.app import ComposeResult
from textual.containers import HorizontalScroll
from textual.content import Content
from textual.events import Resize
from textual.message import Message
from textual.widgets import Static

from console.design.tone import Tone
from console.model import Stage

AROUND = 3
"""Cells around the text of a chip, at most."""

WORDLESS = (Tone.STOPPED, Tone.DONE, Tone.MOVING, Tone.WAITING)
"""Where room is short, chips of these meanings lose their words, in this order; what needs a person keeps its own."""


class StageChip(Static):
    """One stage: symbol, word and number."""

    ALLOW_SELECT = False

    def __init__(self, stage: Stage | None) -> None:
        super().__init__()
        self.stage = stage
        self._shown: Content | None = None
        self.tooltip = stage.label if stage else None

    def worded(self, count: int | None, *, word: str | None = None) -> Content:
        """Return the chip with ``count``, or a dot while it is not known; ``word`` in the place of the label."""
        number = "·" if count is None else f"{count:,}"
        if self.stage is None:
            return Content.assemble(("all ", "bold"), (number, "bold"))
        tone, word = self.stage.tone.style, self.stage.label if word is None else word
        sign = f"{self.stage.symbol} {word} " if word else f"{self.stage.symbol} "
        return Content.assemble((sign, tone), (number, f"bold {tone}"))

    def show(self, content: Content) -> None:
        """Show ``content``, if it is another."""
        if self._shown is None or not content.is_same(self._shown):
            before, self._shown = self._shown, content
            # A layout of the whole screen only where the chip takes another width.
            self.update(content, layout=before is None or before.cell_length != content.cell_length)

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
        self._counts: Mapping[str, int] = {}
        self._total: int | None = None

    def compose(self) -> ComposeResult:
        """Lay the chips out."""
        yield from self._chips.values()

    def show(self, total: int | None, counts: Mapping[str, int], chosen: str | None) -> None:
        """Show the counts. A stage that has none is left out, unless it is the chosen one."""
        self._counts = dict(counts)
        self._total = total
        for name, chip in self._chips.items():
            chip.display = name is None or bool(counts.get(name)) or name == chosen
            chip.set_class(name == chosen, "-chosen")
        self._fit(chosen)
        if chosen != self._chosen:
            self._chosen = chosen
            self.scroll_to_widget(self._chips.get(chosen, self._chips[None]), animate=False)

    def on_resize(self, _: Resize) -> None:
        """Give the words the new room."""
        self._fit(self._chosen)

    def _fit(self, chosen: str | None) -> None:
        """Leave out words where there is no room for all, so that no number is cut off."""
        shown = {name: chip for name, chip in self._chips.items() if chip.display}
        texts = {name: chip.worded(self._count(name)) for name, chip in shown.items()}
        for tone in WORDLESS:
            for name, chip in reversed(shown.items()):
                if sum(text.cell_length + AROUND for text in texts.values()) <= self.size.width:
                    break
                if chip.stage is not None and chip.stage.tone is tone and name != chosen:
                    texts[name] = chip.worded(self._count(name), word="")
        for name, chip in shown.items():
            chip.show(texts[name])

    def _count(self, name: str | None) -> int | None:
        return self._total if name is None else self._counts.get(name)

    def neighbour(self, chosen: str | None, step: int) -> str | None:
        """Return the stage ``step`` chips away from ``chosen``, among those that show."""
        names = [name for name, chip in self._chips.items() if chip.display]
        at = names.index(chosen) if chosen in names else 0
        return names[(at + step) % len(names)]
