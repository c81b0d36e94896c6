"""What a console says that may change nothing."""

from workflows.shared.errors import RefusedError

READ_ONLY = "this console is read-only (--read-only)"


class ReadOnlyError(RefusedError):
    """A call that would change something was not made."""

    def __init__(self) -> None:
        super().__init__(READ_ONLY, "ReadOnly")
