"""What a button decides. It travels with the button, so that a message needs no memory of whoever sent it."""

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workflows.approvals.slack.models import LevelCard
from workflows.shared.fields import Identifier

VALUE_LIMIT = 2000
"""Characters of a button's ``value``, see https://docs.slack.dev/reference/block-kit/block-elements/button-element."""

_ESCAPES = str.maketrans({character: f"\\u{ord(character):04x}" for character in "&<>"})


class StaleButtonError(Exception):
    """A button's value is none of ours, or of another version of this product."""


class ButtonTarget(BaseModel):
    """The level of a request that a button decides, and what of the request was shown beside it.

    It proves nothing about who pressed it, and nothing is decided without asking the workflow.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    request_id: Identifier
    version: int = Field(ge=1)
    level: int = Field(ge=0, description="index of the level in its chain")
    content_hash: str = Field(pattern=r"^[0-9a-f]{8,64}$", description="of the version's content")
    ballot: int = Field(default=0, ge=0, description="how many votes were taken back before: a vote then is a new one")

    @classmethod
    def of(cls, card: LevelCard) -> "ButtonTarget":
        """Return what the buttons of a card decide."""
        return cls(
            request_id=card.request_id,
            version=card.version,
            level=card.level,
            content_hash=card.content_hash,
            ballot=card.ballot,
        )

    @property
    def part(self) -> str:
        """Name of the card within its request."""
        return f"v{self.version}/l{self.level}"

    def to_value(self) -> str:
        """Return it as a button's value: JSON without any character that Slack escapes."""
        return self.model_dump_json().translate(_ESCAPES)

    @classmethod
    def from_value(cls, value: str) -> "ButtonTarget":
        """Read a button's value.

        Raises:
            StaleButtonError: it is none.
        """
        try:
            return cls.model_validate_json(value[:VALUE_LIMIT])
        except ValidationError as error:
            raise StaleButtonError("this button is of another version; open the request in the console") from error


def click_update_id(handler: str, target: ButtonTarget, person_id: str) -> str:
    """Return the ID of the update that a click becomes.

    It is the same for a double click, a duplicate envelope and a click that Slack brings again. It names the handler
    and the decision, since Temporal answers a reused ID with the first handler's result.
    """
    vote = f"v{target.version}/l{target.level}/b{target.ballot}"
    return f"slack/{handler}/{target.request_id}/{vote}/{person_id}"
