"""Geometry of a scroll bar."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ScrollbarThumb:
    """The thumb of a bar ``room`` lines long, which shows ``room`` of ``rows`` from ``top`` on."""

    rows: int
    room: int
    top: int

    @property
    def lines(self) -> range:
        """The lines of the bar under the thumb, none if all rows are visible."""
        if self.rows <= self.room:
            return range(0)
        length = max(self.room * self.room // self.rows, 1)
        start = round(self.top / (self.rows - self.room) * (self.room - length))
        return range(start, start + length)

    def top_at(self, line: int) -> int:
        """Return the row to scroll to when ``line`` of the bar is clicked."""
        share = min(max(line / max(self.room - 1, 1), 0.0), 1.0)
        return round(share * max(self.rows - self.room, 0))
