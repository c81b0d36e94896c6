"""Meanings of colours. A symbol and a word always say the same, so nobody needs to see colour."""

from enum import StrEnum

from textual.content import Content


class Tone(StrEnum):
    """A meaning with a colour; each theme defines ``$tone-…`` for all of them."""

    WAITING = "waiting"
    """Somebody outside must act in time."""
    MOVING = "moving"
    """It goes on by itself."""
    DONE = "done"
    STOPPED = "stopped"
    HUMAN = "human"
    """An operator must look."""
    MUTED = "muted"
    """Less important text."""
    ACCENT = "accent"
    """Keys and focus."""
    PLAIN = "plain"

    @property
    def style(self) -> str:
        """The tone as a style for Textual's content."""
        return f"$tone-{self.value}"

    def styled(self, text: str) -> Content:
        """Return ``text`` in this tone."""
        return Content.styled(text, self.style)
