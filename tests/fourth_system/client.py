"""Typed calls to tickets."""

from tests.fourth_system.rules import ID_PREFIX, WORKFLOW_TYPE, CloseTicket, Ticket, TicketView
from workflows.shared.client import WorkflowClient

TASK_QUEUE = "tickets-queue"


class TicketsClient(WorkflowClient):
    """Starts and closes tickets."""

    workflow_type = WORKFLOW_TYPE
    default_task_queue = TASK_QUEUE
    noun = "ticket"
    id_prefix = ID_PREFIX

    async def start(self, ticket: Ticket) -> str:
        """Start a ticket, and return its workflow ID. Raises ``CallError``."""
        workflow_id = f"{ID_PREFIX}{ticket.ticket_id}"
        await self._start(workflow_id, ticket)
        return workflow_id

    async def close(self, ticket_id: str, close: CloseTicket, *, update_id: str) -> TicketView:
        """Close a ticket. Raises ``CallError``."""
        return await self._update(f"{ID_PREFIX}{ticket_id}", "close", close, TicketView, update_id=update_id)
