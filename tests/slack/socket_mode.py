"""Socket Mode: envelopes to the app over WebSockets, and its acknowledgements.

See https://docs.slack.dev/apis/events-api/using-socket-mode. Slack sends an event again when it was not acknowledged
within three seconds or no connection was open: at once, after a minute and after five, in a new envelope with the same
``event_id`` (https://docs.slack.dev/apis/events-api#retries). A click or a submission is sent once; the person reads a
warning if nobody acknowledges it.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.slack.clock import Clock
from tests.slack.faults import Faults
from tests.slack.workspace import APP_ID, Json, Workspace, new_secret

ACKNOWLEDGE_SECONDS = 3
RETRY_PAUSES = (0, 60, 300)
"""Seconds before each retry of an event, unless a new connection comes first."""
MAX_CONNECTIONS = 10
CLOSING_SECONDS = 10
"""Between the request to reconnect and the end of the connection."""
CONNECTION_SECONDS = 3600
HOST = "applink-local"


@dataclass(eq=False)
class Connection:
    """One WebSocket of the app."""

    socket: web.WebSocketResponse
    request: web.Request
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    leaving: bool = False
    """Whether it was asked to reconnect: it gets no more envelopes if there is another."""


@dataclass(eq=False)
class Delivery:
    """Something on its way to the app, in as many envelopes as it takes."""

    kind: str
    payload: Json
    accepts_payload: bool
    envelope_ids: list[str] = field(default_factory=list)
    open_envelope: str | None = None
    """The envelope that can still be acknowledged."""
    acknowledged: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when it was acknowledged or given up."""
    answer: Json | None = None
    """What the acknowledgement carried."""
    when_ended: Callable[[bool], None] | None = None
    """Told whether it was acknowledged."""

    def end(self) -> None:
        """Acknowledged or given up: tell everybody who waits for it."""
        self.open_envelope = None
        if not self.ended.is_set() and self.when_ended is not None:
            self.when_ended(self.acknowledged.is_set())
        self.ended.set()

    async def done(self) -> bool:
        """Wait until it was acknowledged or given up; return whether it was acknowledged."""
        await self.ended.wait()
        return self.acknowledged.is_set()


class SocketMode:
    """The app's connections, and what is on its way to it."""

    def __init__(self, workspace: Workspace, faults: Faults) -> None:
        self.workspace = workspace
        self.faults = faults
        self.connections: list[Connection] = []
        self.deliveries: list[Delivery] = []
        self.ignored: list[str] = []
        """Acknowledgements that came too late, twice, or for no envelope, and what was none."""
        self._arrival = asyncio.Event()
        """Set when the next connection comes, and then another event takes its place."""
        self._turn = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def clock(self) -> Clock:
        """Return the workspace's clock."""
        return self.workspace.clock

    def send(self, kind: str, payload: Json, *, accepts_payload: bool = False) -> Delivery:
        """Bring something to the app: an ``interactive`` payload once, of ``events_api`` until it is acknowledged."""
        delivery = Delivery(kind, payload, accepts_payload)
        self.deliveries.append(delivery)
        self._start(self._deliver(delivery))
        return delivery

    def request_disconnect(self, reason: str) -> None:
        """Ask all connections to reconnect (``warning``, ``refresh_requested``), and close them after ten seconds."""
        for connection in self.connections:
            connection.leaving = True
            self._start(self._see_off(connection, reason))

    def drop(self) -> None:
        """Lose all connections without a word."""
        for connection in list(self.connections):
            if connection.request.transport is not None:
                connection.request.transport.abort()

    async def stop(self) -> None:
        """Close all connections, and give up what is on its way. Events that were not acknowledged stay waiting."""
        for connection in list(self.connections):
            await connection.socket.close(code=1001)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for delivery in self.deliveries:
            if delivery.kind == "interactive":
                delivery.end()

    def resume(self) -> None:
        """Go on with the events that were not acknowledged before a restart."""
        for delivery in self.deliveries:
            if not delivery.ended.is_set():
                self._start(self._deliver(delivery))

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection."""
        ticket = request.query.get("ticket", "")
        if ticket not in self.workspace.tickets:
            return web.Response(status=401)
        self.workspace.tickets.discard(ticket)
        socket = web.WebSocketResponse(autoping=False, timeout=1)
        await socket.prepare(request)
        connection = Connection(socket, request)
        if len(self.connections) >= MAX_CONNECTIONS:
            await socket.send_json(
                {"type": "disconnect", "reason": "too_many_websockets", "debug_info": {"host": HOST}}
            )
            await socket.close()
            return socket
        self.connections.append(connection)
        await socket.send_json(self._hello())
        self._arrival.set()
        self._arrival = asyncio.Event()
        try:
            await self._listen(connection)
        finally:
            self.connections.remove(connection)
            connection.closed.set()
        return socket

    def _hello(self) -> Json:
        debug = {"host": HOST, "build_number": 1, "approximate_connection_time": CONNECTION_SECONDS}
        count = {"num_connections": len(self.connections)}
        return {"type": "hello"} | count | {"debug_info": debug, "connection_info": {"app_id": APP_ID}}

    async def _listen(self, connection: Connection) -> None:
        async for message in connection.socket:
            if message.type is WSMsgType.PING and not self.faults.silent:
                await connection.socket.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                self._acknowledge(message.data)

    def _acknowledge(self, text: str) -> None:
        try:
            answer = json.loads(text)
            envelope_id = answer["envelope_id"]
        except (ValueError, TypeError, KeyError):
            self.ignored.append(text)
            return
        delivery = next((each for each in self.deliveries if each.open_envelope == envelope_id), None)
        if delivery is None or delivery.acknowledged.is_set():
            self.ignored.append(text)
        elif self.faults.late_acknowledgements:
            self.faults.late_acknowledgements -= 1
            delivery.open_envelope = None
            self.ignored.append(text)
        else:
            delivery.answer = answer.get("payload") if delivery.accepts_payload else None
            delivery.acknowledged.set()

    async def _deliver(self, delivery: Delivery) -> None:
        if delivery.kind == "interactive" and not self.faults.redeliver_clicks:
            connection = self._next_connection()
            if connection is not None and await self._put(connection, delivery, 0):
                await _first_of(delivery.acknowledged.wait(), self.clock.wait(ACKNOWLEDGE_SECONDS))
        else:
            await self._deliver_until_acknowledged(delivery)
        delivery.end()

    async def _deliver_until_acknowledged(self, delivery: Delivery) -> None:
        """Send it, and again after each pause or over a new connection. While there is none, no try is used up."""
        attempt = 0
        while attempt <= len(RETRY_PAUSES):
            arrival = self._arrival
            connection = self._next_connection()
            if connection is None:
                await arrival.wait()
                continue
            if not await self._put(connection, delivery, attempt):
                await _first_of(connection.closed.wait(), arrival.wait())
                continue
            waits = connection.closed.wait(), self.clock.wait(ACKNOWLEDGE_SECONDS)
            await _first_of(delivery.acknowledged.wait(), *waits)
            delivery.open_envelope = None
            if delivery.acknowledged.is_set():
                return
            if attempt < len(RETRY_PAUSES):
                await _first_of(arrival.wait(), self.clock.wait(RETRY_PAUSES[attempt]))
            attempt += 1

    async def _put(self, connection: Connection, delivery: Delivery, attempt: int) -> bool:
        envelope_id = new_secret()
        delivery.envelope_ids.append(envelope_id)
        delivery.open_envelope = envelope_id
        envelope: Json = {"envelope_id": envelope_id, "payload": delivery.payload, "type": delivery.kind}
        envelope |= {"accepts_response_payload": delivery.accepts_payload}
        if delivery.kind == "events_api":
            envelope |= {"retry_attempt": attempt, "retry_reason": "timeout" if attempt else ""}
        try:
            await connection.socket.send_json(envelope)
            if self.faults.duplicates:
                self.faults.duplicates -= 1
                other = self._next_connection() or connection
                await other.socket.send_json(envelope)
        except (ConnectionError, RuntimeError):
            return False
        return True

    def _next_connection(self) -> Connection | None:
        """Return the connections in turn; an envelope goes to one of them."""
        staying = [each for each in self.connections if not each.leaving] or self.connections
        self._turn += 1
        return staying[self._turn % len(staying)] if staying else None

    async def _see_off(self, connection: Connection, reason: str) -> None:
        await connection.socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": HOST}})
        await _first_of(connection.closed.wait(), self.clock.wait(CLOSING_SECONDS))
        await connection.socket.close()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _first_of(*waits: Awaitable[object]) -> None:
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
