"""What a shop may send as an order: customers without e-mail, addresses of any country."""

from typing import Any

import pytest

from tests.support.identifiers import FOREIGN_IDS
from tests.support.orders import order
from workflows.orders.models import Address, CapturedPayment, Customer, ShipmentReport

STREET = {"name": "Chan Tai", "line1": "Flat B, 12/F, 8 Queen's Road"}


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ({"city": "Central", "postal_code": "", "country": "HK"}, "Central"),
        ({"city": "Doha", "country": "QA"}, "Doha"),
        ({"city": "Dublin", "postal_code": None, "country": "IE"}, "Dublin"),
        ({"city": "", "postal_code": "018956", "country": "SG"}, "018956"),
        ({"country": "ae"}, ""),
        ({"city": "Pristina", "postal_code": "10000", "country": "XK"}, "10000 Pristina"),
        ({"city": "N" * 500, "country": "AO"}, "N" * 500),
    ],
)
def test_an_address_is_as_whole_as_its_country_needs(place: dict[str, Any], shown: str) -> None:
    assert Address.model_validate(STREET | {"line2": ""} | place).place == shown


@pytest.mark.parametrize(
    ("given", "address", "channel"),
    [
        ({"phone": "+15550100"}, "+15550100", "SMS"),
        ({"email": "", "phone": "+1 (202) 555-0101"}, "+12025550101", "SMS"),
        ({"phone": "+44 (0)20 7946 0000"}, "+442079460000", "SMS"),
        ({"email": "ada@example.com", "phone": ""}, "ada@example.com", "e-mail"),
        ({"email": "ada@example.com", "phone": "+12025550101"}, "ada@example.com", "e-mail"),
        ({"email": "a..b.@docomo.example.jp"}, "a..b.@docomo.example.jp", "e-mail"),
    ],
)
def test_a_customer_is_told_by_e_mail_or_by_phone(given: dict[str, str], address: str, channel: str) -> None:
    customer = Customer.model_validate({"customer_id": "CUST-9", "name": "Walk-in"} | given)
    assert (customer.address, customer.channel) == (address, channel)


@pytest.mark.parametrize("ident", FOREIGN_IDS)
def test_ids_of_a_shop_are_taken_everywhere(ident: str) -> None:
    line = {"sku": ident, "name": "L" * 500, "quantity": 1, "unit_price": 1}
    request = order(order_id=ident, customer={"customer_id": ident, "name": "A", "email": "a@b.example"}, lines=[line])
    assert (request.order_id, request.customer.customer_id, request.lines[0].sku) == (ident, ident, ident)
    assert CapturedPayment(payment_id=ident, amount=1, currency="USD").payment_id == ident
    report = {"parcel_id": f"{ident}-P12", "status": "shipped", "note": "", "signal_id": ""}
    assert ShipmentReport.model_validate(report).parcel_id == f"{ident}-P12"
