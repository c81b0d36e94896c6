"""Errors of calls to workflows, each with one line for people."""

from collections.abc import Sequence


class CallError(Exception):
    """A call to a workflow failed. The text is one line for people."""


class NotFoundError(CallError):
    """Nothing has the ID."""


class AlreadyExistsError(CallError):
    """The ID is taken."""


class ClosedError(CallError):
    """The workflow has ended and takes no more signals or updates."""


class RefusedError(CallError):
    """Workflow or server refused, and nothing changed.

    ``kind`` is the refusal's type, such as ``NotEligible``; ``details`` are for programs, as JSON.
    """

    def __init__(self, message: str, kind: str, details: Sequence[object] = ()) -> None:
        super().__init__(message)
        self.kind = kind
        self.details = tuple(details)


class UnknownItemError(RefusedError):
    """It was refused because nothing is known under the ID."""


class NoAnswerError(CallError):
    """No answer in time. A start, signal or update may still have taken effect."""


class PausedError(NoAnswerError):
    """The workflow is paused in Temporal: it answers nothing and takes no update. Signals are kept for later."""


class DisconnectedError(CallError):
    """The server cannot be reached."""
