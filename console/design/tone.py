"""What a colour means. It is always shown together with a symbol and a word: nobody needs to see colour to read it."""

from enum import StrEnum


class Tone(StrEnum):
    """The meanings that have a colour; each theme defines ``$tone-…`` for all of them."""

    WAITING = "waiting"
    """Somebody outside must do something in time."""
    MOVING = "moving"
    """Things go on by themselves."""
    DONE = "done"
    STOPPED = "stopped"
    HUMAN = "human"
    """A person must look."""
    MUTED = "muted"
    """Less important text."""
    ACCENT = "accent"
    """Keys and focus."""
    PLAIN = "plain"

    @property
    def style(self) -> str:
        """The tone as a style of Textual's content."""
        return f"$tone-{self.value}"
