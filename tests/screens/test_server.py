"""The screen about server, task queues and workers."""

import pytest

from console.gateway.call_meter import CallKind, CallMeter, Calls
from tests.screens.conftest import Check, Size
from tests.screens.frozen import frozen_console


async def test_server(size: Size, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    def calls(_: CallMeter, kind: CallKind) -> Calls:
        return Calls(0.0, 0) if kind is CallKind.OTHER else Calls(0.9, 54)

    monkeypatch.setattr(CallMeter, "calls", calls)
    async with frozen_console(monkeypatch, size) as console:
        await console.until(lambda: "What you can do" in console.details)
        await console.press("W")
        await console.shows("Task queues")
        await check(console.pilot, "server", styles=True)
        await console.press("end")
        await check(console.pilot, "server-end")
