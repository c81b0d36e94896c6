"""Two runs side by side: the same business steps in one line, and what differs."""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from enum import StrEnum

from console.gateway.events.event import Phase
from console.history.groups import Group, History
from console.history.lines import Kind, View, lines_of
from workflows.shared.timeline import TimelineEntry

MAX_COMPARISONS = 2_000_000
"""Pairs of steps that are compared freely; in longer runs the third ``charge`` is only compared with the third."""

VARIABLE = re.compile(r"\S*\d\S*")
"""A word with a digit: an ID, an amount or a time, which differs in another run."""


class Difference(StrEnum):
    """How the two sides of a line differ."""

    NONE = "="
    DATA = "~"
    """The same step with the same outcome, and other payloads."""
    OUTCOME = "≠"
    ONLY_FIRST = "<"
    ONLY_OTHER = ">"


@dataclass(frozen=True, slots=True)
class Step:
    """What the business says of a moment, or a thing that happened in Temporal."""

    at: datetime
    text: str = ""
    group: Group | None = None

    @property
    def key(self) -> str:
        """The same for the same step of another run."""
        if self.group is None:
            return VARIABLE.sub("#", self.text)
        name = self.group.first.kind if not self.group.name else self.group.name
        return f"{self.group.subject}\0{name}"

    @property
    def outcome(self) -> tuple[Phase, int] | None:
        """What is compared: how it ended, and after how many tries."""
        return (self.group.phase, max(self.group.attempts, 1)) if self.group is not None else None


@dataclass(frozen=True, slots=True)
class Pair:
    """One line: a step of the first run, the same step of the other, and how they differ."""

    first: Step | None
    other: Step | None
    difference: Difference


def steps_of(history: History, entries: Sequence[TimelineEntry], now: datetime) -> list[Step]:
    """Return the business steps of a run, each before what it did in Temporal."""
    steps: list[Step] = []
    for line in lines_of(View.BUSINESS, history, entries, now):
        if line.kind is Kind.ROW and line.text:
            steps.append(Step(line.at, line.text))
        if line.kind is Kind.ROW and line.group is not None:
            steps.append(Step(line.group.first.at, group=line.group))
    return steps


def compare(first: Sequence[Step], other: Sequence[Step], same_data: Callable[[Step, Step], bool]) -> list[Pair]:
    """Return both runs aligned by their steps."""
    freely = len(first) * len(other) <= MAX_COMPARISONS
    matcher = SequenceMatcher(None, _keys(first, freely=freely), _keys(other, freely=freely), autojunk=False)
    return [
        pair
        for tag, start, end, other_start, other_end in matcher.get_opcodes()
        for pair in _pairs(first[start:end], other[other_start:other_end], same_data, same=tag == "equal")
    ]


def _keys(steps: Sequence[Step], *, freely: bool) -> list[Hashable]:
    if freely:
        return [step.key for step in steps]
    seen: Counter[str] = Counter()
    keys: list[Hashable] = []
    for step in steps:
        seen[step.key] += 1
        keys.append((step.key, seen[step.key]))
    return keys


def _pairs(
    first: Sequence[Step], other: Sequence[Step], same_data: Callable[[Step, Step], bool], *, same: bool
) -> Iterator[Pair]:
    if not same:
        yield from (Pair(step, None, Difference.ONLY_FIRST) for step in first)
        yield from (Pair(None, step, Difference.ONLY_OTHER) for step in other)
        return
    for one, two in zip(first, other, strict=True):
        if one.outcome != two.outcome:
            yield Pair(one, two, Difference.OUTCOME)
        else:
            yield Pair(one, two, Difference.NONE if same_data(one, two) else Difference.DATA)
