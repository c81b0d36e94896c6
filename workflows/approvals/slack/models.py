"""What Slack is to show of a request, and what became of it there."""

from typing import Literal

from pydantic import Field

from workflows.approvals.models import Comment
from workflows.shared.fields import Answer, Identifier, UtcDatetime
from workflows.shared.inputs import Input

SLACK = "slack"
"""The ``channel`` of a vote that was given there."""
CHANNEL = ""
"""The recipient that is no person: the channel for approvals."""


class CardDecision(Answer):
    """One line under a request: who decided what and when."""

    person: str
    decision: str
    """In the past tense, such as ``approved``."""
    at: UtcDatetime
    on_behalf_of: str = ""
    reason: str = ""


class LevelCard(Answer):
    """A level of a version of a request, as a message shows it. Texts come from people and are shown as text."""

    request_id: str
    version: int
    level: int
    """Index of the level in its chain."""
    name: str
    """Of the level."""
    content_hash: str
    ballot: int = 0
    """How many votes were taken back: a vote after that is another one."""
    title: str
    asked: str
    """Who asks for what, such as ``expense of $480.00 by ana``."""
    details: list[tuple[str, str]] = Field(default_factory=list)
    changes: list[str] = Field(default_factory=list)
    """What differs from the version before."""
    deciders: list[str] = Field(default_factory=list)
    """Who may decide the level now."""
    due_at: UtcDatetime | None = None
    decisions: list[CardDecision] = Field(default_factory=list)
    """In the order in which they were made."""
    outcome: str = ""
    """Set when the level is decided, or closed otherwise: the buttons go."""
    console_only: bool = False
    """Whether this level is decided in the console alone."""

    @property
    def part(self) -> str:
        """Name of the card within its request."""
        return f"v{self.version}/l{self.level}"


class Notice(Answer):
    """Something to tell people once; ``event`` is unique within the request."""

    event: str
    text: str
    recipients: list[str]


class WantedMessages(Answer):
    """All that Slack is to show of a request now: cards of the current version, and what was said so far."""

    request_id: str
    sequence: int
    """Length of the trail of the record that it is of: the latest counts, and of one record the latest moment."""
    at: UtcDatetime
    version: int
    title: str
    cards: list[LevelCard]
    comments: list[Comment] = Field(default_factory=list)
    notices: list[Notice] = Field(default_factory=list)
    """New ones."""


class SlackLookup(Input):
    """Starts a look-up of what became of a request's messages."""

    request_id: Identifier


SlackSwitch = Literal["off", "on"]
MessageState = Literal["waiting", "sent", "failing", "nobody", "deleted", "digest"]
"""``nobody``: the recipient is not in Slack. ``digest``: they are told once a day of all that waits for them.
``deleted``: somebody deleted it when it was no longer needed."""


class SlackMessage(Answer):
    """One message about a request."""

    kind: Literal["card", "notice", "comment"]
    part: str = Field(description="what of the request it shows, such as v1/l0: the first level of version 1")
    recipient: str = Field(description="a person's ID, empty for the channel")
    state: MessageState
    channel: str | None = Field(default=None, description="where it is in Slack, when it was posted")
    ts: str | None = None
    error: str | None = Field(default=None, description="why it is not there, or not up to date")
    retry_at: UtcDatetime | None = None
    created_at: UtcDatetime


class SlackClick(Answer):
    """A click or a reply in Slack that changed nothing."""

    at: UtcDatetime
    action: str = Field(description="approve, reject or comment")
    slack_user: str
    team: str
    person: str | None = Field(default=None, description="who that is in the directory")
    reason: str = Field(description="why it was refused")


class SlackState(Answer):
    """What Slack shows of a request: answer to a look-up."""

    request_id: str
    on: bool = Field(description="whether the workers have a token for Slack")
    messages: list[SlackMessage] = Field(default_factory=list)
    refused_clicks: list[SlackClick] = Field(default_factory=list, description="the latest last")
