"""What is stuck, by cause, with what to do about it."""

from collections.abc import Sequence

from textual.content import Content

from console.design.tone import Tone
from console.inbox.judging import TODO, Item, by_cause
from console.widgets.excerpt import Excerpt

NO_WORKER = "nothing of it goes on: start workers, such as uv run tconsole --workers-only"


class CauseLines(Excerpt):
    """One line for each cause; nothing while nothing is stuck, or while the whole inbox is shown.

    ``unpolled`` are task queues without a worker: that line always shows.
    """

    def __init__(self) -> None:
        super().__init__(id="inbox-causes")
        self.display = False
        self.unpolled: Sequence[str] = ()

    def show(self, items: Sequence[Item]) -> None:
        """Show the causes of what is stuck among the items."""
        lines = [(f"no worker polls {queue}", NO_WORKER) for queue in self.unpolled]
        lines += [(f"{cause.value} · {len(group)}", TODO[cause]) for cause, group in by_cause(items).items()]
        self.display = bool(lines)
        self.update(
            Content("\n").join(
                Content.assemble((f"▲ {words}", Tone.HUMAN.style), ("  " + todo, Tone.MUTED.style))
                for words, todo in lines
            )
        )
