"""The modal that asks for the reason of a rejection."""

from pydantic import BaseModel, ConfigDict, ValidationError
from slack_sdk.models.blocks import ContextBlock, InputBlock, PlainTextInputElement, PlainTextObject
from slack_sdk.models.views import View

from workers.services.slack.target import ButtonTarget, StaleButtonError
from workers.services.slack.text import CONTEXT_LIMIT, one_line, plain_text

CALLBACK = "approval.reject"
"""``callback_id`` of the modal."""
REASON = "reason"
"""``block_id`` and ``action_id`` of its input."""
REASON_LIMIT = 3000
"""Characters, the most that Slack lets somebody type; the product takes 4,000."""


class ModalTarget(BaseModel):
    """What a modal decides, and the message whose button opened it; it travels in ``private_metadata``."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    button: str
    """The value of the button that opened the modal."""
    channel: str
    ts: str

    @property
    def target(self) -> ButtonTarget:
        """Return what the button decides.

        Raises:
            StaleButtonError: it is a button of another version of this product.
        """
        return ButtonTarget.from_value(self.button)

    @classmethod
    def from_metadata(cls, metadata: str) -> "ModalTarget":
        """Read a modal's ``private_metadata``.

        Raises:
            StaleButtonError: it is none of ours.
        """
        try:
            return cls.model_validate_json(metadata)
        except ValidationError as error:
            raise StaleButtonError("this form is of another version; open the request in the console") from error


def reject_modal(target: ButtonTarget, title: str, *, channel: str, ts: str) -> View:
    """Return the modal; ``channel`` and ``ts`` name the message whose button was pressed."""
    shown = f"{one_line(title)} · {target.request_id} · version {target.version}"
    reason = PlainTextInputElement(action_id=REASON, multiline=True, min_length=1, max_length=REASON_LIMIT)
    return View(
        type="modal",
        callback_id=CALLBACK,
        title=PlainTextObject(text="Reject the request"),
        submit=PlainTextObject(text="Reject"),
        close=PlainTextObject(text="Cancel"),
        private_metadata=ModalTarget(button=target.to_value(), channel=channel, ts=ts).model_dump_json(),
        blocks=[
            ContextBlock(elements=[plain_text(shown, CONTEXT_LIMIT)]),
            InputBlock(block_id=REASON, label=PlainTextObject(text="Reason"), element=reason),
        ],
    )


def reason_errors(problem: str) -> dict[str, object]:
    """Return the acknowledgement that shows what is wrong with the reason, beside it."""
    return {"response_action": "errors", "errors": {REASON: problem}}
