"""Keys made of several IDs: no two sets of IDs have the same, whatever is in them."""

from hypothesis import given
from hypothesis import strategies as st

from workflows.campaigns.sends import send_id_of
from workflows.orders.customer.emails import returned_key
from workflows.orders.payments.records import REST, part_of, refund_key
from workflows.shared.keys import key_of, parts_of

TRICKY = st.text(st.sampled_from("a%/:25F3A"), max_size=6)


@given(st.lists(TRICKY, min_size=1, max_size=4))
def test_the_parts_of_a_key_can_be_told(parts: list[str]) -> None:
    assert parts_of(key_of(*parts)) == parts


@given(TRICKY, TRICKY, TRICKY, TRICKY)
def test_no_two_messages_of_campaigns_share_an_id(campaign: str, user: str, other: str, someone: str) -> None:
    assert (send_id_of(campaign, user) == send_id_of(other, someone)) == ((campaign, user) == (other, someone))


@given(TRICKY, TRICKY, TRICKY)
def test_the_part_of_a_payment_is_told_from_its_refund_s_key(order: str, payment: str, part: str) -> None:
    """A run that finds a refund in the ledger must ask for the same one again, never for another."""
    assert part_of(refund_key(order, payment, part)) == part


def test_ids_with_the_separator_in_them_have_keys_of_their_own() -> None:
    assert refund_key("ORD/refund/A", "B") != refund_key("ORD", "A/refund/B")
    assert refund_key("ORD", f"A/{REST}") != refund_key("ORD", "A", REST)
    assert returned_key("A/returned") != returned_key("A")
    assert key_of("payment/A", "returned") != returned_key("A")
    assert send_id_of("A:B", "C") != send_id_of("A", "B:C")


def test_keys_of_usual_ids_are_those_of_people() -> None:
    assert refund_key("ORD-1", "pay_1", "excess") == "ORD-1/refund/pay_1/excess"
    assert send_id_of("SPRING-SALE", "user:1") == "SPRING-SALE:user:1"
