"""The systems of the twin, each imported when it is asked for: a list needs no command, and nothing needs a screen."""

from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from console.commands.command import AnyCommand
    from console.systems.system import ConsoleSystem

KnownView = Callable[[Any, str], Awaitable[Any]]
"""Asks a domain client what is known of an ID that has no workflow."""


class Face(NamedTuple):
    """Where a system is, as ``module:name``, and what ``tconsole`` says of it."""

    system: str
    about: str
    short: tuple[tuple[str, str], ...] = ()
    """Short names of actions."""
    known: str = ""
    """The client's method that tells of what has no workflow."""


FACES = {
    "orders": Face(
        "console.systems.orders.system:ORDERS",
        "Orders: list, show, act.",
        (("pay", "confirm_payment"), ("cancel", "cancel_order")),
    ),
    "payments": Face("console.systems.orders.side_money:PAYMENTS", "Payments of orders: list, show, resolve."),
    "approvals": Face(
        "console.systems.approvals.system:APPROVALS",
        "Requests: list, show, decide; `approvals check-policy [FILE]`.",
    ),
    "campaigns": Face(
        "console.systems.campaigns.system:CAMPAIGNS",
        "Campaigns: list, show, steer; `campaigns what-if --policy FILE`.",
    ),
    "users": Face(
        "console.systems.campaigns.actors:USER_ACTORS",
        "Users of campaigns: list, show, set preferences; `users import FILE.csv`.",
        known="known_state",
    ),
}


def system_named(name: str) -> "ConsoleSystem[Any, Any]":
    """Return the system of a face."""
    module, _, attribute = FACES[name].system.partition(":")
    system: ConsoleSystem[Any, Any] = getattr(import_module(module), attribute)
    return system


def known_view(name: str) -> KnownView | None:
    """Return what tells of IDs without a workflow, None where there is no such thing."""
    method = FACES[name].known
    return getattr(system_named(name).client, method) if method else None


def word_of(command: "AnyCommand") -> str:
    """Return what a command is called on the command line."""
    return command.name.replace("_", "-")


def commands_of(name: str) -> "dict[str, AnyCommand]":
    """Return the commands of a face by their words, short ones among them."""
    by_name = {command.name: command for command in system_named(name).commands}
    words = {word_of(command): command for command in by_name.values()}
    return words | {short: by_name[full] for short, full in FACES[name].short}
