"""A Stripe for tests: localstripe with a proxy before it, which is as strict as the real one and fails on demand.

The proxy adds what localstripe lacks: it ignores Idempotency-Key, refunds more than was charged, and its charges
and intents have no `amount_captured`, `amount_refunded` (of a charge in an intent) or unexpanded `latest_charge`.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from aiohttp import ClientError, ClientSession, web
from aiohttp.test_utils import TestServer

from tests.support.eventually import eventually
from tests.support.processes import free_port, running

API_KEY = "sk_test_local"
GOOD_CARD, DECLINED_CARD = "4242424242424242", "4000000000000341"


@dataclass(frozen=True)
class Reply:
    """An answer of Stripe."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)

    def response(self) -> web.Response:
        """Return it as a response."""
        return web.json_response(self.body, status=self.status, headers=self.headers)


@dataclass
class StoredCall:
    """A call with an idempotency key: the request, and its reply once there is one."""

    request: tuple[str, bytes]
    reply: Reply | None = None


CarryOut = Callable[[], Coroutine[Any, Any, Reply]]
Fault = Callable[[CarryOut, web.Request], Coroutine[Any, Any, Reply]]
"""Replaces the carrying out of a refund. Its reply is stored under the key."""


@dataclass
class StripeProxy:
    """The proxy. ``faults`` are used up, one for each refund with a new idempotency key."""

    upstream: str
    session: ClientSession
    base_url: str = ""
    faults: list[Fault] = field(default_factory=list)
    refusals: list[Reply] = field(default_factory=list)
    """Replies to the next calls of any kind, which are neither carried out nor stored."""
    twice: bool = False
    """Whether every call arrives twice."""
    calls: list[str] = field(default_factory=list)
    keys: dict[str, StoredCall] = field(default_factory=dict)

    def forget_keys(self) -> None:
        """Forget all idempotency keys, as Stripe does after a day."""
        self.keys.clear()

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one call."""
        self.calls.append(f"{request.method} {request.path}")
        if self.refusals:
            return self.refusals.pop(0).response()
        body = await request.read()
        if self.twice and request.method == "POST":
            await self._once(request, body)
        return (await self._once(request, body)).response()

    async def _once(self, request: web.Request, body: bytes) -> Reply:
        """Carry a call out, unless its idempotency key is known."""
        key = request.headers.get("Idempotency-Key")
        if request.method != "POST" or key is None:
            return await self._carry_out(request, body)
        if len(key) > 255:
            return _error(400, "Idempotency keys may have 255 characters")
        stored = self.keys.get(key)
        if stored is None:
            return await self._first_time(key, request, body)
        if stored.request != (request.path, body):
            return _error(400, "Keys can only be used with the same parameters", type="idempotency_error")
        if stored.reply is None:
            return _error(409, "Another request with this key is in progress", code="idempotency_key_in_use")
        return Reply(stored.reply.status, stored.reply.body, {"Idempotent-Replayed": "true"})

    async def _first_time(self, key: str, request: web.Request, body: bytes) -> Reply:
        stored = self.keys[key] = StoredCall((request.path, body))

        async def carry_out() -> Reply:
            return await self._carry_out(request, body)

        refund = request.path == "/v1/refunds"
        fault = self.faults.pop(0) if refund and self.faults else _no_fault
        # A caller that hangs up does not stop it.
        stored.reply = await asyncio.shield(asyncio.ensure_future(self._kept(stored, fault(carry_out, request))))
        return stored.reply

    async def _kept(self, stored: StoredCall, work: Coroutine[Any, Any, Reply]) -> Reply:
        stored.reply = await work
        return stored.reply

    async def _carry_out(self, request: web.Request, body: bytes) -> Reply:
        if request.method == "POST" and request.path == "/v1/refunds":
            refused = await self._why_no_refund(parse_qs(body.decode()))
            if refused is not None:
                return refused
        reply = await self._forward(request.method, request.path_qs, body, dict(request.headers))
        if reply.status == 404:
            return _error(404, f"No such object: {request.path}", code="resource_missing")
        return Reply(reply.status, await self._completed(reply.body, request.query_string))

    async def _why_no_refund(self, form: dict[str, list[str]]) -> Reply | None:
        charge_id, amount = form["charge"][0], int(form["amount"][0])
        if any(len(value) > 500 for name, [value] in form.items() if name.startswith("metadata[")):
            return _error(400, "Metadata values can have 500 characters")
        charge = await self._forward("GET", f"/v1/charges/{charge_id}")
        known = await self._forward("GET", f"/v1/refunds?charge={charge_id}&limit=100")
        left = charge.body["amount"] - sum(made["amount"] for made in known.body["data"] if made["status"] != "failed")
        if left == 0:
            return _error(400, f"Charge {charge_id} has already been refunded.", code="charge_already_refunded")
        if amount > left:
            return _error(400, f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})")
        return None

    async def _completed(self, body: dict[str, Any], query: str) -> dict[str, Any]:
        """Add what localstripe's objects lack."""
        if body.get("object") == "charge":
            body["amount_captured"] = body["amount"] if body["captured"] and body["status"] == "succeeded" else 0
        charge = body.get("latest_charge")
        if isinstance(charge, dict):
            expanded = "latest_charge" in query
            body["latest_charge"] = await self._completed(charge, "") if expanded else charge["id"]
        return body

    async def _forward(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Reply:
        given = headers or {"Authorization": f"Bearer {API_KEY}"}
        kept = {name: value for name, value in given.items() if name in {"Authorization", "Content-Type"}}
        async with self.session.request(method, self.upstream + path, data=body, headers=kept) as answer:
            return Reply(answer.status, json.loads(await answer.read()))

    async def post(self, path: str, **form: Any) -> dict[str, Any]:  # noqa: ANN401 - any field of Stripe's
        """Do something at Stripe that is not ours to do, such as to take a payment."""
        url, headers = self.upstream + path, {"Authorization": f"Bearer {API_KEY}"}
        async with self.session.post(url, data=form, headers=headers) as answer:
            done: dict[str, Any] = await answer.json()
        return done

    async def pay(self, amount: int, currency: str = "usd", *, card: str = GOOD_CARD, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
        """Return a payment intent of a customer who paid, as Stripe has it."""
        card_fields = {"card[number]": card, "card[exp_month]": "12", "card[exp_year]": "2050", "card[cvc]": "123"}
        method = await self.post("/v1/payment_methods", type="card", **card_fields)
        intent = {"amount": str(amount), "currency": currency, "payment_method": method["id"], "confirm": "true"}
        return await self.post("/v1/payment_intents", **(intent | more))

    async def until_calls(self, call: str, count: int) -> None:
        """Wait until a call, such as ``POST /v1/refunds``, came ``count`` times."""
        await eventually(lambda: self.calls.count(call) >= count)

    async def refunds(self, payment: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the refunds that Stripe made of an intent's payment."""
        reply = await self._forward("GET", f"/v1/refunds?charge={payment['latest_charge']['id']}&limit=100")
        made: list[dict[str, Any]] = reply.body["data"]
        return made


def _error(status: int, message: str, **more: str) -> Reply:
    return Reply(status, {"error": {"type": "invalid_request_error", "message": message} | more})


def rate_limited(seconds: int) -> Reply:
    """Return the reply of rate limiting."""
    limited = _error(429, "Too many requests", code="rate_limit")
    return Reply(limited.status, limited.body, {"Retry-After": str(seconds)})


def unavailable() -> Reply:
    """Return the reply of an outage."""
    return _error(503, "We are down", type="api_error")


async def _no_fault(carry_out: CarryOut, _: web.Request) -> Reply:
    return await carry_out()


async def lose_answer(carry_out: CarryOut, request: web.Request) -> Reply:
    """Carry out, and close the connection."""
    reply = await carry_out()
    assert request.transport is not None
    request.transport.abort()
    return reply


async def fail_before(_carry_out: CarryOut, _: web.Request) -> Reply:
    """Fail without an effect, and store the failure."""
    return _error(500, "An unknown error occurred", type="api_error")


async def fail_after(carry_out: CarryOut, _: web.Request) -> Reply:
    """Carry out, and store a failure."""
    await carry_out()
    return _error(500, "An unknown error occurred", type="api_error")


def slow(gate: asyncio.Event) -> Fault:
    """Carry out, and answer when the gate opens."""

    async def wait(carry_out: CarryOut, _: web.Request) -> Reply:
        reply = await carry_out()
        await gate.wait()
        return reply

    return wait


def stuck(gate: asyncio.Event) -> Fault:
    """Begin only when the gate opens."""

    async def wait(carry_out: CarryOut, _: web.Request) -> Reply:
        await gate.wait()
        return await carry_out()

    return wait


@asynccontextmanager
async def localstripe() -> AsyncIterator[str]:
    """Run localstripe, and give its address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "tests.support.localstripe_process", str(port)]
    with running(command) as process:
        async with ClientSession() as session:
            exit_code = process.poll
            await eventually(lambda: session.get(url), ignoring=(ClientError,), describe=exit_code, seconds=30)
        yield url


@asynccontextmanager
async def stripe_proxy(upstream: str) -> AsyncIterator[StripeProxy]:
    """Run the proxy before a localstripe."""
    async with ClientSession() as session:
        proxy = StripeProxy(upstream, session)
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", proxy.handle)
        async with TestServer(app) as server:
            proxy.base_url = str(server.make_url("")).rstrip("/")
            yield proxy
