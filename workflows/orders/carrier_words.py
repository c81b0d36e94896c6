"""What carriers call the stations of a parcel: those that change nothing for us are noted as they are said."""

import re
from enum import StrEnum

from pydantic import PlainValidator, WithJsonSchema


class Waypoint(StrEnum):
    """A station on the way, in the words of carriers and of services that read their tracking.

    Words of trouble, such as ``exception`` or ``return_to_sender``, are none: a person must look.
    """

    ACCEPTED = "accepted"
    ARRIVED = "arrived"
    ARRIVED_AT_FACILITY = "arrived_at_facility"
    ATTEMPT_FAIL = "attempt_fail"
    ATTEMPTED_DELIVERY = "attempted_delivery"
    AVAILABLE_FOR_PICKUP = "available_for_pickup"
    CARRIER_PICKED_UP = "carrier_picked_up"
    COLLECTED = "collected"
    CONFIRMED = "confirmed"
    CUSTOMS = "customs"
    CUSTOMS_CLEARED = "customs_cleared"
    DELAYED = "delayed"
    DELIVERY_ATTEMPTED = "delivery_attempted"
    DEPARTED = "departed"
    DEPARTED_FACILITY = "departed_facility"
    DISPATCHED = "dispatched"
    IN_CUSTOMS = "in_customs"
    IN_DELIVERY = "in_delivery"
    IN_TRANSIT = "in_transit"
    INFO_RECEIVED = "info_received"
    LABEL_CREATED = "label_created"
    LABEL_PRINTED = "label_printed"
    LABEL_PURCHASED = "label_purchased"
    ON_ITS_WAY = "on_its_way"
    OUT_FOR_DELIVERY = "out_for_delivery"
    PENDING = "pending"
    PICKED_UP = "picked_up"
    PRE_TRANSIT = "pre_transit"
    PROCESSING = "processing"
    READY_FOR_PICKUP = "ready_for_pickup"
    RESCHEDULED = "rescheduled"
    SORTING = "sorting"
    TRANSIT = "transit"


HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
SEPARATORS = re.compile(r"[\s_-]+")
SCHEMA = WithJsonSchema({"type": "string", "examples": ["shipped", "in_transit"]})


def carrier_word(statuses: type[StrEnum]) -> PlainValidator:
    """Return a validator of what a carrier says: one of these statuses, or a station.

    It takes them however they are written: ``in_transit``, ``InTransit``, ``IN TRANSIT``.
    """
    words = {word.value: word for known in (statuses, Waypoint) for word in known}
    *most, last = (f"'{status}'" for status in statuses)
    right = f"Input should be {', '.join(most)} or {last}, or a station on the way such as 'in_transit'"

    def read(said: object) -> StrEnum:
        text = said if isinstance(said, str) else ""
        word = words.get(SEPARATORS.sub("_", HUMP.sub("_", text.strip())).casefold())
        if word is None:
            raise ValueError(right)
        return word

    return PlainValidator(read)
