"""Customers, goods and reasons of the demo."""

from dataclasses import dataclass

from workflows.orders.models import Address, Customer, OrderLine


@dataclass(frozen=True)
class Buyer:
    """A customer with an address."""

    customer: Customer
    address: Address


def _buyer(name: str, street: str, city: str, postal_code: str, country: str) -> Buyer:
    first, last = name.split(maxsplit=1)[0], name.rsplit(maxsplit=1)[-1]
    return Buyer(
        customer=Customer(customer_id=f"CUST-{last.upper()}", name=name, email=f"{first}.{last}@example.com".lower()),
        address=Address(name=name, line1=street, city=city, postal_code=postal_code, country=country),
    )


BUYERS = (
    _buyer("Ada Lovelace", "12 St James's Square", "London", "SW1Y 4JH", "GB"),
    _buyer("Grace Hopper", "1 Navy Yard", "Arlington", "22202", "US"),
    _buyer("Alan Turing", "43 Adlington Road", "Wilmslow", "SK9 2BJ", "GB"),
    _buyer("Edsger Dijkstra", "8 Kerkstraat", "Nuenen", "5671 BP", "NL"),
    _buyer("Barbara Liskov", "32 Vassar Street", "Cambridge", "02139", "US"),
    _buyer("Katherine Johnson", "100 NASA Drive", "Hampton", "23666", "US"),
    _buyer("Margaret Hamilton", "7 Apollo Lane", "Paoli", "47454", "US"),
    _buyer("Donald Knuth", "353 Jane Stanford Way", "Stanford", "94305", "US"),
    _buyer("Radia Perlman", "9 Spanning Tree Road", "Redmond", "98052", "US"),
    _buyer("Niklaus Wirth", "6 Clausiusstrasse", "Zurich", "8092", "CH"),
    _buyer("Hedy Lamarr", "5 Ringstrasse", "Vienna", "1010", "AT"),
    _buyer("Frances Allen", "17 Old Post Road", "Peru", "12972", "US"),
    _buyer("Tony Hoare", "7 Parks Road", "Oxford", "OX1 3QG", "GB"),
    _buyer("Shafi Goldwasser", "11 Einstein Street", "Rehovot", "7610001", "IL"),
    _buyer("Leslie Lamport", "1 Bakery Lane", "Palo Alto", "94301", "US"),
    _buyer("Maximiliane Wilhelmina Featherstonehaugh-Cholmondeley", "3 Long Lane", "Bath", "BA1 1AA", "GB"),
)

DESK = OrderLine(sku="SKU-DESK", name="Desk", quantity=1, unit_price=28_900)
CHAIR = OrderLine(sku="SKU-CHAIR", name="Chair", quantity=1, unit_price=5_000)
LAMP = OrderLine(sku="SKU-LAMP", name="Lamp", quantity=1, unit_price=2_000)
SHELF = OrderLine(sku="SKU-SHELF", name="Shelf", quantity=1, unit_price=7_900)

BASKETS: tuple[tuple[OrderLine, ...], ...] = (
    (CHAIR.model_copy(update={"quantity": 2}), LAMP),
    (LAMP,),
    (DESK, CHAIR, LAMP),
    (CHAIR.model_copy(update={"quantity": 4}),),
    (LAMP.model_copy(update={"quantity": 3}),),
    (DESK,),
)

CHANGES_OF_MIND = (
    "found it cheaper elsewhere",
    "ordered the wrong colour",
    "does not fit through the door",
    "delivery takes too long",
)
