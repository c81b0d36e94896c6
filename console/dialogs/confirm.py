"""A question before an action that cannot be undone."""

from typing import Literal

from console.dialogs.base import Dialog


class ConfirmDialog(Dialog[Literal[True]]):
    """Asks for yes or no. The safe button has the focus."""

    AUTO_FOCUS = "#leave"
    LEAVE = "No, leave it"

    def decision(self) -> Literal[True]:
        """Return yes."""
        return True
