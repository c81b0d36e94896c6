"""Joins store and workflows, page by page, and yields what has no owner."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from sqlalchemy import Connection
from temporalio.client import Client

from workers.books import campaigns, digests, goods, held_rows, money, outbox, rows, trails
from workers.books.findings import Finding, Remedies, unanswered
from workers.books.runs import Run, Runs
from workers.books.sends import UserPolicy, judge_sends, reach
from workers.store.engine import Store
from workers.store.schema import captures, emails, messages, parcels
from workers.store.types import utc_now
from workflows.approvals.client import ID_PREFIX as REQUEST_PREFIX
from workflows.approvals.client import WORKFLOW_TYPE as REQUEST_TYPE
from workflows.approvals.client import ApprovalsClient
from workflows.campaigns.client import CAMPAIGN_ID_PREFIX as CAMPAIGN_PREFIX
from workflows.campaigns.client import CAMPAIGN_WORKFLOW_TYPE as CAMPAIGN_TYPE
from workflows.campaigns.client import CampaignsClient, campaign_workflow_id
from workflows.campaigns.models import CampaignProgress
from workflows.orders.client import OrdersClient, payment_workflow_id, workflow_id
from workflows.shared.counts import number_of
from workflows.shared.errors import CallError, DisconnectedError

SETTLE_SECONDS = 2.0
"""Longer than the steps of a workflow that works and List take to agree with the store."""

RowT = TypeVar("RowT")
ReadPage = Callable[[Connection, str | None, str | None], list[RowT]]


class Check:
    """One look at everything. It holds a page of rows at a time, and asks only workflows that are suspicious.

    A workflow that had to be asked and does not answer is a finding. Raises from all methods ``StoreError``,
    ``RPCError`` or ``DisconnectedError``; and ``CallError`` if the workflow of the only item looked at does not answer.
    """

    def __init__(self, client: Client, store: Store) -> None:
        config = client.service_client.config
        self._store = store
        self._runs = Runs(client)
        self._orders = OrdersClient(client)
        self._requests = ApprovalsClient(client)
        self._campaigns = CampaignsClient(client)
        self._remedies = Remedies(config.target_host, client.namespace)

    async def findings(self) -> list[Finding]:
        """Return all that has no owner, also after a moment: what is between two steps has one soon."""
        found = [finding async for finding in self._everything()]
        if not found:
            return []
        await asyncio.sleep(SETTLE_SECONDS)
        again = {(finding.what, finding.item): finding async for finding in self._everything()}
        return [again[key] for each in found if (key := (each.what, each.item)) in again]

    async def counts(self) -> str:
        """Return how much there is to check, for people."""
        orders = await self._store.read(rows.order_count)
        payments = await self._store.read(rows.count, captures)
        sent = await self._store.read(rows.count, parcels)
        outgoing = sum([await self._store.read(rows.count, table) for table in (emails, messages)])
        found = {"order": orders, "payment": payments, "parcel": sent, "message": outgoing}
        return ", ".join(number_of(count, noun) for noun, count in found.items())

    async def _everything(self) -> AsyncIterator[Finding]:
        for part in (self.captures, self.refunds, self.stock, self.parcels, self.messages, self.sends, self.held):
            async for finding in part():
                yield finding
        async for finding in self.digests():
            yield finding
        async for finding in self.records():
            yield finding
        for part in (self.requests, self.campaigns):
            async for finding in part():
                yield finding

    async def captures(self, only: str | None = None) -> AsyncIterator[Finding]:
        """Look for captures that no order and no refund accounts for; ``only`` at that payment."""
        async for page in self._pages(rows.captured, lambda row: row.payment_id, only):
            orders = await self._known({row.order_id for row in page})
            asked = {row.order_id for row in page if (run := orders[row.order_id].run) and money.must_ask(row, run)}
            for order_id in asked:
                try:
                    orders[order_id] = replace(orders[order_id], view=await self._orders.get_order(order_id))
                except CallError as error:
                    if only is not None or isinstance(error, DisconnectedError):
                        raise
                    yield unanswered("order", order_id, workflow_id(order_id), error, self._remedies)
            doubtful = [row for row in page if money.unowned(row, orders[row.order_id], intake_runs=False)]
            intakes = await self._runs.find(payment_workflow_id(row.payment_id) for row in doubtful)
            for row in doubtful:
                intake = intakes.get(payment_workflow_id(row.payment_id))
                finding = money.judge_capture(
                    row, orders[row.order_id], self._remedies, intake_runs=bool(intake and intake.running)
                )
                if finding:
                    yield finding

    async def refunds(self) -> AsyncIterator[Finding]:
        """Look for refunds without a capture, or above it."""
        async for page in self._pages(rows.refunded, lambda row: row[0].payment_id):
            for refunded, order_id in page:
                if finding := money.judge_refunds(refunded, self._remedies, order_id):
                    yield finding

    async def stock(self, only: str | None = None) -> AsyncIterator[Finding]:
        """Look for pieces held or booked out for nobody; ``only`` at that reservation."""
        async for page in self._pages(rows.reserved, lambda row: row.reservation_id, only):
            orders = await self._known({row.order_id for row in page})
            paid = await self._store.read(rows.money_of, [row.order_id for row in page])
            for row in page:
                finding = goods.judge_reservation(row, orders[row.order_id], paid[row.order_id], self._remedies)
                if finding:
                    yield finding

    async def parcels(self, only: str | None = None) -> AsyncIterator[Finding]:
        """Look for parcels of orders whose money went back; ``only`` at that parcel."""
        async for page in self._pages(rows.sent, lambda row: row.parcel_id, only):
            orders = await self._known({row.order_id for row in page})
            for row in page:
                if finding := goods.judge_parcel(row, orders[row.order_id], self._remedies):
                    yield finding

    async def messages(self, only: str | None = None) -> AsyncIterator[Finding]:
        """Look for messages that no run will send; ``only`` at those with that key."""
        for kind in rows.OUTBOXES:

            def read(
                connection: Connection, after: str | None, key: str | None, kind: outbox.Kind = kind
            ) -> list[outbox.Unsent]:
                return rows.unsent(connection, kind, after, key)

            async for page in self._pages(read, lambda row: row.key, only):
                runs = await self._runs.find(owner for row in page for owner in row.owners)
                for row in page:
                    if finding := outbox.judge_unsent(row, runs, self._remedies):
                        yield finding

    async def sends(self, only: str | None = None) -> AsyncIterator[Finding]:
        """Look for sends beyond a cap that still counts them; ``only`` to that user."""
        now = utc_now()
        async for page in self._pages(rows.recipients, lambda row: row, only):
            policies = await self._store.read(rows.policies, page)
            since = now - reach(policies.values())
            recorded = await self._store.read(rows.sends, page, since)
            for user_id in page:
                for finding in judge_sends(
                    user_id, recorded[user_id], policies.get(user_id, UserPolicy()), self._remedies, now
                ):
                    yield finding

    async def digests(self) -> AsyncIterator[Finding]:
        """Look for messages that went out twice, or not at all, since a digest has them."""
        async for page in self._pages(held_rows.taken, lambda row: row.send_id):
            for row in page:
                if finding := digests.judge_taken(row, self._remedies):
                    yield finding

    async def held(self, only: str | None = None) -> AsyncIterator[Finding]:
        """Look for messages that wait for a digest, and that no campaign counts; ``only`` at those of that campaign."""
        async for page in self._pages(held_rows.waiting, lambda row: row.campaign_id, only):
            runs = await self._runs.find(campaign_workflow_id(row.campaign_id) for row in page)
            for row in page:
                run = runs.get(campaign_workflow_id(row.campaign_id))
                if finding := digests.judge_waiting(row, run, self._remedies):
                    yield finding

    async def records(self) -> AsyncIterator[Finding]:
        """Look for votes without a trail, and for trails that were changed, in the store."""
        after: str | None = None
        while page := await self._store.read(rows.records, REQUEST_PREFIX, after):
            for item_id, record in page:
                if finding := trails.judge_record(item_id, record, self._remedies):
                    yield finding
            after = page[-1][0]
        after = None
        while attempted := await self._store.read(rows.attempts, after):
            for request_id, attempts in attempted:
                if finding := trails.judge_attempts(request_id, attempts, self._remedies):
                    yield finding
            after = attempted[-1][0]

    async def requests(self) -> AsyncIterator[Finding]:
        """Look for requests that Temporal and the store know differently."""
        async for page in self._runs.pages(f"WorkflowType = '{REQUEST_TYPE}'"):
            records = await self._store.read(rows.records_of, [run.workflow_id for run in page])
            stopped = [run for run in page if trails.has_stopped(run, records.get(run.workflow_id))]
            doubtful = stopped + [run for run in page if trails.must_ask(run, records.get(run.workflow_id))]
            latest = await self._runs.find(run.workflow_id for run in doubtful)
            for run in doubtful:
                known = latest.get(run.workflow_id)
                if known is None or known.run_id != run.run_id:
                    continue
                if run in stopped:
                    yield trails.judge_stopped(run, self._remedies)
                    continue
                request_id = run.workflow_id.removeprefix(REQUEST_PREFIX)
                try:
                    trail = await self._requests.get_audit_trail(request_id)
                except DisconnectedError:
                    raise
                except CallError as error:
                    yield unanswered("request", request_id, run.workflow_id, error, self._remedies)
                    continue
                finding = trails.judge_heads(run, records.get(run.workflow_id), trail, self._remedies)
                if finding:
                    yield finding

    async def campaigns(self) -> AsyncIterator[Finding]:
        """Look for campaigns that were stopped from outside, with users left."""
        closed = "ExecutionStatus IN ('Terminated', 'TimedOut')"
        async for page in self._runs.pages(f"WorkflowType = '{CAMPAIGN_TYPE}' AND {closed}"):
            records = await self._store.read(rows.records_of, [run.workflow_id for run in page])
            stopped = [run for run in page if campaigns.has_stopped(run, records.get(run.workflow_id))]
            latest = await self._runs.find(run.workflow_id for run in stopped)
            for run in stopped:
                known = latest.get(run.workflow_id)
                if known is None or known.run_id != run.run_id:
                    continue
                finding = campaigns.judge_stopped(run, await self._progress(run), self._remedies)
                if finding:
                    yield finding

    async def _progress(self, run: Run) -> CampaignProgress | None:
        try:
            return await self._campaigns.get_progress(run.workflow_id.removeprefix(CAMPAIGN_PREFIX))
        except DisconnectedError:
            raise
        except CallError:
            return None

    async def _known(self, order_ids: Iterable[str]) -> dict[str, money.KnownOrder]:
        """Return what store and Temporal know of orders; those that have ended need no call."""
        ids = set(order_ids)
        ended = await self._store.read(rows.outcomes, ids)
        going = ids - ended.keys()
        runs = await self._runs.find(workflow_id(each) for each in going)
        left = await self._store.read(rows.with_goods_left, going)
        return {
            each: money.KnownOrder(ended.get(each), runs.get(workflow_id(each)), goods_left=each in left)
            for each in ids
        }

    async def _pages(
        self, read: ReadPage[RowT], key: Callable[[RowT], str], only: str | None = None
    ) -> AsyncIterator[Sequence[RowT]]:
        after: str | None = None
        while page := await self._store.read(read, after, only):
            yield page
            if only is not None:
                return
            after = key(page[-1])
