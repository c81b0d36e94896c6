"""What is on the pictures: which tab, which item, which dialog, at which size."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDE = (160, 45)
NARROW = (80, 24)


@dataclass(frozen=True)
class Scene:
    """One picture. ``focus`` is the stage or attention of the item in focus; ``keys`` are pressed one after another."""

    name: str
    tab: str
    focus: str
    keys: Sequence[str] = ()
    size: tuple[int, int] = WIDE
    theme: str = "tconsole-dark"


SCENES = (
    Scene("orders", "1", "SHIPPED"),
    Scene("orders-light", "1", "SHIPPED", theme="tconsole-light"),
    Scene("orders-narrow", "1", "AWAITING_PAYMENT", size=NARROW),
    Scene("order-narrow", "1", "AWAITING_PAYMENT", ("enter",), size=NARROW),
    Scene("new-order", "1", "AWAITING_PAYMENT", ("n",)),
    Scene("pay", "1", "AWAITING_PAYMENT", ("p",)),
    Scene("cancel", "1", "FULFILLING", ("c",)),
    Scene("decide-payment", "1", "amount_mismatch", ("d",)),
    Scene("decide-shortage", "1", "stock_short", ("d",)),
    Scene("refund", "1", "SHIPPED", ("r",)),
    Scene("approvals", "2", "chen"),
    Scene("approve", "2", "chen", ("a",)),
    Scene("reject", "2", "chen", ("r",)),
    Scene("campaigns", "3", "RUNNING"),
    Scene("campaigns-narrow", "3", "RUNNING", size=NARROW),
    Scene("users", "3", "RUNNING", ("u",)),
    Scene("help", "1", "SHIPPED", ("question_mark",)),
)
