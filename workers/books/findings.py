"""What `tconsole check` reports, and the commands that mend it."""

from dataclasses import dataclass

from workers.books.runs import Run
from workflows.shared.command_lines import command_line
from workflows.shared.errors import CallError, PausedError
from workflows.shared.money import format_money

REASON = "found by tconsole check"


@dataclass(frozen=True)
class Finding:
    """Something without an owner. All but ``mend`` may hold text from outside."""

    what: str
    item: str
    """Kind and ID."""
    amount: str
    """How much, and why nobody has it."""
    mend: str
    """A command; where only people can decide, the one that shows what about."""

    @property
    def line(self) -> str:
        """The finding in one line, without control characters."""
        return f"{plain(f'{self.what}: {self.item}: {self.amount}')}; {self.mend}"


def unanswered(noun: str, item_id: str, workflow_id: str, error: CallError, remedies: "Remedies") -> Finding:
    """Return that only a workflow which does not answer can say whether something is wrong."""
    paused = isinstance(error, PausedError)
    amount = "paused in Temporal" if paused else f"its workflow {workflow_id} does not answer: {error}"
    mend = remedies.unpause(workflow_id) if paused else remedies.show(workflow_id)
    return Finding(f"{noun} that cannot be asked", f"{noun} {item_id}", amount, mend)


def plain(text: str) -> str:
    """Return text from outside as one line of visible characters."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def money(amount: int, currency: str) -> str:
    """Return an amount for people, also in a currency that nobody knows."""
    try:
        return format_money(amount, currency)
    except LookupError:
        return f"{amount} minor units of {currency}"


class Remedies:
    """Commands for people, on the server that was checked."""

    def __init__(self, address: str, namespace: str) -> None:
        self._server = ("--address", address, "--namespace", namespace)

    def reset(self, run: Run) -> str:
        """Let a closed run go on, also if a later start under its ID has failed."""
        options = ("--run-id", run.run_id, "--type", "LastWorkflowTask", "--reason", REASON)
        return self._temporal("reset", run.workflow_id, *options)

    def terminate(self, workflow_id: str) -> str:
        """End a workflow that the next message starts anew."""
        return self._temporal("terminate", workflow_id, "--reason", REASON)

    def unpause(self, workflow_id: str) -> str:
        """Let a paused workflow answer."""
        return self._temporal("unpause", workflow_id, "--reason", REASON)

    def show(self, workflow_id: str) -> str:
        """Show what happened to a workflow, and why its tasks fail."""
        return self._temporal("show", workflow_id)

    def query(self, workflow_id: str, name: str) -> str:
        """Show what a workflow says."""
        return self._temporal("query", workflow_id, "--type", name)

    def mend(self, kind: str, item_id: str, *options: str) -> str:
        """Use `tconsole mend`."""
        return command_line("tconsole", "mend", kind, *options, "--", item_id)

    def _temporal(self, verb: str, workflow_id: str, *options: str) -> str:
        return command_line("temporal", "workflow", verb, *self._server, "--workflow-id", workflow_id, *options)
