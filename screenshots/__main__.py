"""Takes all pictures from a demo of its own: ``python -m screenshots``, or only those that are named."""

import asyncio
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from console.app import ConsoleApp
from console.gateway.rows import Row
from console.registry import SYSTEMS
from console.start.options import LaunchOptions
from console.start.session import Session
from screenshots.picture import save
from screenshots.scenes import SCENES, Scene
from workflows.runtime.console_settings import ConsoleSettings
from workflows.runtime.exit import exit_process

FOLDER = Path(__file__).parent
SETTLE_SECONDS = 45
"""How long the demo goes on before the first picture, so that there is something in every stage."""
PATIENCE_SECONDS = 120


async def take(names: set[str]) -> None:
    """Open a demo, wait until it is busy, and take the pictures."""
    with tempfile.TemporaryDirectory() as folder:
        settings = ConsoleSettings(data_dir=Path(folder))
        options = LaunchOptions(
            data_dir=Path(folder),
            server_port=settings.server_port,
            task_queues=lambda: [system.client.default_task_queue for system in SYSTEMS],
            ephemeral=True,
            demo=True,
        )
        session = await Session.open(options)
        try:
            await asyncio.sleep(SETTLE_SECONDS)
            for scene in SCENES:
                if not names or scene.name in names:
                    await _take(scene, session, settings)
        finally:
            await session.close()


async def _take(scene: Scene, session: Session, settings: ConsoleSettings) -> None:
    app = ConsoleApp(session, settings.model_copy(update={"theme": scene.theme}), "chen")
    async with app.run_test(size=scene.size, notifications=False) as pilot:
        await pilot.press(scene.tab)
        await _until(pilot, lambda: _focus(app, scene.focus))
        await _until(pilot, lambda: _answered(app))
        await pilot.press(*scene.keys)
        await _rest(pilot)
        save(app, FOLDER, scene.name)
        sys.stdout.write(f"{scene.name}\n")


def _focus(app: ConsoleApp, wanted: str) -> bool:
    """Put the cursor on the first row that is in the stage, needs the attention, or waits for the person."""

    def fits(row: Row) -> bool:
        return wanted in {row.stage, row.attention, *row.waiting_for}

    table = app.active.table
    row = next((row for row in table.shown_rows if fits(row)), None)
    return row is not None and bool(table.select(row.key.workflow_id))


def _answered(app: ConsoleApp) -> bool:
    pane = app.active
    return pane.focused_row == pane.table.focused_row and pane.details.snapshot is not None


async def _until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await pilot.pause()
            await asyncio.sleep(0.1)


async def _rest(pilot: Pilot[None]) -> None:
    """Let what glows fade, and what is read arrive."""
    await asyncio.sleep(2)
    await pilot.pause()


if __name__ == "__main__":
    asyncio.run(take(set(sys.argv[1:])))
    exit_process(0)
