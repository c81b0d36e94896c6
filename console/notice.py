"""A message for the line above the footer."""

from textual.message import Message

from console.receipt import Receipt


class Notice(Message):
    """A receipt, or one line such as why a key did nothing; an empty text clears the line."""

    def __init__(self, content: Receipt | str) -> None:
        super().__init__()
        self.content = content
