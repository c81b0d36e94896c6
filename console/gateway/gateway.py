"""The gateway: every call that the screen makes to Temporal goes through here."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from temporalio.api.workflow.v1 import WorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import CountWorkflowExecutionsRequest, ListWorkflowExecutionsRequest
from temporalio.client import Client
from temporalio.converter import DataConverter

from console.gateway.budget import CallBudget
from console.gateway.ending import read_ending
from console.gateway.health import Health
from console.gateway.history import HistoryLine, follow
from console.gateway.query import quote
from console.gateway.rows import RowKey
from console.gateway.session import Session, SessionState
from console.receipt import Receipt
from workflows.shared import summary
from workflows.shared.errors import CallError, DisconnectedError, NoAnswerError, RefusedError

LIST_TIMEOUT = timedelta(seconds=5)
"""A page of 1,000 rows takes 0.2 s; a server that takes 5 s is as good as gone."""

DomainT = TypeVar("DomainT")


@dataclass(frozen=True)
class RawPage:
    """One page of a list as the server sent it; no token, no further page."""

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
        """How the session stands."""
        return self._session.state

    @property
    def without_attributes(self) -> bool:
        """Whether the namespace is known to lack the search attributes."""
        return self.state.search_attributes is False or self._attributes is False

    @property
    def converter(self) -> DataConverter:
        """What decodes payloads."""
        return self._session.client.data_converter

    def domain(self, kind: Callable[[Client], DomainT]) -> DomainT:
        """Return a domain client on the connection as it is now. Keep it for one call only."""
        return kind(self._session.client)

    async def list_page(self, query: str, token: bytes = b"") -> RawPage:
        """Return one page of the workflows that ``query`` finds.

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
        """Return how many workflows ``query`` finds, None when the budget of calls is used up for now.

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
        """Return whether the namespace knows the search attributes, asking the server when the session cannot tell.

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
        """Yield the run's history, then what is added to it as it happens, until the run ends."""
        return follow(self._session.client, key)

    async def ending(self, key: RowKey) -> str:
        """Return why a closed run failed or was terminated, empty when it does not say.

        Raises:
            CallError: the server did not answer.
        """
        with self.health.watch():
            async with asyncio.timeout(LIST_TIMEOUT.total_seconds()):
                return await read_ending(self._session.client, key)

    async def perform(self, action: str, target: str, call: Awaitable[str]) -> Receipt:
        """Make a call that changes something, and return what became of it. ``call`` answers with words for people."""
        started = time.monotonic()

        def receipt(text: str, *, ok: bool | None) -> Receipt:
            return Receipt(ok=ok, action=action, target=target, text=text, seconds=time.monotonic() - started)

        try:
            return receipt(await call, ok=True)
        except (NoAnswerError, DisconnectedError) as error:
            return receipt(f"it may have happened all the same: {error}", ok=None)
        except CallError as error:
            return receipt(str(error), ok=False)
