"""The top line: connection, workers, operator, and the age of the data."""

from dataclasses import dataclass

from rich.cells import cell_len
from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

from console.design.text import plain
from console.design.tone import Tone
from console.widgets.line import Part, lay_out
from workflows.runtime.health import WorkerHealth

MIN_CELLS = 12
"""Cells that a shortened text keeps at least."""

WORKER_SIGNS = {
    "starting": ("◌", Tone.WAITING),
    "polling": ("●", Tone.DONE),
    "restarting": ("▲", Tone.HUMAN),
    "draining": ("◐", Tone.WAITING),
    "stopped": ("○", Tone.STOPPED),
}


@dataclass(frozen=True)
class Status:
    """What the line says. ``age`` is in seconds; ``trouble`` is why the server does not answer."""

    server: str
    namespace: str
    embedded: bool
    operator: str
    known: bool | None = None
    acting: bool = False
    """Whether the operator acts as somebody else than at the start."""
    demo: bool = False
    read_only: bool = False
    workers: tuple[WorkerHealth, ...] = ()
    workers_line: str = ""
    workers_failure: str = ""
    """Why our workers cannot run."""
    services: tuple[tuple[str, str], ...] = ()
    """Names and health of the services that the workers use: on, off or failing."""
    age: float | None = None
    trouble: str | None = None
    notice: str = ""
    """What an operator should know, such as missing search attributes."""


class StatusBar(Static):
    """Shows the status, red when the data is stale."""

    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._status: Status | None = None

    def show(self, status: Status, *, stale: bool) -> None:
        """Show ``status``, and whether the data is ``stale``."""
        self._status = status
        self.set_class(stale, "-stale")
        self._draw()

    def on_resize(self, _: Resize) -> None:
        """Fit the new width."""
        self._draw()

    def _draw(self) -> None:
        if self._status is not None:
            self.update(lay_out(_parts(self._status), self.size.width), layout=False)
            self.tooltip = _tooltip(self._status)


def _parts(status: Status) -> list[Part]:
    return [
        Part((Content.styled("tconsole", "bold $tone-accent"), Content("")), weight=1),
        Part((Content.styled("DEMO", "bold $tone-waiting"),) if status.demo else (Content(""),), weight=9),
        _server(status),
        _workers(status),
        Part(_optional(f"▲ {plain(status.notice)}" if status.notice else "", Tone.WAITING, "▲ notice"), weight=3),
        *(
            Part(_optional(f"{name} {health}", _health_tone(health, status)), weight=0)
            for name, health in status.services
        ),
        _operator(status),
        Part((Content.styled("read-only", "bold $tone-waiting"),) if status.read_only else (Content(""),), weight=9),
        _age(status),
    ]


def _server(status: Status) -> Part:
    sign = Tone.HUMAN.styled("▲ ") if status.trouble else Tone.DONE.styled("● ")
    word = "not connected" if status.trouble else "embedded" if status.embedded else "connected"
    address, namespace = plain(status.server), plain(status.namespace)
    return Part(
        (
            Content.assemble(sign, f"{word} {address} · {namespace}"),
            Content.assemble(sign, f"{address} · {namespace}" if not status.trouble else f"{word} · {namespace}"),
            Content.assemble(sign, f"{word} {address}" if not status.trouble else word),
            Content.assemble(sign, address if not status.trouble else word),
            Content.assemble(sign, word),
        ),
        weight=5,
    )


def _workers(status: Status) -> Part:
    if not status.workers:
        if status.workers_failure:
            return Part(
                (Tone.HUMAN.styled(f"▲ {plain(status.workers_line)}"), Tone.HUMAN.styled("▲ workers")), weight=5
            )
        return Part(_cut(plain(status.workers_line), Tone.MUTED), weight=5)
    signs = [(_sign(worker, known=status.trouble is None), worker) for worker in status.workers]
    full = [Content.assemble((sign, tone.style), f" {plain(worker.name)}") for (sign, tone), worker in signs]
    dots = [tone.styled(sign) for (sign, tone), _ in signs]
    return Part((Content(" ").join(full), Content.assemble(*dots, " workers")), weight=4)


def _sign(worker: WorkerHealth, *, known: bool) -> tuple[str, Tone]:
    """Return a worker's light; grey while the server does not answer, since nobody polls then."""
    sign, tone = WORKER_SIGNS.get(worker.state, ("?", Tone.PLAIN))
    return (sign, tone) if known else ("○", Tone.STOPPED)


def _operator(status: Status) -> Part:
    who = ("you act as ", Tone.WAITING.style) if status.acting else ("you: ", Tone.MUTED.style)
    name = Content.assemble(who, (plain(status.operator, limit=24), "bold"))
    if status.known is False:
        name = Content.assemble(name, (" ▲ not in the directory", Tone.WAITING.style))
        short = Content.assemble((plain(status.operator, limit=16), "bold"), (" ▲ unknown", Tone.WAITING.style))
    else:
        sign = ("as ", Tone.WAITING.style) if status.acting else ("", "")
        short = Content.assemble(sign, (plain(status.operator, limit=16), "bold"))
    return Part((name, short), weight=6, right=True)


def _age(status: Status) -> Part:
    if status.age is None:
        return Part((Tone.MUTED.styled("no data yet"),), weight=8, right=True)
    seconds = f"{status.age:.1f} s" if status.age < 10 else f"{status.age:.0f} s"  # noqa: PLR2004 - a decimal below ten
    if status.trouble:
        text = f"data {seconds} old, retrying"
        return Part((Content.styled(text, "bold $tone-human"),), weight=8, right=True)
    return Part((Content.styled(f"data {seconds} ago"), Content.styled(f"{seconds} ago")), weight=8, right=True)


def _health_tone(health: str, status: Status) -> Tone:
    if status.trouble is not None:
        return Tone.STOPPED
    return {"on": Tone.DONE, "failing": Tone.HUMAN}.get(health, Tone.MUTED)


def _optional(text: str, tone: Tone, *shorter: str) -> tuple[Content, ...]:
    forms = [tone.styled(form) for form in (text, *shorter)] if text else []
    return (*forms, Content(""))


def _cut(text: str, tone: Tone) -> tuple[Content, ...]:
    """Return the text and its shorter beginnings, longest first."""
    lengths = range(cell_len(text), min(cell_len(text), MIN_CELLS) - 1, -1)
    return tuple(tone.styled(plain(text, limit=length)) for length in lengths) or (Content(""),)


def troubles(status: Status) -> list[str]:
    """Return in full the texts that the line may shorten."""
    failed = [f"{worker.name}: {worker.error}" for worker in status.workers if worker.error]
    workers = ": ".join(filter(None, (status.workers_line, status.workers_failure)))
    return [line for line in (status.trouble, status.notice, workers, *failed) if line]


def _tooltip(status: Status) -> Content:
    lines = [status.trouble or "", status.notice, "" if status.workers else status.workers_line, status.workers_failure]
    lines += [
        f"{worker.name}: {worker.state}, {worker.done} done, {worker.running} running, {worker.restarts} restarts"
        + (f" · {worker.error}" if worker.error else "")
        for worker in status.workers
    ]
    return Content("\n".join(plain(line) for line in lines if line))
