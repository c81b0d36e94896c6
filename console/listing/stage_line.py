"""The stages with their counts; a click or an arrow key filters by one."""

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

WORDLESS = (Tone.STOPPED, Tone.DONE, Tone.MOVING, Tone.WAITING, Tone.HUMAN)
"""Tones whose chips lose their words where room is short, in this order: what needs a person keeps them longest."""


class StageChip(Static):
    """Symbol, word and count of one stage; of all workflows without a stage."""

    ALLOW_SELECT = False

    def __init__(self, stage: Stage | None) -> None:
        super().__init__()
        self.stage = stage
        self._shown: Content | None = None
        self.tooltip = stage.label if stage else None

    def worded(self, count: int | None, *, word: str | None = None) -> Content:
        """Return the chip with ``count``, or a dot while it is not known; with ``word`` instead of the label."""
        number = "·" if count is None else f"{count:,}"
        if self.stage is None:
            return Content.assemble(("all ", "bold"), (number, "bold"))
        tone, word = self.stage.tone.style, self.stage.label if word is None else word
        sign = f"{self.stage.symbol} {word} " if word else f"{self.stage.symbol} "
        return Content.assemble((sign, tone), (number, f"bold {tone}"))

    def show(self, content: Content) -> None:
        """Show ``content``. Only another width causes a layout, which is the whole screen's."""
        if self._shown is None or not content.is_same(self._shown):
            before, self._shown = self._shown, content
            self.update(content, layout=before is None or before.cell_length != content.cell_length)

    def on_click(self) -> None:
        """Filter by this stage."""
        self.post_message(StageLine.Chosen(self.stage.name if self.stage else None))


class StageLine(HorizontalScroll, can_focus=False):
    """All stages that have workflows, in the order of ``stages``."""

    class Chosen(Message):
        """Filter by ``stage``; None for all."""

        def __init__(self, stage: str | None) -> None:
            super().__init__()
            self.stage = stage

    def __init__(self, stages: Sequence[Stage]) -> None:
        super().__init__()
        self._chips = {None: StageChip(None)} | {stage.name: StageChip(stage) for stage in stages}
        self._chosen: str | None = None
        self._counts: dict[str | None, int | None] = {}

    def compose(self) -> ComposeResult:
        """Lay out the chips."""
        yield from self._chips.values()

    def show(self, total: int | None, counts: Mapping[str, int], chosen: str | None) -> None:
        """Show the counts, without stages that have none, except the chosen one."""
        self._counts = {name: total if name is None else counts.get(name) for name in self._chips}
        for name, chip in self._chips.items():
            chip.display = name is None or bool(counts.get(name)) or name == chosen
            chip.set_class(name == chosen, "-chosen")
        self._fit(chosen)
        if chosen != self._chosen:
            self._chosen = chosen
            self.scroll_to_widget(self._chips.get(chosen, self._chips[None]), animate=False)

    def on_resize(self, _: Resize) -> None:
        """Fit the words to the new width, once the screen has it: a layout that is asked for meanwhile is lost."""
        self.call_after_refresh(lambda: self._fit(self._chosen))

    def _fit(self, chosen: str | None) -> None:
        """Leave out words where there is no room for all, so that no count is cut off."""
        shown = {name: chip for name, chip in self._chips.items() if chip.display}
        texts = {name: chip.worded(self._counts.get(name)) for name, chip in shown.items()}
        for tone in WORDLESS:
            for name, chip in reversed(shown.items()):
                if sum(text.cell_length + AROUND for text in texts.values()) <= self.size.width:
                    break
                if chip.stage is not None and chip.stage.tone is tone and name != chosen:
                    texts[name] = chip.worded(self._counts.get(name), word=chip.stage.chip_word)
        for name, chip in shown.items():
            chip.show(texts[name])

    def neighbour(self, chosen: str | None, step: int) -> str | None:
        """Return the stage ``step`` chips to the right of ``chosen``, among those shown."""
        names = [name for name, chip in self._chips.items() if chip.display]
        at = names.index(chosen) if chosen in names else 0
        return names[(at + step) % len(names)]
