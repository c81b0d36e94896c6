"""What leads to a person's screen."""

from textual.message import Message


class OpenPerson(Message):
    """Show one person."""

    def __init__(self, person_id: str) -> None:
        super().__init__()
        self.person_id = person_id
