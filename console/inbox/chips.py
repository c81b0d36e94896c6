"""The line above the inbox: all, yours, each system, and what is stuck, with their counts."""

from collections.abc import Sequence
from typing import Any

from console.design.tone import Tone
from console.inbox.judging import Cause, Item
from console.model import Stage
from console.systems.system import ConsoleSystem

YOURS = Stage("yours", "for you", "◔", Tone.WAITING, short="for you")
STUCK = Stage("stuck", "stuck", "▲", Tone.HUMAN, short="stuck")


def chips(tabs: Sequence[ConsoleSystem[Any, Any]]) -> tuple[Stage, ...]:
    """Return what can be chosen, from left to right."""
    systems = (Stage(tab.name, tab.title.lower(), "●", Tone.MOVING, short=tab.title.lower()) for tab in tabs)
    return (YOURS, *systems, STUCK)


def passes(item: Item, chosen: str | None) -> bool:
    """Return whether an item is shown while a chip is chosen; None is all."""
    match chosen:
        case None:
            return True
        case YOURS.name:
            return item.yours
        case STUCK.name:
            return item.cause is not None
        case _:
            return item.tab.name == chosen


def shown(items: Sequence[Item], chosen: str | None) -> list[Item]:
    """Return the items of a chip; what is stuck stands together by cause."""
    found = [item for item in items if passes(item, chosen)]
    return sorted(found, key=_by_cause) if chosen == STUCK.name else found


def _by_cause(item: Item) -> int:
    return list(Cause).index(item.cause) if item.cause is not None else len(Cause)
