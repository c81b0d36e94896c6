"""Why an order, a payment or a refund needs a person, in plain words."""

from collections.abc import Mapping

from console.model import REFUSED_SIGNAL, Why
from workflows.orders.views.attention import Attention

WHY: Mapping[str, Why] = {
    Attention.REFUND_FAILED: Why(
        "a refund does not go through",
        "try again, or resolve it with the reference of a refund by another way",
        retries=True,
    ),
    Attention.PARCEL_LOST: Why("the carrier has lost a parcel", "refund its lines, or send them again"),
    Attention.PARCEL_RETURNED: Why("a parcel came back", "refund its lines, or find the right address"),
    Attention.PAYMENT_REFUNDED: Why("a payment went back to the customer", "ask for another payment, or cancel"),
    Attention.STOCK_RELEASED: Why("its reserved stock was given back", "decide about the missing pieces, or cancel"),
    Attention.STOCK_GONE: Why("reserved pieces are not there", "decide about the missing pieces"),
    Attention.PARCEL_RECALLED: Why("a parcel was recalled on its way", "report what became of it"),
    Attention.STOCK_SHORT: Why("pieces are not in stock", "ship what is there, wait, or cancel the lines"),
    Attention.RECALL_FAILED: Why("a parcel cannot be recalled", "try again, or ask the carrier", retries=True),
    Attention.RELEASE_FAILED: Why(
        "stock cannot be given back", "try again, or put the pieces back by hand", retries=True
    ),
    Attention.REFUND_HELD: Why(
        "a refund is above what one person may send", "as a second person, approve or reject it"
    ),
    Attention.AMOUNT_MISMATCH: Why("the amount paid is not the amount due", "accept the payment, or send it back"),
    Attention.CURRENCY_MISMATCH: Why("paid in another currency", "accept the payment, or send it back"),
    Attention.SECOND_PAYMENT: Why("paid a second time", "accept the payment, or send it back"),
    Attention.SIGNAL_REFUSED: REFUSED_SIGNAL,
    Attention.PAYMENT_DELAYED: Why("money that came has no owner yet", "try again, or cancel the order", retries=True),
    Attention.ORDER_UNAVAILABLE: Why(
        "the order does not answer about a payment", "see the order, and try again", retries=True
    ),
    Attention.LEDGER_UNAVAILABLE: Why(
        "the store cannot be written", "see that the store runs, and try again", retries=True
    ),
    Attention.WAREHOUSE_UNAVAILABLE: Why(
        "the warehouse does not answer", "ask the warehouse, and try again", retries=True
    ),
    Attention.CARRIER_UNAVAILABLE: Why("the carrier does not answer", "ask the carrier, and try again", retries=True),
    Attention.STOCK_UNAVAILABLE: Why("the inventory does not answer", "see that it runs, and try again", retries=True),
}
