"""Whose wish a process of ours carries out: it signs for them, where messages are signed."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from workflows.shared.identity.mode import Channel


class ActingFor(NamedTuple):
    """A person, where their wish came from, and what has proven who they are: it is in the signature."""

    person: str
    channel: Channel
    via: str


ACTING_FOR: ContextVar[ActingFor | None] = ContextVar("acting_for", default=None)


@contextmanager
def acting_for(person: str, channel: Channel, via: str) -> Iterator[None]:
    """Sign what the block sends for somebody else."""
    token = ACTING_FOR.set(ActingFor(person, channel, via))
    try:
        yield
    finally:
        ACTING_FOR.reset(token)


def act_for(person: str, channel: Channel, via: str) -> None:
    """Sign what the rest of this task sends for somebody else."""
    ACTING_FOR.set(ActingFor(person, channel, via))
