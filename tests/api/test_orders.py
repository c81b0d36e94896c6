"""Orders over HTTP, on a real server."""

import asyncio
import json
from typing import Any

from httpx import Response

from console.api.service import Service
from console.systems.orders.http import orders_app
from tests.api.conftest import READER, Caller
from tests.support.orders import TOTAL, Shop, order, payment
from tests.support.temporal import fresh
from workflows.orders.models import OrderStatus


async def test_an_order_is_made_paid_and_read(service: Service, shop: Shop, call: Caller) -> None:
    app = orders_app(service)
    caller = call(app)
    request = order(order_id=f"gid://shop/Order/{fresh('1')}")
    body = request.model_dump(mode="json")
    made = await caller.post("/orders", json=body, headers={"Idempotency-Key": "new-1"})
    assert made.status_code == 201, made.text
    where = made.headers["location"]
    assert where.startswith("/orders/gid%3A%2F%2Fshop%2FOrder%2F"), "an ID with slashes is one part of the path"
    again = await caller.post("/orders", json=body, headers={"Idempotency-Key": "new-1"})
    assert (again.status_code, again.content) == (201, made.content)
    assert again.headers["location"] == where
    taken = await caller.post("/orders", json={**body, "currency": "EUR"})
    assert (taken.status_code, taken.headers["content-type"]) == (409, "application/problem+json")

    shown = (await caller.get(where)).json()
    assert (shown["outstanding"], shown["status"]) == (TOTAL, OrderStatus.AWAITING_PAYMENT)
    legal = {action["name"]: action["enabled"] for action in (await caller.get(f"{where}/actions")).json()}
    assert legal["confirm_payment"]

    paid = payment().model_dump(mode="json", exclude_none=True)
    answers = await asyncio.gather(
        *(caller.post(f"{where}/confirm-payment", json=paid, headers={"Idempotency-Key": "pay-1"}) for _ in range(3))
    )
    codes = sorted(answer.status_code for answer in answers)
    assert codes[0] == 200
    assert set(codes) <= {200, 409}, "a repeat at the same time is told that the first is under way"
    other = await caller.post(f"{where}/pay", json={**paid, "amount": 1}, headers={"Idempotency-Key": "pay-1"})
    assert other.status_code == 409, "the order has its money"
    reused = await caller.post(
        f"{where}/confirm-payment", json={**paid, "amount": 1}, headers={"Idempotency-Key": "pay-1"}
    )
    assert reused.json()["type"] == "urn:tconsole:problem:KeyReused"

    async with caller.stream("GET", f"{where}/events") as events:
        text = "".join([part async for part in events.aiter_text()])
    assert text.endswith("event: end\ndata: {}\n\n")
    (*_, last) = [line for line in text.splitlines() if line.startswith('data: {"')]
    assert json.loads(last.removeprefix("data: "))["status"] == OrderStatus.DELIVERED
    assert (await caller.get(f"{where}/status")).json()["status"] == OrderStatus.DELIVERED
    assert not (await shop.orders.get_order(request.order_id)).outstanding


JSON = {"Content-Type": "application/json"}
ASYNC = {"Prefer": "wait=5, respond-async"}
LONG = json.dumps({"reason": "x" * 1_500_000})
HALF_CENT = {"payment_id": "p", "amount": 25.005, "currency": "USD"}
UNKNOWN = {"payment_id": "p", "amount": 25, "currency": "ZZZ"}
NOT_PAID = {"amount": 1, "currency": "USD", "reason": "x"}

WRONG_POSTS: list[tuple[str, dict[str, Any], int, str]] = [
    ("cancel", {"content": "{,}", "headers": JSON}, 400, "not JSON"),
    ("cancel", {"content": "{}", "headers": {"Content-Type": "text/plain"}}, 400, "Content-Type"),
    ("cancel", {"json": [1]}, 400, "must be a JSON object"),
    ("cancel", {"json": {}}, 422, "reason: Field required"),
    ("cancel", {"json": {"reason": "x", "requested_by": "eve"}}, 403, "token of ana"),
    ("cancel", {"content": LONG, "headers": JSON}, 413, "more than 1,000,000 bytes"),
    ("pay", {"json": HALF_CENT}, 422, "amount: "),
    ("pay", {"json": UNKNOWN}, 422, "currency: "),
    ("refund-amount", {"json": NOT_PAID}, 409, "not paid"),
    ("no-such-action", {"json": {}}, 404, "no such path"),
]
WRONG_GETS = [
    ("/orders/NOBODY", 404, "there is no order NOBODY"),
    ("/nowhere", 404, "no such path"),
    ("/orders?limit=0", 400, "limit must be"),
    ("/orders?stage=nope", 400, "stage: orders have the stages CREATED"),
    ("/orders?sort=x", 400, "sort is no parameter"),
    ("/orders?cursor=%FF", 400, "cursor must be"),
    ("/orders?query=foo+bar", 400, "query"),
]


def is_problem(answer: Response, status: int, words: str) -> None:
    """Check that an answer is a problem."""
    problem = answer.json()
    assert (answer.status_code, problem.get("status")) == (status, status), (words, problem)
    assert words in problem["detail"], problem
    assert problem["type"].startswith("urn:tconsole:problem:")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_wrong_requests_are_problems_and_change_nothing(service: Service, shop: Shop, call: Caller) -> None:
    app = orders_app(service)
    caller, reader = call(app), call(app, READER)
    request = await shop.start()
    where = f"/orders/{request.order_id}"
    for word, sent, status, words in WRONG_POSTS:
        is_problem(await caller.post(f"{where}/{word}", **sent), status, words)
    for path, status, words in WRONG_GETS:
        is_problem(await caller.get(path), status, words)
    is_problem(await call(app, None).get(where), 401, "Authorization: Bearer")
    is_problem(await call(app, "wrong").get(where), 401, "not known")
    is_problem(await reader.post(f"{where}/cancel", json={"reason": "x"}), 403, "may only read")
    is_problem(await reader.get("/payments"), 403, "is not for payments")
    recorded = await caller.post(f"{where}/report-shipment", json={"status": "shipped"}, headers=ASYNC)
    assert (recorded.status_code, recorded.headers["location"]) == (202, where)
    assert recorded.headers["preference-applied"] == "respond-async"
    assert (await shop.orders.get_order(request.order_id)).receipts[-1].signal == "report_shipment"
    is_problem(await caller.post("/orders/NOBODY/cancel", json={"reason": "x"}, headers=ASYNC), 404, "no order NOBODY")
    cancelled = await caller.post(f"/orders/{(await shop.start()).order_id}/cancel", json={"reason": "sold out"})
    assert cancelled.json()["text"] == "releases 3 pieces, no refund due"
    is_problem(await caller.delete(where), 405, "does not take this method")
    assert (await shop.orders.get_order(request.order_id)).status == OrderStatus.AWAITING_PAYMENT


async def test_payments_are_taken_once_and_lists_are_paged(service: Service, shop: Shop, call: Caller) -> None:
    caller = call(orders_app(service))
    request = await shop.start()
    body = {"order_id": request.order_id, "payment_id": fresh("pay"), "amount": TOTAL, "currency": "USD"}
    taken = [await caller.post("/payments", json=body) for _ in range(2)]
    assert [answer.status_code for answer in taken] == [201, 201], taken[-1].text
    conflict = await caller.post("/payments", json={**body, "amount": 1})
    assert conflict.status_code == 409
    shown = (await caller.get(taken[0].headers["location"])).json()
    assert shown["request"]["order_id"] == request.order_id

    await shop.start()
    first = (await caller.get("/orders?limit=1")).json()
    assert len(first["items"]) == 1
    second = (await caller.get("/orders", params={"limit": "1", "cursor": first["next"]})).json()
    assert {row["id"] for row in first["items"]}.isdisjoint(row["id"] for row in second["items"])
    (await caller.get("/healthz")).raise_for_status()
    (await caller.get("/readyz")).raise_for_status()
