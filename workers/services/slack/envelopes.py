"""Reads what Slack sends over Socket Mode. Only what is used is looked at."""

from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError

from workers.services.slack.card import APPROVE, OPEN, REJECT
from workers.services.slack.modal import CALLBACK, REASON
from workers.services.slack.text import from_slack
from workers.store.slack_clicks import Click

REPLIES = frozenset((None, "thread_broadcast", "file_share"))
"""Subtypes of messages that people write; an edit or a deletion is no new one."""


class _User(BaseModel):
    id: str
    team_id: str = ""


class _Team(BaseModel):
    id: str = ""


class _Container(BaseModel):
    channel_id: str
    message_ts: str


class _Action(BaseModel):
    action_id: str
    action_ts: str
    value: str = ""


class BlockActions(BaseModel):
    """A press of a button."""

    type: Literal["block_actions"]
    user: _User
    team: _Team | None = None
    container: _Container
    trigger_id: str = ""
    actions: list[_Action] = Field(min_length=1)

    @property
    def pressed(self) -> str:
        """Return the ``action_id``."""
        return self.actions[0].action_id

    def click(self) -> Click:
        """Return what is to be decided; the press of `REJECT` is only a wish to."""
        action = self.actions[0]
        return Click(
            click_key=f"click/{self.user.id}/{action.action_ts}/{action.action_id}",
            action="approve" if action.action_id == APPROVE else "reject",
            target=action.value,
            team=_team(self.user, self.team),
            slack_user=self.user.id,
            channel=self.container.channel_id,
            ts=self.container.message_ts,
        )


class _View(BaseModel):
    id: str
    hash: str = ""
    callback_id: str = ""
    private_metadata: str = ""
    state: dict[str, Any] = Field(default_factory=dict)


class ViewSubmission(BaseModel):
    """A modal that was sent in."""

    type: Literal["view_submission"]
    user: _User
    team: _Team | None = None
    view: _View

    @property
    def is_ours(self) -> bool:
        """Return whether it is the modal that asks for a reason."""
        return self.view.callback_id == CALLBACK

    @property
    def reason(self) -> str:
        """Return what was typed; unlike messages, Slack sends it as it is."""
        values = self.view.state.get("values") or {}
        entered = (values.get(REASON) or {}).get(REASON) or {}
        return str(entered.get("value") or "").strip()

    def click(self, *, target: str, channel: str, ts: str) -> Click:
        """Return the rejection; the rest is what the modal was opened with."""
        return Click(
            click_key=f"modal/{self.view.id}/{self.view.hash}",
            action="reject",
            target=target,
            team=_team(self.user, self.team),
            slack_user=self.user.id,
            channel=channel,
            ts=ts,
            text=self.reason,
        )


class _Message(BaseModel):
    type: Literal["message"]
    subtype: str | None = None
    user: str = ""
    bot_id: str | None = None
    text: str = ""
    channel: str
    ts: str
    thread_ts: str | None = None
    team: str = ""
    user_team: str = ""


class ThreadReply(BaseModel):
    """A message of the Events API."""

    team_id: str = ""
    event: _Message

    @property
    def is_a_reply(self) -> bool:
        """Return whether a person wrote it in a thread."""
        event = self.event
        in_thread = event.thread_ts is not None and event.thread_ts != event.ts
        return in_thread and bool(event.user) and event.bot_id is None and event.subtype in REPLIES

    def click(self) -> Click:
        """Return the comment."""
        event = self.event
        return Click(
            click_key=f"reply/{event.channel}/{event.ts}",
            action="comment",
            target="",
            team=event.user_team or event.team or self.team_id,
            slack_user=event.user,
            channel=event.channel,
            ts=event.thread_ts or event.ts,
            text=from_slack(event.text).strip(),
        )


def read_envelope(kind: str, payload: object) -> BlockActions | ViewSubmission | ThreadReply | None:
    """Return what somebody did, or None if it is nothing of ours."""
    models: tuple[type[BlockActions | ViewSubmission | ThreadReply], ...] = ()
    if kind == "interactive":
        models = (BlockActions, ViewSubmission)
    elif kind == "events_api":
        models = (ThreadReply,)
    for model in models:
        try:
            found = model.model_validate(payload)
        except ValidationError:
            continue
        if isinstance(found, BlockActions) and found.pressed not in {APPROVE, REJECT, OPEN}:
            continue
        return found
    return None


def _team(user: _User, team: _Team | None) -> str:
    return user.team_id or (team.id if team else "")
