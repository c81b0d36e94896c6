"""What the console begins with: a workflow that is looked for before there is a screen."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from temporalio.client import Client

from console import screen
from console.commands.shell import link_command
from console.opening import UnknownIdError, place_of
from console.registry import SYSTEMS
from console.start.run import _look_for, _place
from console.start.session import Session
from console.start.state import LaunchError, Server, SessionState
from console.systems.orders.system import ORDERS
from tests.support.console_app import FixedSession, session_state
from tests.support.visibility import publish
from workflows.runtime.console_settings import ConsoleSettings

EMBEDDED = SessionState(Server("127.0.0.1:7233", "default", None, embedded=True))


def test_an_id_says_where_a_workflow_belongs() -> None:
    for workflow_id, tab, kind in (
        ("order-ORD-1", "orders", "orders"),
        ("payment-pay_1", "orders", "payments"),
        ("approval-REQ 1", "approvals", "approvals"),
        ("user-actor-USER-001", "campaigns", "users"),
    ):
        place = place_of(workflow_id, SYSTEMS)
        assert (place.tab.name, place.kind.kind.id_prefix in workflow_id) == (tab, True), kind
    for nothing in ("ORD-1", "", "order-"):
        with pytest.raises(UnknownIdError, match="is no workflow of these systems; their IDs are order-…, payment-…"):
            place_of(nothing, SYSTEMS)


async def test_what_there_is_not_is_an_error_before_the_screen(client: Client) -> None:
    await publish(client, ORDERS.kind, "ORD 'linked'", stage="PAID")
    session = cast("Session", FixedSession(client, session_state()))
    place = _place("order-ORD 'linked'")
    assert place is not None
    await _look_for("order-ORD 'linked'", place, session)
    with pytest.raises(LaunchError, match="--open: there is no order order-none at test · default") as missing:
        await _look_for("order-none", place, session)
    assert missing.value.code == 1
    with pytest.raises(LaunchError, match="--open: 'nonsense' is no workflow of these systems") as wrong:
        _place("nonsense")
    assert wrong.value.code == 2
    assert _place("") is None


def test_the_command_of_a_link_leads_to_the_same_server() -> None:
    assert link_command(EMBEDDED, "order-#1") == "uv run tconsole --open 'order-#1'"
    assert link_command(session_state("prod:7233"), "order-1") == (
        "uv run tconsole --open order-1 --address prod:7233 --namespace default"
    )
    demo = SessionState(EMBEDDED.server, demo=True)
    assert link_command(demo, "order-1") == "uv run tconsole --demo --open order-1"


async def test_the_screen_begins_anew_on_each_server(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[str, str]] = []

    async def show_once(_: object, __: object, operator: str, opening: str) -> Any:  # noqa: ANN401 - not a whole app
        shown.append((operator, opening))
        return SimpleNamespace(switched=len(shown) == 1, gateway=SimpleNamespace(operator="ben"))

    monkeypatch.setattr(screen, "_show_once", show_once)
    monkeypatch.setattr(screen, "_keep_collections_short", lambda: None)
    await screen.show(cast("Session", None), ConsoleSettings(), "chen", "order-1")
    assert shown == [("chen", "order-1"), ("ben", "")]
