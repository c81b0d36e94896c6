"""What the inbox asks of the console."""

from textual.message import Message


class OpenItem(Message):
    """Open an item in the tab of its system."""

    def __init__(self, tab: str, business_id: str) -> None:
        super().__init__()
        self.tab, self.business_id = tab, business_id


class InboxClosed(Message):
    """Go back to where the operator was."""
