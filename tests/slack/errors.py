"""How Slack refuses."""

from typing import Any


class SlackError(Exception):
    """An answer with ``ok`` false. ``code`` is Slack's name of the error, ``more`` stands beside it in the answer."""

    def __init__(self, code: str, **more: Any) -> None:  # noqa: ANN401 - values of a JSON object
        super().__init__(code)
        self.code = code
        self.more = more


def invalid_blocks(problems: list[str]) -> SlackError:
    """Return the refusal of a message's blocks; the real one tells every problem twice."""
    messages = [f"[ERROR] {problem}" for problem in problems]
    return SlackError("invalid_blocks", errors=problems, response_metadata={"messages": messages})


def invalid_arguments(problems: list[str]) -> SlackError:
    """Return the refusal of a view, or of arguments that are missing."""
    return SlackError(
        "invalid_arguments", response_metadata={"messages": [f"[ERROR] {problem}" for problem in problems]}
    )
