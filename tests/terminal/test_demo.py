"""A person's first minutes: start the demo, pay an order, approve a request, leave; Temporal says what happened."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from tests.support.terminal import Terminal
from workflows.approvals.client import ApprovalsClient
from workflows.approvals.models import ApprovalState
from workflows.orders.client import OrdersClient
from workflows.orders.models import OrderStatus, PaymentStatus
from workflows.shared.summary import STAGE, WAITING_FOR

CTRL_S = "\x13"
ENTER = "\r"
ESCAPE = "\x1b"
FOREIGN = ("TEMPORAL_", "TCONSOLE_")


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Terminal]:
    """Give a terminal in which ``tconsole --demo`` runs with a data folder of its own, and nobody's settings."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    environment |= {"HOME": str(tmp_path), "TCONSOLE_DATA_DIR": str(tmp_path / "data")}
    command = [str(Path(sys.executable).with_name("tconsole")), "--demo"]
    with Terminal(command, columns=160, lines=45, environment=environment) as terminal:
        yield terminal


def _filter(terminal: Terminal, text: str) -> None:
    terminal.press("/")
    terminal.wait_for("filter")
    terminal.press(text + ENTER)
    terminal.wait_for(lambda screen: screen.count(text) >= 2)  # in the list and above the details


async def test_the_demo_takes_a_payment_and_a_decision_and_leaves_nothing_behind(
    demo: Terminal, tmp_path: Path
) -> None:
    demo.wait_for("awaiting pay")
    server = json.loads((tmp_path / "data" / "server.json").read_text(encoding="utf-8"))
    client = await Client.connect(server["address"], data_converter=pydantic_data_converter)

    order_id = await _first(client, "order-", f"{STAGE.name} = 'AWAITING_PAYMENT'")
    _filter(demo, order_id)
    demo.press("p")
    demo.wait_for("Confirm payment")
    demo.press(CTRL_S)
    demo.wait_for(f"✔ pay {order_id}")
    order = await OrdersClient(client).get_order(order_id)
    assert order.payment_status == PaymentStatus.PAID
    assert order.status not in (OrderStatus.AWAITING_PAYMENT, OrderStatus.NEEDS_ACTION)

    demo.press("2")
    request_id = await _first(client, "approval-", f"{WAITING_FOR.name} = 'chen'")
    _filter(demo, request_id)
    demo.press("a")
    demo.wait_for("Approve")
    demo.press(CTRL_S)
    demo.wait_for(f"✔ approve {request_id}")
    assert _approved_by("chen", await ApprovalsClient(client).get_state(request_id))

    children = psutil.Process(demo.pid).children(recursive=True)
    assert children
    demo.press("q")
    assert demo.wait_for_exit() == 0
    _, alive = psutil.wait_procs(children, timeout=30)
    assert alive == []


def _approved_by(person: str, state: ApprovalState) -> bool:
    votes = [vote for level in state.levels for vote in level.votes]
    return any(vote.approver == person and vote.decision == "approve" for vote in votes)


async def _first(client: Client, prefix: str, query: str) -> str:
    """Return the business ID of a running workflow that ``query`` finds."""
    async for found in client.list_workflows(f"{query} AND ExecutionStatus = 'Running'"):
        if found.id.startswith(prefix):
            return found.id.removeprefix(prefix)
    raise AssertionError(f"the demo has no {prefix} for: {query}")
