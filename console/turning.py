"""Turning to another server or namespace: the screen begins anew there, or stays where it is."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from console.commands.entries import Argument, Entry
from console.notice import Notice
from console.start.state import LaunchError
from workflows.runtime.profile import named_profiles

if TYPE_CHECKING:
    from console.app import ConsoleApp

NAMESPACE = "namespace"


def servers(console: "ConsoleApp") -> Iterator[Entry]:
    """Yield the profiles that can be turned to, other namespaces, and the way back."""
    for name in named_profiles():
        turn = partial(turn_to, console, profile=name)
        yield Entry(f"Profile: {name}", "shows the server and namespace of this profile", turn, f"profile {name}")
    typed = Argument("name", lambda name: turn_to(console, namespace=name))
    begin = partial(console.action_command_line, f"{NAMESPACE} ")
    yield Entry("Another namespace", "of the same server", begin, NAMESPACE, typed)
    if console.session.is_away:
        yield Entry("Back to the first server", "that of the start", partial(_go_home, console), "home")


def turn_to(console: "ConsoleApp", *, profile: str = "", namespace: str = "") -> None:
    """Show a profile's server, or another namespace; where it cannot be reached, say so and stay."""
    console.run_worker(_turn(console, profile, namespace), group="server", exclusive=True, exit_on_error=False)


async def _turn(console: "ConsoleApp", profile: str, namespace: str) -> None:
    what = f"profile {profile}" if profile else f"namespace {namespace}"
    console.post_message(Notice(f"{what}: connecting …"))
    try:
        await console.session.switch(profile, namespace)
    except LaunchError as error:
        console.post_message(Notice(f"{what}: not possible, {error}; this is still {_here(console)}", refused=True))
        return
    console.begin_anew()


def _go_home(console: "ConsoleApp") -> None:
    console.session.go_home()
    console.begin_anew()


def _here(console: "ConsoleApp") -> str:
    server = console.session.state.server
    return f"{server.address} · {server.namespace}"
