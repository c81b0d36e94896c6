"""Recent send rate of a campaign, in slots of ten seconds."""

from datetime import datetime

from pydantic import Field

from workflows.shared.fields import Answer

SLOT = 10
"""Seconds."""

MINUTES = 30
"""Kept history."""

SLOTS_A_MINUTE = 60 // SLOT


class SendMeter(Answer):
    """Sends by the number of their slot since 1970."""

    slots: dict[int, int] = Field(default_factory=dict)

    def add(self, sends: int, now: datetime) -> None:
        """Count sends at ``now``, and forget old slots."""
        slot = _slot(now)
        self.slots[slot] = self.slots.get(slot, 0) + sends
        oldest = slot - MINUTES * SLOTS_A_MINUTE
        self.slots = {number: count for number, count in self.slots.items() if number > oldest}

    def rate(self, now: datetime, *, since: datetime) -> float:
        """Return sends a second in the last minute, or since the start if that is later."""
        newest = _slot(now)
        sends = sum(count for number, count in self.slots.items() if newest - SLOTS_A_MINUTE < number <= newest)
        seconds = now.timestamp() - max((newest - SLOTS_A_MINUTE + 1) * SLOT, since.timestamp())
        return round(sends / max(1.0, seconds), 1)

    def minutes(self, now: datetime) -> list[int]:
        """Return the sends of each of the last minutes, oldest first, beginning with the first send."""
        counts = dict.fromkeys(range(MINUTES), 0)
        newest = _slot(now)
        for number, count in self.slots.items():
            age = (newest - number) // SLOTS_A_MINUTE
            if age in counts:
                counts[age] += count
        sends = [counts[age] for age in reversed(range(MINUTES))]
        first = next((index for index, count in enumerate(sends) if count), len(sends))
        return sends[first:]


def _slot(moment: datetime) -> int:
    return int(moment.timestamp()) // SLOT
