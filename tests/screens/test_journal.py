"""The journal with one entry of each outcome."""

from datetime import timedelta

import pytest

from console.app import ConsoleApp
from console.journal.entry import Outcome
from console.journal.recorder import EMBEDDED
from tests.console.test_journal import act
from tests.screens.conftest import NOW, Check, Size
from tests.screens.frozen import frozen_console

ACTIONS = (
    ("Pause campaign", "campaign", "spring", "chen", "", Outcome.APPLIED, "paused, 6,020 sent, 980 pending"),
    ("Cancel order", "order", "ORD-20250131-143022", "chen", "a duplicate", Outcome.REFUSED, "it is shipped"),
    ("Refund lines", "order", "gid://shop/Order/1001-of-a-long-name", "chen", "", Outcome.UNKNOWN, "no answer in time"),
    ("Acknowledge signals", "order", "[b]ЛАМПА[/b]", "chen", "\x1b[31mread", Outcome.ACCEPTED, "looked at"),
    ("Approve request", "request", "REQ-20250131-153022", "ben", "worth it", Outcome.APPLIED, "it has passed"),
    ("Confirm payment", "order", "ORD-20250131-142955", "chen", "", Outcome.SENT, ""),
)


def fill(app: ConsoleApp) -> None:
    """Write the entries, the first one yesterday."""
    journal = app.gateway.journal
    for index, (title, noun, target, acting_as, reason, outcome, answer) in enumerate(ACTIONS):
        at = NOW - (timedelta(seconds=50 - index) if index else timedelta(days=1))
        name = title.split()[0].lower()
        number = journal.sent(
            act(
                at=at,
                who="chen",
                acting_as=acting_as,
                login="chen",
                server=EMBEDDED,
                action=name,
                title=title,
                noun=noun,
                target=target,
                workflow_id=f"{noun}-{target}",
                reason=reason,
            )
        )
        if outcome is not Outcome.SENT:
            journal.answered(number, outcome, answer, at + timedelta(seconds=0.2))
        if outcome is Outcome.APPLIED:
            journal.happened(number, 57, at + timedelta(seconds=0.1))


async def test_journal(size: Size, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    async with frozen_console(monkeypatch, size) as console:
        await console.until(lambda: "What you can do" in console.details)
        await console.press("J")
        await console.shows("Nothing was done")
        await check(console.pilot, "journal-empty")
        fill(console.app)
        await console.press("f5")
        await console.shows("it has not taken effect")
        await check(console.pilot, "journal", styles=True)
        await console.press("down")
        await console.shows("only ben takes it back")
        await check(console.pilot, "journal-entry")
        await console.press("slash", *"shipped")
        await console.shows("1 action with")
        await console.shows("it has not taken effect")
        await check(console.pilot, "journal-find")
