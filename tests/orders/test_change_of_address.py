"""Another address for parcels that have not left."""

from typing import Any

from tests.orders.properties.events import BY, CANCEL, Pay, Update, report
from tests.orders.properties.scenarios import PLENTY, SOLD_OUT, Scenario
from tests.orders.properties.simulated import SimulatedOrder, paid, waiting_for_payment
from tests.support.orders import action, texts
from workers.store.schema import parcels
from workflows.orders.models import OrderStatus, ShipmentStatus
from workflows.orders.policy import OrderPolicy

HOME = {"name": "Ada", "line1": "1 New Road", "city": "Leipzig", "postal_code": "04109", "country": "DE"}


def change(**fields: Any) -> Update:  # noqa: ANN401 - any field of an address
    """Return the wish to send it elsewhere."""
    return Update("change_address", {"shipping_address": HOME | fields, **BY})


def sent_to(order: SimulatedOrder) -> list[str]:
    """Return the streets that the carrier was told, by parcel."""
    rows = order.world.store.rows(parcels.select().order_by(parcels.c.parcel_id))
    return [row.address["line1"] for row in rows if row.address]


def test_what_has_not_left_goes_to_the_new_address_and_the_customer_is_told() -> None:
    order = paid()
    effect = "now goes to 12 Analytical Way, 49007 Springfield, US; changes where the pieces go that have not left"
    assert action(order.view, "change_address").effect == effect
    order.tell(change())
    order.settle()
    view = order.view
    assert view.shipping_address is not None
    assert (view.shipping_address.line1, view.request.shipping_address.line1) == ("1 New Road", "12 Analytical Way")
    assert "goes to another address, by ana: so it is" in texts(view)
    assert "e-mail: address changed" in texts(view)
    assert order.finish().status == OrderStatus.DELIVERED
    assert sent_to(order) == ["1 New Road"]


def test_without_the_holidays_of_the_new_country_the_order_goes_on() -> None:
    order = paid()
    order.tell(change())
    order.run.run_task()
    (look_up,) = [call for call in order.run.calls.values() if call.name == "read_days_off"]
    order.run.fail(look_up)
    order.settle()
    assert "days off in DE are not known: no answer" in texts(order.view)
    assert order.finish().status == OrderStatus.DELIVERED
    assert sent_to(order) == ["1 New Road"]


def test_it_is_too_late_once_the_carrier_is_told() -> None:
    order = paid()
    order.tell(report(ShipmentStatus.SHIPPED))
    order.run.run_task()  # it is being handed over
    order.tell(change())
    order.settle()
    assert action(order.view, "change_address").reason == "the parcel has been handed to the carrier"
    assert order.finish().status == OrderStatus.DELIVERED
    assert sent_to(order) == ["12 Analytical Way"]


def test_a_parcel_keeps_the_address_while_its_hand_over_is_tried_again() -> None:
    policy = OrderPolicy(when_short="ship_available")
    order = waiting_for_payment(Scenario(lines=((PLENTY, 1, 10), (SOLD_OUT, 1, 10)), long_steps=True, policy=policy))
    order.tell(Pay(1), report(ShipmentStatus.SHIPPED, 1))
    order.settle(down=("create_parcel",))
    assert "; parcel ORD-S0n0-P1 goes on as it is" in (action(order.view, "change_address").effect or "")
    order.tell(change())
    order.settle(down=("create_parcel",))
    order.supply(SOLD_OUT, 1)
    assert order.finish().status == OrderStatus.DELIVERED
    assert sent_to(order) == ["12 Analytical Way", "1 New Road"]


def test_the_estimate_follows_the_country() -> None:
    order = waiting_for_payment(Scenario(lines=((PLENTY, 1, 10),), long_steps=True))
    order.tell(change(country="ZA"))
    order.run.run_task()
    assert "read_days_off" in {call.name for call in order.run.calls.values()}
    order.settle()
    assert "ZA" in order.run.query("get_delivery_estimate").basis


def test_nothing_changes_for_services_for_the_same_address_and_after_the_end() -> None:
    order = SimulatedOrder(Scenario(lines=(("REPAIR", 1, 10, "service"),), long_steps=True))
    order.settle()
    assert action(order.view, "change_address").reason == "there is nothing to ship"
    order = paid()
    order.tell(change(), change())
    order.settle()
    assert texts(order.view).count("goes to another address, by ana: so it is") == 1
    order.tell(CANCEL)
    order.finish()
    assert action(order.view, "change_address").reason == "the order is cancelled"
