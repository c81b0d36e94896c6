"""Inputs and results of the activities of digests."""

from typing import Literal

from workflows.shared.fields import Answer, UtcDatetime

MAX_SETTLED = 1_000
"""Users of one step."""

MAY_GO_OUT = "in a digest that nobody has confirmed"
"""Why a message has failed that a digest has which is not sent yet: another campaign may still send it."""


class CampaignHold(Answer):
    """Whether the held messages of a campaign stay where they are, as the campaign said ``at`` that time."""

    campaign_id: str
    held_back: bool
    at: UtcDatetime


class SettleHeld(Answer):
    """A campaign that ends, and some of the users whom it has not finished."""

    campaign_id: str
    user_ids: list[str]


class SettledUser(Answer):
    """A user to whom the campaign's message went in a digest, or may have."""

    user_id: str
    kind: Literal["sent", "failed"]
    detail: str | None = None


class SettledHeld(Answer):
    """Result of ``settle_held``; of users who are missing no message will go out."""

    users: list[SettledUser]
