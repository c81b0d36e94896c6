"""Clicks and replies in Slack: kept before Slack is told that we have them, so that none is lost in a restart."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

from sqlalchemy import Connection, and_, or_, select, update

from workers.store.inserts import insert_new
from workers.store.slack_schema import slack_clicks
from workers.store.types import utc_now

Action = Literal["approve", "reject", "comment"]

CLAIM = timedelta(seconds=60)
"""How long a process may take to decide on one, before another one tries."""


@dataclass(frozen=True)
class Click:
    """What somebody did in Slack. All of it is as Slack told, and proves nothing."""

    click_key: str
    """The same for every envelope of it."""
    action: Action
    target: str
    """Value of the button; empty for a reply."""
    team: str
    slack_user: str
    channel: str
    ts: str
    """The message of the button, or the first one of the thread."""
    text: str = ""
    """Reason of a rejection, or the reply."""


@dataclass(frozen=True)
class OpenClick:
    """A click that is not decided on yet, claimed by the caller."""

    click: Click
    attempts: int
    created_at: datetime


def keep_click(connection: Connection, click: Click) -> bool:
    """Keep a click; return False if it is known."""
    return insert_new(connection, slack_clicks, {**asdict(click), "state": "OPEN"})


def claim_click(connection: Connection) -> OpenClick | None:
    """Claim the oldest click that nobody is deciding on."""
    row, now = slack_clicks.c, utc_now()
    free = and_(row.state == "OPEN", or_(row.claimed_until.is_(None), row.claimed_until <= now))
    query = select(slack_clicks).where(free).order_by(row.created_at, row.click_key).limit(1)
    found = connection.execute(query.with_for_update(skip_locked=True)).one_or_none()
    if found is None:
        return None
    claimed = {"claimed_until": now + CLAIM, "attempts": found.attempts + 1}
    connection.execute(update(slack_clicks).where(row.click_key == found.click_key).values(claimed))
    click = Click(
        found.click_key,
        cast("Action", found.action),
        found.target,
        found.team,
        found.slack_user,
        found.channel,
        found.ts,
        found.text,
    )
    return OpenClick(click, found.attempts, found.created_at)


def end_click(
    connection: Connection, click: Click, refused: str | None, request_id: str | None, person: str | None
) -> None:
    """Note what became of a click: done, or ``refused`` with that reason; it need not have been kept before."""
    state = "DONE" if refused is None else "REFUSED"
    values = {"state": state, "outcome": refused, "request_id": request_id, "person": person, "claimed_until": None}
    if not insert_new(connection, slack_clicks, {**asdict(click), **values}):
        connection.execute(update(slack_clicks).where(slack_clicks.c.click_key == click.click_key).values(values))


def put_click_off(connection: Connection, key: str, pause: timedelta) -> None:
    """Let a click be tried again after a pause."""
    values = {"claimed_until": utc_now() + pause}
    connection.execute(update(slack_clicks).where(slack_clicks.c.click_key == key).values(values))
