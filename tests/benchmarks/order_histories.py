"""Cost of an order as its history tells it: activities, and the delay of a payment."""

import json
from collections import Counter

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory

from tests.benchmarks.bare_order import Activities
from workflows.orders.models import OrderStatus
from workflows.shared.summary import STAGE

LOCAL = "core_local_activity"
"""Marker of a local activity."""


def activities(history: WorkflowHistory) -> Activities:
    """Return how many activities a workflow ran."""
    kinds = Counter(event.event_type for event in history.events)
    local = sum(event.marker_recorded_event_attributes.marker_name == LOCAL for event in history.events)
    return Activities(ordinary=kinds[EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED], local=local)


def paid_at(history: WorkflowHistory) -> float:
    """Return when the order's status became ``PAID``, in seconds since 1970, by the server's clock.

    Raises:
        ValueError: it never did.
    """
    for event in history.events:
        written = event.upsert_workflow_search_attributes_event_attributes.search_attributes.indexed_fields
        if STAGE.name in written and json.loads(written[STAGE.name].data) == OrderStatus.PAID:
            return event.event_time.ToNanoseconds() / 1e9
    raise ValueError("the order was never paid")
