"""A question before an action that cannot be undone."""

from typing import Literal

from console.dialogs.base import Dialog, Submit


class ConfirmDialog(Dialog[Literal[True]]):
    """Asks for yes or no. The safe button has the focus."""

    AUTO_FOCUS = "#leave"

    def __init__(
        self,
        title: str,
        target: str,
        effect: str,
        *,
        accept: str | None = None,
        danger: bool = True,
        submit: Submit[Literal[True]] | None = None,
    ) -> None:
        super().__init__(title, target=target, effect=effect, accept=accept, danger=danger, submit=submit)

    def leave_label(self) -> str:
        """Return the label of the safe button."""
        return "No, leave it"

    def decision(self) -> Literal[True]:
        """Return yes."""
        return True
