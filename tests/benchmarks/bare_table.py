"""Baseline of the screen: Textual's own table with as many rows: ``python -m …bare_table``."""

from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.widgets import DataTable

from tests.benchmarks.preparing import ORDERS, order_id

TITLES = ("order", "customer", "amount", "stage", "in", "due")


class BareTable(App[None]):
    """One table."""

    BINDINGS = [Binding("q", "quit", "Quit")]  # noqa: RUF012 - Textual declares it so

    def compose(self) -> ComposeResult:
        """Compose the table."""
        yield DataTable(cursor_type="row")

    def on_mount(self) -> None:
        """Fill it."""
        table = self.query_one(DataTable)
        table.add_columns(*TITLES)
        for number in reversed(range(ORDERS)):
            table.add_row(order_id(number), f"Ada Lovelace {number}", "$20.00", "◔ awaiting pay", "3 m", "23 h")
        table.focus()


if __name__ == "__main__":
    BareTable().run()
