"""The line above the footer: what replaces what."""

from textual.app import App, ComposeResult

from console.notice import Receipt
from console.widgets.receipt_line import ReceiptLine

PAID = Receipt(ok=True, action="confirm payment", target="ORD-1", text="paid", seconds=0.1, number=7)


class Lines(App[None]):
    """An app with such a line."""

    def compose(self) -> ComposeResult:
        """Lay the line out."""
        yield ReceiptLine()


async def test_a_reminder_replaces_a_notice_but_no_receipt() -> None:
    app = Lines()
    async with app.run_test():
        line = app.query_one(ReceiptLine)
        line.say("copied ORD-1")
        line.remind("operator", "nobody is in the directory")
        assert "nobody is in the directory" in str(line.render())
        line.show(PAID)
        line.remind("operator", "chen is not in the directory")
        line.note(7, "applied, event 12")
        assert str(line.render()).endswith("applied, event 12")
        line.say("")
        assert "chen is not in the directory" in str(line.render())
        line.remind("operator", "")
        assert not str(line.render())
