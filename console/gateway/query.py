"""Questions in Temporal's visibility language, with every value quoted."""

from dataclasses import dataclass

from workflows.shared import summary


def askable(value: str) -> bool:
    """Return whether the server can look for ``value``: it finds nothing that has a quotation mark or a backslash.

    Its parser leaves such characters escaped and takes quotes off both ends (server 1.32); a NUL makes its SQL fail.
    """
    return value.isprintable() and not {'"', "\\"} & set(value) and value == value.strip("'")


def quote(value: str) -> str:
    """Return ``value`` as a string literal of the visibility language: nothing in it can end the literal."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


@dataclass(frozen=True)
class System:
    """What the gateway must know of a system to list its workflows, and the session to look for its workers."""

    name: str
    workflow_type: str
    id_prefix: str
    task_queue: str

    @property
    def query(self) -> str:
        """All its workflows; of one that continued as new only the latest run.

        One whose ID does not begin as the system's do is left out: it could not be told from the one that does.
        """
        return (
            f"WorkflowType = {quote(self.workflow_type)} AND WorkflowId STARTS_WITH {quote(self.id_prefix)}"
            " AND ExecutionStatus != 'ContinuedAsNew'"
        )


ATTENTION = "!attention"
"""In the place of a stage: whatever a human must look at, in any stage."""


@dataclass(frozen=True)
class ServerFilter:
    """What the server itself can filter by. Empty means all."""

    stage: str | None = None
    owner: str | None = None
    id_start: str | None = None
    waiting_for: str | None = None
    attention: bool = False

    @classmethod
    def by_stage(cls, name: str | None) -> "ServerFilter":
        """Return the filter for a stage, or for what needs a look; None for all."""
        return cls(attention=True) if name == ATTENTION else cls(stage=name)

    @property
    def chosen_stage(self) -> str | None:
        """The stage that is chosen, or what stands in its place."""
        return ATTENTION if self.attention else self.stage

    @property
    def empty(self) -> bool:
        """Whether nothing is left out."""
        return self == ServerFilter()


def filtered(system: System, chosen: ServerFilter) -> str:
    """Return the query of the system's workflows that ``chosen`` lets through, and of some more if it cannot be asked.

    The rows are filtered again on this side, so nothing wrong shows.
    """
    parts = [system.query]
    if chosen.stage is not None:
        parts.append(f"{summary.STAGE.name} = {quote(chosen.stage)}")
    if chosen.owner is not None and askable(chosen.owner):
        parts.append(f"{summary.OWNER.name} = {quote(chosen.owner)}")
    if chosen.id_start is not None and askable(start := system.id_prefix + chosen.id_start):
        parts.append(f"WorkflowId STARTS_WITH {quote(start)}")
    if chosen.waiting_for is not None and askable(chosen.waiting_for):
        parts.append(f"{summary.WAITING_FOR.name} = {quote(chosen.waiting_for)} AND ExecutionStatus = 'Running'")
    if chosen.attention:
        parts.append(f"{summary.ATTENTION.name} IS NOT NULL")
    return " AND ".join(parts)
