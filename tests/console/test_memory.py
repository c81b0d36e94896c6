"""Theme, tab and filters are kept from one run to the next, and a copied text says how far it got."""

import os
from pathlib import Path

import pytest
from temporalio.client import Client
from textual.widgets import Input

from console import clipboard
from console.memory import Memory, MemoryFile
from console.systems.orders.system import ORDERS
from tests.support.console_app import running_console
from tests.support.visibility import publish


async def test_theme_tab_and_filter_are_kept(client: Client, tmp_path: Path) -> None:
    await publish(client, ORDERS.kind, "ORD-KEPT", stage="PAID")
    memory = MemoryFile(tmp_path / "console.json")
    async with running_console(client, memory=memory) as console:
        console.app.turn_theme("tconsole-light")
        await console.press("slash", *"ORD-KEPT", "enter")
        await console.press("3")
    async with running_console(client, memory=memory, tab="") as console:
        assert console.pane.system.name == "campaigns"
        assert console.app.theme == "tconsole-light"
        await console.press("1")
        await console.until(lambda: console.rows == ["ORD-KEPT"])
        line = console.pane.query_one(Input)
        assert (line.value, line.display) == ("ORD-KEPT", True)
        await console.press("escape")
    async with running_console(client, memory=memory, theme="tconsole-dark") as console:
        assert console.app.theme == "tconsole-dark"  # the setting comes first
        assert not console.pane.listing.filtered


def test_a_memory_that_cannot_be_read_or_written_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    kept = MemoryFile(tmp_path / "file" / "console.json")
    kept.write(Memory(tab="orders"))
    assert kept.read() == Memory()
    (tmp_path / "console.json").write_text("no")
    assert MemoryFile(tmp_path / "console.json").read() == Memory()


@pytest.mark.parametrize(
    ("features", "words"),
    [("256,clipboard,RGB", "to the clipboard"), ("256", "to tmux's buffer only"), (None, "tmux does not say")],
)
async def test_a_copy_in_tmux_says_how_far_it_got(
    features: str | None, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = tmp_path / "tmux"
    answer = (
        "exit 1" if features is None else f"case $1 in load-buffer) cat > {tmp_path}/buffer;; *) echo {features};; esac"
    )
    command.write_text(f"#!/bin/sh\n{answer}\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert words in await clipboard.copy_through_tmux("ORD-1; $(id)")
    if features is not None:
        assert (tmp_path / "buffer").read_text() == "ORD-1; $(id)"
