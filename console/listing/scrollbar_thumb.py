"""The mark of a scroll bar: where it stands, and where a list is scrolled to when the bar is clicked."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ScrollbarThumb:
    """``room`` of ``rows`` can be seen, from ``top`` on; the bar is as long as the room."""

    rows: int
    room: int
    top: int

    @property
    def lines(self) -> range:
        """The lines of the bar that are marked, none when everything can be seen."""
        if self.rows <= self.room:
            return range(0)
        length = max(self.room * self.room // self.rows, 1)
        start = round(self.top / (self.rows - self.room) * (self.room - length))
        return range(start, start + length)

    def top_at(self, line: int) -> int:
        """Return the row that comes on top when ``line`` of the bar is clicked."""
        share = line / max(self.room - 1, 1)
        return round(min(max(share, 0.0), 1.0) * max(self.rows - self.room, 0))
