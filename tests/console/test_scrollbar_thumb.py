"""Where the mark of the list's scroll bar stands."""

from hypothesis import given
from hypothesis import strategies as st

from console.widgets.scrollbar_thumb import ScrollbarThumb


@given(rows=st.integers(0, 5_000), room=st.integers(1, 200), data=st.data())
def test_the_mark_is_on_the_bar_and_a_click_on_an_end_shows_that_end(rows: int, room: int, data: st.DataObject) -> None:
    last = max(rows - room, 0)
    mark = ScrollbarThumb(rows, room, data.draw(st.integers(0, last)))
    assert bool(mark.lines) == (rows > room)
    assert set(mark.lines) <= set(range(room))
    assert 0 <= mark.top_at(data.draw(st.integers(-9, 300))) <= last
    if room > 1:
        assert (mark.top_at(0), mark.top_at(room - 1)) == (0, last)


def test_the_mark_touches_the_ends_only_at_the_ends() -> None:
    assert ScrollbarThumb(1_000, 40, 0).lines == range(1)
    assert ScrollbarThumb(1_000, 40, 960).lines == range(39, 40)
    assert ScrollbarThumb(80, 40, 20).lines == range(10, 30)
