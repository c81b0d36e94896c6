"""The gateway: every call of the screen to Temporal goes through here."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from pydantic import BaseModel
from temporalio.api.workflow.v1 import WorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import CountWorkflowExecutionsRequest, ListWorkflowExecutionsRequest
from temporalio.client import Client
from temporalio.converter import DataConverter

from console.commands.command import CommandResult
from console.gateway.budget import CallBudget
from console.gateway.ending import read_ending
from console.gateway.health import Health
from console.gateway.history import HistoryLine, follow
from console.gateway.query import quote
from console.gateway.rows import RowKey
from console.receipt import Receipt
from console.start.session import Session
from console.start.state import SessionState
from workflows.shared import summary
from workflows.shared.errors import CallError, DisconnectedError, NoAnswerError, RefusedError

LIST_TIMEOUT = timedelta(seconds=5)
"""A page of 1,000 rows takes 0.2 s, so a server that takes 5 s counts as gone."""

DomainT = TypeVar("DomainT")
ViewT = TypeVar("ViewT", bound=BaseModel)


@dataclass(frozen=True)
class RawPage:
    """One page of a list as the server sent it. An empty token means that no further page exists."""

    infos: Sequence[WorkflowExecutionInfo]
    token: bytes


class Gateway:
    """Owns the connection's health and the call budget. ``operator`` is who acts."""

    def __init__(self, session: Session, *, operator: str, page_size: int) -> None:
        self._session = session
        self._attributes: bool | None = None
        self.operator = operator
        self.page_size = page_size
        self.health = Health()
        self.budget = CallBudget()

    @property
    def state(self) -> SessionState:
        """The state of the session."""
        return self._session.state

    @property
    def without_attributes(self) -> bool:
        """Whether the namespace is known to lack the search attributes."""
        return self.state.search_attributes is False or self._attributes is False

    @property
    def converter(self) -> DataConverter:
        """The converter of the connection as it is now."""
        return self._session.client.data_converter

    def domain(self, kind: Callable[[Client], DomainT]) -> DomainT:
        """Return a domain client on the connection as it is now; for one call, since the connection may be replaced."""
        return kind(self._session.client)

    async def list_page(self, query: str, token: bytes = b"") -> RawPage:
        """Return one page of the workflows that match ``query``.

        Raises:
            CallError: the server refused the query or did not answer.
        """
        self.budget.spend()
        client = self._session.client
        request = ListWorkflowExecutionsRequest(
            namespace=client.namespace, page_size=self.page_size, next_page_token=token, query=query
        )
        with self.health.watch():
            async with asyncio.timeout(LIST_TIMEOUT.total_seconds()):
                answer = await client.workflow_service.list_workflow_executions(request, timeout=LIST_TIMEOUT)
        return RawPage(answer.executions, answer.next_page_token)

    async def count(self, query: str) -> int | None:
        """Return how many workflows match ``query``, None when the call budget is used up for now.

        Raises:
            CallError: the server refused the query or did not answer.
        """
        if not self.budget.take():
            return None
        client = self._session.client
        request = CountWorkflowExecutionsRequest(namespace=client.namespace, query=query)
        with self.health.watch():
            async with asyncio.timeout(LIST_TIMEOUT.total_seconds()):
                answer = await client.workflow_service.count_workflow_executions(request, timeout=LIST_TIMEOUT)
        return answer.count

    async def knows_attributes(self) -> bool:
        """Return whether the namespace knows the search attributes. Asks the server if the session does not know.

        Raises:
            CallError: the server did not answer.
        """
        if self.state.search_attributes is not None:
            return self.state.search_attributes
        if self._attributes is None:
            try:
                await self.count(f"{summary.WAITING_FOR.name} = {quote(self.operator)}")
            except RefusedError:
                self._attributes = False
            else:
                self._attributes = True
        return self._attributes

    def follow(self, key: RowKey) -> AsyncIterator[list[HistoryLine]]:
        """Yield the run's history, then new events as they happen, until the run ends."""
        return follow(self._session.client, key)

    async def ending(self, key: RowKey) -> str:
        """Return why a closed run failed or was terminated, empty if it does not say.

        Raises:
            CallError: the server did not answer.
        """
        with self.health.watch():
            async with asyncio.timeout(LIST_TIMEOUT.total_seconds()):
                return await read_ending(self._session.client, key)

    async def perform(
        self, action: str, target: str, call: Awaitable[CommandResult[ViewT]]
    ) -> tuple[Receipt, CommandResult[ViewT] | None]:
        """Make a call that changes something. Return its receipt, and its result unless the call failed."""
        started = time.monotonic()
        result, ok, text = None, None, ""
        try:
            result = await call
            ok, text = result.accepted, result.text
        except (NoAnswerError, DisconnectedError) as error:
            text = f"it may still have taken effect: {error}"
        except CallError as error:
            ok, text = False, str(error)
        return Receipt(ok, action, target, text, time.monotonic() - started), result
