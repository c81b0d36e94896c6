"""The rules of tickets: one is open until somebody closes it."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.shared.actions import Action, Viewer
    from workflows.shared.fields import Answer, Identifier, ShortText
    from workflows.shared.inputs import Input, SingleInputStart
    from workflows.shared.refusals import Refusal, refuse
    from workflows.shared.snapshot import Snapshot
    from workflows.shared.summary import Summary, SummaryPublisher

WORKFLOW_TYPE = "TicketWorkflow"
ID_PREFIX = "ticket-"


class Ticket(Input):
    """Starts a ticket."""

    ticket_id: Identifier
    title: ShortText
    pages: int = 1


class CloseTicket(Input):
    """Closes a ticket."""

    by: ShortText
    reason: ShortText


class TicketView(Answer):
    """Everything about a ticket."""

    ticket: Ticket
    status: str
    reason: str = ""


@workflow.defn(name=WORKFLOW_TYPE)
class TicketWorkflow(SingleInputStart):
    """One ticket."""

    @workflow.init
    def __init__(self, ticket: Ticket) -> None:
        self._view = TicketView(ticket=ticket, status="OPEN")
        self._since = workflow.now()
        self._publisher = SummaryPublisher()

    @workflow.run
    async def run(self, ticket: Ticket) -> TicketView:  # noqa: ARG002 - __init__ has it
        """Wait until it is closed."""
        self._publisher.publish(self.get_summary())
        await self._publisher.open()
        await workflow.wait_condition(lambda: self._view.status == "CLOSED")
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._view

    @workflow.update
    def close(self, close: CloseTicket) -> TicketView:
        """Close it."""
        self._view = self._view.model_copy(update={"status": "CLOSED", "reason": f"{close.reason} ({close.by})"})
        self._since = workflow.now()
        self._publisher.publish(self.get_summary())
        return self._view

    @close.validator
    def _validate_close(self, close: CloseTicket) -> None:  # noqa: ARG002 - the SDK passes it
        refuse(Refusal("Closed", "it is closed") if self._view.status == "CLOSED" else None)

    @workflow.query
    def get_actions(self, viewer: Viewer | None = None) -> list[Action]:  # noqa: ARG002 - the same for everyone
        """Return what may be done now."""
        why_not = "it is closed" if self._view.status == "CLOSED" else None
        return [Action.of("close", "Close", "ends the ticket", why_not)]

    @workflow.query
    def get_summary(self) -> Summary:
        """Return the list row."""
        ticket = self._view.ticket
        return Summary(
            title=ticket.title,
            stage=self._view.status,
            stage_since=self._since,
            owner=ticket.ticket_id,
            extra={"pages": ticket.pages},
        )

    @workflow.query
    def get_snapshot(self, viewer: Viewer | None = None) -> Snapshot[TicketView]:
        """Return view, actions and list row together."""
        return Snapshot[TicketView].take(self._view, self.get_actions(viewer), self.get_summary())
