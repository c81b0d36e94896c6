"""Text from outside is harmless, aligned, and never cut in silence, on every screen and in a small terminal too."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload

from console import app
from console.gateway.history import HistoryLine
from console.journal.entry import Outcome
from console.notice import Notice, Receipt
from tests.console.test_journal import act
from tests.screens import frozen
from tests.screens.conftest import NOW
from tests.screens.frozen import frozen_console
from tests.screens.hostile import IDENTIFIER, LONG, faults, hostile, hostile_model
from tests.support import run_histories
from tests.support.console_app import Console
from tests.support.snapshot import still_screen_text
from workflows.campaigns.cap_usage_models import CapUsage
from workflows.campaigns.models import UserState

SMALL = (60, 24)
KEPT_IN_ROWS = ("stage", "stage_since", "due_at", "currency", "broken", "closed_at", "waiting_for", "extra")

SCREENS = {
    "1": [
        *(
            "",
            "enter",
            "v",
            "v",
            "v escape d",
            "n",
            "escape p",
            "escape question_mark",
            "escape Y",
            "escape h",
            "e",
            "r",
        ),
        *("t", "enter", "escape escape J", "slash x", "escape escape slash [ b ]", "escape escape ctrl+p", "escape at"),
        *("escape P", "enter"),
    ],
    "2": ["", "enter", "escape a", "escape x"],
    "3": ["", "enter", "escape u", "escape g", "escape c"],
    "i": ["", "right right right right"],
}
"""By key of a tab or of the inbox: the keys from one screen to the next."""


def examples() -> dict[str, Any]:
    """Return the examples with hostile texts."""
    made: dict[str, Any] = {}
    for system in (kind for kind in frozen.KINDS if kind.name in frozen.EXAMPLES):
        known = frozen.EXAMPLES[system.name]
        rows = [
            {**hostile(row, KEPT_IN_ROWS), "id": f"{IDENTIFIER[:-2]}{number}"}
            for number, row in enumerate(known["rows"])
        ]
        view = hostile_model(system.view, known["view"], ("hash", "previous_hash")).model_dump(mode="json")
        made[system.name] = {"rows": rows, "view": view, "actions": hostile(known["actions"], ("name",))}
    for name, kind in (("user", UserState), ("usage", CapUsage)):
        made[name] = hostile_model(kind, frozen.EXAMPLES[name]).model_dump(mode="json")
    return made


def hostile_message(message: Message) -> None:
    """Put hostile texts into all fields of a message of Temporal's, in place."""
    if isinstance(message, Payload):
        message.data = json.dumps({"text": LONG, "list": [LONG]}).encode()
        return
    for field, value in message.ListFields():
        if field.type == field.TYPE_STRING and not field.is_repeated:
            setattr(message, field.name, LONG)
        elif field.type == field.TYPE_MESSAGE and not isinstance(value, Mapping):
            for one in value if field.is_repeated else [value]:
                hostile_message(one)


def hostile_events(events: Sequence[Message]) -> Sequence[Message]:
    """Return events with hostile texts."""
    for event in events:
        hostile_message(event)
    return events


def write_journal(console: Console) -> None:
    """Write an entry of each outcome with hostile texts."""
    journal = console.app.gateway.journal
    for outcome in Outcome:
        texts = dict.fromkeys(("who", "acting_as", "login", "action", "title", "noun", "target", "reason"), LONG)
        number = journal.sent(act(at=NOW, server="x", workflow_id=LONG, **texts))
        if outcome is not Outcome.SENT:
            journal.answered(number, outcome, LONG, NOW)


async def test_hostile_text_is_harmless_on_every_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frozen, "EXAMPLES", examples())
    monkeypatch.setattr(frozen, "HISTORY", [HistoryLine(1, NOW, "workflow execution signaled", LONG, 0)])
    for name in ("under_way", "failing"):
        made = hostile_events(getattr(run_histories, name)())
        monkeypatch.setattr(frozen, name, lambda made=made: made)
    monkeypatch.setattr(app, "TICK_SECONDS", 60)
    wrong: list[str] = []
    async with frozen_console(monkeypatch, SMALL) as console:
        console.app._act_as(IDENTIFIER)
        write_journal(console)
        for tab, screens in SCREENS.items():
            await console.press(tab)
            await console.until(lambda: "What you can do" in console.details)
            for keys in screens:
                await console.press(*keys.split())
                await still_screen_text(console.pilot)
                wrong += [f"{tab} {keys}: {fault}" for fault in faults(console.app)]
            await console.press(*["escape"] * 4)
        for content in (LONG, Receipt(ok=False, action=LONG, target=LONG, text=LONG, seconds=0.2)):
            console.pane.post_message(Notice(content))
            await still_screen_text(console.pilot)
            wrong += [f"{content}: {fault}" for fault in faults(console.app)]
    assert not wrong, "\n".join(wrong)
