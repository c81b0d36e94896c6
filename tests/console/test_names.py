"""One name for each action: what the workflow calls it is the title of dialogs, help and palette."""

from typing import Any
from unittest.mock import Mock

import pytest

from console.commands.acknowledge import ACKNOWLEDGE_SIGNALS
from console.commands.command import AnyCommand
from console.pane import SystemPane
from console.registry import SYSTEMS
from console.systems.campaigns.commands import USER_COMMANDS
from console.systems.system import ConsoleSystem
from tests.approvals.test_actions import actions as approval_actions
from tests.approvals.test_applying import LENSES, approved
from tests.campaigns.test_actor_state import new_state as actor_state
from tests.campaigns.test_campaign_state import state_of as campaign_state
from tests.orders.test_actions import state_of as order_state
from tests.support.approvals import NOW, under_review
from tests.support.campaigns import campaign
from workflows.campaigns.actor_view import actor_actions
from workflows.campaigns.campaign_view import campaign_actions
from workflows.campaigns.models import CapPolicy
from workflows.orders.models import OrderStatus
from workflows.orders.payments.refund_models import HeldRefund
from workflows.orders.views.actions import actions as order_actions
from workflows.runtime.console_settings import ConsoleSettings
from workflows.shared.actions import Action
from workflows.shared.refused_signals import acknowledge_action

COMMANDS = {system.name: list(system.commands) for system in SYSTEMS} | {"users": list(USER_COMMANDS)}


def offered(system: str) -> dict[str, str]:
    """Return the workflow's own names of its actions."""
    actions: list[Action] = acknowledge_action(["some_signal"])
    match system:
        case "orders":
            state = order_state(OrderStatus.CREATED)
            held = HeldRefund(refund_id="R", at=NOW, amount=1, words="a lamp", by="ana", reason="broken", update_id="U")
            state.held_refunds["R"] = held
            actions += order_actions(state)
        case "approvals":
            failed = approved(**LENSES)
            failed.apply_failed("finance is closed", NOW)
            for review in (under_review(), failed):
                actions += approval_actions(review).values()
        case "campaigns":
            actions += campaign_actions(campaign_state(campaign(["U1"])), 0)
        case _:
            actions += actor_actions(actor_state(CapPolicy(rules=[])))
    return {action.name: action.label for action in actions}


@pytest.mark.parametrize("system", COMMANDS)
def test_a_command_is_called_as_the_workflow_calls_its_action(system: str) -> None:
    acting = {command.name: command.title for command in COMMANDS[system] if not command.creates}
    assert acting.items() <= offered(system).items()


@pytest.mark.parametrize("system", COMMANDS)
def test_every_action_has_a_command(system: str) -> None:
    named = {command.name for command in COMMANDS[system]}
    assert offered(system).keys() <= named | ({ACKNOWLEDGE_SIGNALS.name} if system == "users" else set())


@pytest.mark.parametrize("command", [command for commands in COMMANDS.values() for command in commands])
def test_the_footer_has_words_of_the_name(command: AnyCommand) -> None:
    assert command.label
    assert f" {command.label.lower()} " in f" {command.title.lower()} "
    assert command.verb[1:] == command.title[1:]


@pytest.mark.parametrize("system", COMMANDS)
def test_no_two_actions_have_one_name(system: str) -> None:
    names = list(offered(system).values())
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
def test_no_key_of_a_tab_means_two_things(system: ConsoleSystem[Any, Any]) -> None:
    pane = SystemPane(system, Mock(), ConsoleSettings())
    of_commands = {command.key for command in system.commands}
    general = ["i", "v", "h", "o", "y", "j", "k", "q", "1", "2", "3", "space"]
    others = [*(binding.key for binding in pane.own_keys), *general]
    assert not of_commands & set(others)
    assert len(others) == len(set(others))
