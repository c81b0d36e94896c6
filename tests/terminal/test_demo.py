"""A person's first minutes: start the demo, pay an order, approve a request, leave; Temporal says what happened."""

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from tests.support.eventually import eventually
from tests.support.processes import clean_environment, free_port, give_processor, processes_of
from tests.support.readme import readmes, run_all
from tests.support.temporal import fresh
from tests.support.terminal import Terminal
from workflows.approvals.client import ApprovalsClient
from workflows.approvals.models import ApprovalRequest, ApprovalState
from workflows.approvals.updates import Approve
from workflows.orders.client import OrdersClient
from workflows.orders.models import Address, Customer, OrderLine, OrderRequest, OrderStatus, PaymentStatus

CTRL_S = "\x13"
ENTER = "\r"


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Terminal]:
    """Give a terminal in which ``tconsole --demo`` runs with a data folder of its own, and nobody's settings."""
    data, port = tmp_path / "data", str(free_port())
    environment = clean_environment(tmp_path, TCONSOLE_DATA_DIR=str(data), TCONSOLE_SERVER_PORT=port)
    command = [str(Path(sys.executable).with_name("tconsole")), "--demo"]
    with Terminal(command, columns=160, lines=45, environment=environment) as terminal:
        yield terminal


async def _focus(terminal: Terminal, business_id: str, effect: str) -> None:
    """Filter the list down to one item, and wait until its details say what may be done to it."""
    terminal.press("/")
    terminal.press(business_id + ENTER)
    await terminal.wait_for(lambda screen: "1-1 of" in screen and effect in screen)


async def _try_the_readmes(address: str, folder: Path) -> None:
    """Do what the READMEs tell a learner to do beside the running demo, in one shell for each README."""
    environment = clean_environment(folder, TEMPORAL_ADDRESS=address, TCONSOLE_DATA_DIR=str(folder / "own"))
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    numbers = await asyncio.gather(*(run_all(readme, environment, folder) for readme in readmes()))
    assert sum(number > 0 for number in numbers) == 5  # the first, one for each system, and that of the operators


async def test_the_demo_takes_a_payment_and_a_decision_and_leaves_nothing_behind(
    demo: Terminal, tmp_path: Path
) -> None:
    await demo.wait_for("awaiting pay")
    give_processor(processes_of(tmp_path / "data"))
    assert "tconsole   DEMO" in demo.text
    server = json.loads((tmp_path / "data" / "demo" / "run" / "server.json").read_text(encoding="utf-8"))
    client = await Client.connect(server["address"], data_converter=pydantic_data_converter)

    orders, order_id = OrdersClient(client), fresh("ORD")
    await orders.begin(_order(order_id))
    await orders.wait_decided(order_id, within=timedelta(minutes=3))  # a new demo keeps the workers busy
    await _focus(demo, order_id, "takes $100.00")
    demo.press("p")
    await demo.wait_for("Confirm payment")
    demo.press(CTRL_S)
    await demo.wait_for(f"✔ confirm payment {order_id}")
    order = await orders.get_order(order_id)
    assert order.payment_status == PaymentStatus.PAID
    assert order.status not in (OrderStatus.AWAITING_PAYMENT, OrderStatus.NEEDS_ACTION)

    approvals, request_id = ApprovalsClient(client), fresh("REQ")
    await approvals.start(ApprovalRequest(request_id=request_id, kind="leave", title="Friday off", requester="ana"))
    await approvals.approve(request_id, Approve(approver="ben"))
    demo.press("2")
    await _focus(demo, request_id, "approves the request")
    demo.press("a")
    await demo.wait_for("Approve")
    demo.press(CTRL_S)
    await demo.wait_for(f"✔ approve request {request_id}")
    assert _approved_by("chen", await approvals.get_state(request_id))

    assert len(processes_of(tmp_path / "data")) == 4  # the console, the keeper, its server, the supervisor
    await _try_the_readmes(server["address"], tmp_path)

    demo.press("q")
    assert await demo.wait_for_exit() == 0
    await eventually(lambda: not processes_of(tmp_path / "data"))


def _approved_by(person: str, state: ApprovalState) -> bool:
    votes = [vote for level in state.levels for vote in level.votes]
    return any(vote.approver == person and vote.decision == "approve" for vote in votes)


def _order(order_id: str) -> OrderRequest:
    return OrderRequest(
        order_id=order_id,
        customer=Customer(customer_id="CUST-ADA", name="Ada Lovelace", email="ada@example.com"),
        currency="USD",
        lines=[OrderLine(sku="SKU-CHAIR", name="Chair", quantity=2, unit_price=5_000)],
        shipping_address=Address(name="Ada Lovelace", line1="1 Way", city="London", postal_code="SW1", country="GB"),
    )
