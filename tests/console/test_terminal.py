"""A terminal that is closed while the console draws on it."""

import os
import threading

from textual.drivers._writer_thread import MAX_QUEUED_WRITES, WriterThread

from console.terminal import losable


def test_what_is_drawn_on_a_closed_terminal_keeps_nobody_waiting() -> None:
    ours, closed = os.openpty()
    os.close(ours)
    writer = WriterThread(losable(closed))
    writer.start()

    def draw() -> None:
        for _ in range(2 * MAX_QUEUED_WRITES):
            writer.write("\x1b[2J")
        writer.stop()

    drawing = threading.Thread(target=draw, daemon=True)
    drawing.start()
    drawing.join(20)
    assert not drawing.is_alive()
    assert not writer.is_alive()
    os.close(closed)


def test_what_is_drawn_reaches_an_open_terminal() -> None:
    reader, terminal = os.pipe()
    writer = WriterThread(losable(terminal))
    writer.start()
    writer.write("▲ é")
    writer.stop()
    assert os.read(reader, 100).decode() == "▲ é"
    os.close(reader)
    os.close(terminal)
