"""What the screen does, as commands of Temporal's own tool."""

import json
import shlex
from types import SimpleNamespace
from typing import Any

from console.commands.command import Target
from console.commands.copy_screen import CopyScreen
from console.commands.shell import list_command, message_command
from console.start.state import Server
from console.systems.campaigns.commands import COMMANDS as CAMPAIGNS
from console.systems.orders.commands import COMMANDS as ORDERS
from tests.support.console_app import running_console
from tests.support.orders import Shop

SERVER = Server("localhost:7233", "default", None, embedded=False)
TARGET: Target[Any] = Target("chen", 'it\'s "1"', SimpleNamespace())


def words(commands: Any, name: str) -> list[str]:  # noqa: ANN401 - of any system
    """Return the words of a command as a shell takes them, behind ``uv run``."""
    command = next(command for command in commands if command.name == name)
    text = message_command(SERVER, command, 'order-it\'s "1"', TARGET)
    assert text is not None
    return shlex.split(text)[2:]


def test_a_list_is_copied_with_its_filter() -> None:
    found = shlex.split(list_command(SERVER, "BizOwner = 'it\\'s'"))[2:]
    assert found == [
        *("temporal", "workflow", "list", "--query", "BizOwner = 'it\\'s'"),
        *("--address", "localhost:7233", "--namespace", "default"),
    ]


def test_a_signal_and_an_update_are_copied_with_what_must_be_filled_in() -> None:
    signal = words(ORDERS, "cancel_order")
    assert signal[1:7] == ["workflow", "signal", "--workflow-id", 'order-it\'s "1"', "--name", "cancel_order"]
    assert json.loads(signal[8])["reason"] == "<reason>"
    update = words(CAMPAIGNS, "pause")
    assert update[1:4] == ["workflow", "update", "execute"]
    assert json.loads(update[9])["by"] == "chen"


def test_what_is_no_single_message_is_not_offered() -> None:
    new = next(command for command in ORDERS if command.creates)
    assert message_command(SERVER, new, "order-1", TARGET) is None


async def test_the_list_and_the_legal_actions_are_offered(shop: Shop) -> None:
    request = await shop.start()
    async with running_console(shop.client) as console:
        await console.focus(f"order-{request.order_id}", "What you can do")
        await console.press("Y")
        await console.until(lambda: isinstance(console.app.screen, CopyScreen))
        await console.shows("List these orders")
        await console.shows("--name cancel_order")
        await console.press("enter")
        await console.told("copied uv run temporal workflow list --query")
