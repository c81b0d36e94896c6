"""Opt-outs that came by a link: they hold from the moment they are here, whether or not the actors have heard."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from workers.store.consent_schema import opt_outs
from workers.store.fences import void_fences
from workers.store.inserts import insert
from workers.store.schema import users
from workers.store.types import utc_now
from workflows.campaigns.models import Channel

MAX_UNTOLD = 100
"""Opt-outs that are read at a time."""


@dataclass(frozen=True)
class OptOut:
    """An opt-out of which the user's actor has not heard; ``number`` counts those of a user and channel."""

    user_id: str
    channel: Channel
    number: int

    @property
    def update_id(self) -> str:
        """The ID of the actor's update."""
        return f"unsubscribe-{self.channel}-{self.number}"


def save_opt_out(connection: Connection, user_id: str, channel: Channel) -> None:
    """Withdraw the user's consent, as an import would, and note that the actor is to hear of it.

    Idempotent: who has opted out already stays so, and nobody is told again.
    """
    locked = select(users.c[channel.value]).where(users.c.user_id == user_id).with_for_update()
    if connection.scalar(locked) is False:
        return
    connection.execute(update(users).where(users.c.user_id == user_id).values({channel.value: False}))
    void_fences(connection, [user_id])
    row = opt_outs.c
    new = insert(connection, opt_outs).values(user_id=user_id, channel=channel.value, number=1, told=0, at=utc_now())
    again = {"number": row.number + 1, "at": utc_now()}
    connection.execute(new.on_conflict_do_update(index_elements=[row.user_id, row.channel], set_=again))


def still_on(connection: Connection, user_id: str, turned_on: Mapping[Channel, datetime]) -> set[Channel]:
    """Return which of the channels that an actor turned on then were not opted out of by a link later."""
    row = opt_outs.c
    later = connection.execute(select(row.channel, row.at).where(row.user_id == user_id)) if turned_on else ()
    known = {Channel(each.channel): each.at for each in later}
    return {channel for channel, at in turned_on.items() if channel not in known or known[channel] <= at}


def untold(connection: Connection) -> list[OptOut]:
    """Return opt-outs of which the actors have not heard, the oldest first."""
    row = opt_outs.c
    waiting = select(row.user_id, row.channel, row.number).where(row.number > row.told).order_by(row.at)
    found = connection.execute(waiting.limit(MAX_UNTOLD))
    return [OptOut(each.user_id, Channel(each.channel), each.number) for each in found]


def mark_told(connection: Connection, opt_out: OptOut) -> None:
    """Note that the actor has heard of an opt-out."""
    row = opt_outs.c
    own = (row.user_id == opt_out.user_id, row.channel == opt_out.channel.value, row.told < opt_out.number)
    connection.execute(update(opt_outs).where(*own).values(told=opt_out.number))
