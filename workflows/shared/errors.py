"""What can go wrong when the outside talks to a workflow, in one clear line each."""


class CallError(Exception):
    """A call to a workflow did not do what it asked. The text is one line for people."""


class NotFoundError(CallError):
    """Nothing has that ID."""


class AlreadyExistsError(CallError):
    """Something has that ID already."""


class ClosedError(CallError):
    """The workflow has ended, and takes no more signals or updates."""


class RefusedError(CallError):
    """The workflow, or the server, said no, and nothing changed. ``kind`` is its type, such as ``NotEligible``."""

    def __init__(self, message: str, kind: str) -> None:
        super().__init__(message)
        self.kind = kind


class NoAnswerError(CallError):
    """No answer came in time. A query changed nothing; a start, signal or update may have happened all the same."""


class DisconnectedError(CallError):
    """The server cannot be reached."""


ASK_AGAIN = "the worker that had this workflow has gone; ask again in some seconds"
"""What a worker answers to a query that it cannot answer in time."""
