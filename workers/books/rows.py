"""Reads the store's tables page by page, each in the order of its key."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Select, String, Table, and_, case, exists, func, literal, or_, select

from workers.books.goods import GONE, RESERVATION, OrderMoney, Reserved, Sent
from workers.books.money import Captured, Refunded
from workers.books.outbox import Kind, Unsent
from workers.books.sends import Recorded, UserPolicy
from workers.store.attempts import attempts_of
from workers.store.default_policies import known_defaults
from workers.store.held_schema import held_messages
from workers.store.schema import (
    approval_attempts,
    business_items,
    captures,
    counted_sends,
    emails,
    messages,
    parcels,
    refunds,
    reservation_lines,
    reservations,
    user_settings,
    users,
)
from workers.store.types import UtcDateTime, utc_now
from workflows.approvals.models import AuditEntry
from workflows.campaigns.caps import CountedSend
from workflows.campaigns.client import campaign_workflow_id
from workflows.campaigns.default_policy import default_at, policy_of
from workflows.campaigns.models import CapPolicy
from workflows.campaigns.sending import read_zones
from workflows.campaigns.zones import zones_needed
from workflows.orders.client import payment_workflow_id, workflow_id
from workflows.orders.customer.emails import PAYMENT
from workflows.orders.payment_intake.activities import WITH_CUSTOMER
from workflows.orders.views.models import OrderView, ReservationStatus
from workflows.shared.items import ItemRecord
from workflows.shared.keys import parts_of

PAGE = 200
"""Rows. A finished order takes some kilobytes."""

OUTBOXES: dict[Kind, Table] = {"email": emails, "message": messages}


def page_of(query: Select[Any], key: Column[Any], after: str | None, only: str | None) -> Select[Any]:
    """Return the next page of a query, or the row of that key ``only``."""
    if only is not None:
        return query.where(key == only)
    if after is not None:
        query = query.where(key > after)
    return query.order_by(key).limit(PAGE)


def captured(connection: Connection, after: str | None, only: str | None) -> list[Captured]:
    """Return captures of which something is left."""
    row, other = captures.c, captures.alias()
    back = select(func.coalesce(func.sum(refunds.c.amount), 0)).where(refunds.c.payment_id == row.payment_id)
    siblings = select(func.count()).select_from(other).where(other.c.order_id == row.order_id)
    refunded = back.correlate(captures).scalar_subquery()
    query = select(
        row.payment_id,
        row.order_id,
        row.amount,
        row.currency,
        refunded.label("refunded"),
        siblings.correlate(captures).scalar_subquery().label("siblings"),
    ).where(row.amount > refunded)
    rows = connection.execute(page_of(query, row.payment_id, after, only)).mappings()
    return [Captured(**(dict(row) | {"refunded": int(row["refunded"])})) for row in rows]


def refunded(connection: Connection, after: str | None, only: str | None) -> list[tuple[Refunded, str]]:
    """Return the payments whose refunds do not fit their capture, with the refunds' order."""
    row, capture = refunds.c, captures.c
    same = and_(row.order_id == capture.order_id, row.currency == capture.currency)
    differs = func.sum(case((same, 0), else_=1))
    total = func.sum(row.amount)
    query = (
        select(
            row.payment_id,
            total.label("refunded"),
            func.min(row.currency).label("currency"),
            func.min(row.order_id).label("order_id"),
            func.max(capture.amount).label("captured"),
            differs.label("differs"),
        )
        .select_from(refunds.outerjoin(captures, row.payment_id == capture.payment_id))
        .group_by(row.payment_id)
        .having(or_(func.max(capture.amount).is_(None), total > func.max(capture.amount), differs > 0))
    )
    rows = connection.execute(page_of(query, row.payment_id, after, only))
    return [
        (Refunded(each.payment_id, int(each.refunded), each.currency, each.captured, not each.differs), each.order_id)
        for each in rows
    ]


def reserved(connection: Connection, after: str | None, only: str | None) -> list[Reserved]:
    """Return the reservations that are held or booked out, with their pieces."""
    row, line = reservations.c, reservation_lines.c
    query = select(row.reservation_id, row.status).where(row.status != ReservationStatus.RELEASED.value)
    found = connection.execute(page_of(query, row.reservation_id, after, only)).all()
    lines: defaultdict[str, dict[str, int]] = defaultdict(dict)
    wanted = select(reservation_lines).where(line.reservation_id.in_([each.reservation_id for each in found]))
    for each in connection.execute(wanted):
        lines[each.reservation_id][each.sku] = each.quantity
    return [Reserved(each.reservation_id, ReservationStatus(each.status), lines[each.reservation_id]) for each in found]


def sent(connection: Connection, after: str | None, only: str | None) -> list[Sent]:
    """Return the parcels that are with the customer or on their way, and whose orders have no money left."""
    row = parcels.c
    captured = select(func.sum(captures.c.amount)).where(captures.c.order_id == row.order_id)
    back = select(func.sum(refunds.c.amount)).join(captures).where(captures.c.order_id == row.order_id)
    query = select(row.parcel_id, row.order_id, row.status).where(
        row.status.in_([status.value for status in WITH_CUSTOMER]),
        captured.correlate(parcels).scalar_subquery() <= back.correlate(parcels).scalar_subquery(),
    )
    return [Sent(*each) for each in connection.execute(page_of(query, row.parcel_id, after, only))]


def unsent(connection: Connection, kind: Kind, after: str | None, only: str | None) -> list[Unsent]:
    """Return messages that were tried, and neither sent nor refused. Without a mail server e-mails are not tried."""
    table = OUTBOXES[kind]
    row = table.c
    (key,) = table.primary_key.columns
    free = or_(row.claimed_until.is_(None), row.claimed_until < utc_now())
    waiting = and_(row.sent_at.is_(None), row.rejection.is_(None), row.attempts > 0, free)
    if "unclear" in row:
        waiting = and_(waiting, row.unclear.is_(None))
    found = connection.execute(page_of(select(table).where(waiting), key, after, only)).mappings().all()
    return [
        Unsent(kind, each[key.name], each["attempts"], _owners(connection, kind, each[key.name], dict(each)))
        for each in found
    ]


def _owners(connection: Connection, kind: Kind, key: str, row: dict[str, Any]) -> list[str]:
    """Return the workflows that may send a message."""
    if kind == "message":
        held = held_messages.c
        parts = connection.scalars(select(held.campaign_id).where(held.digest_id == key).order_by(held.campaign_id))
        return [campaign_workflow_id(each) for each in parts.all() or [row["campaign_id"]]]
    match parts_of(key):
        case [first, payment_id, _] if first == PAYMENT:
            order_id = connection.scalar(select(captures.c.order_id).where(captures.c.payment_id == payment_id))
            return [payment_workflow_id(payment_id), *([workflow_id(order_id)] if order_id else [])]
        case [order_id, *_]:
            return [workflow_id(order_id)]
    return []


def outcomes(connection: Connection, order_ids: Iterable[str]) -> dict[str, OrderView]:
    """Return those of the orders that have ended, as they ended."""
    row = business_items.c
    by_item = {workflow_id(order_id): order_id for order_id in order_ids}
    found = connection.execute(select(row.item_id, row.state).where(row.item_id.in_(by_item), row.finished))
    return {by_item[each.item_id]: OrderView.model_validate(each.state) for each in found}


def with_goods_left(connection: Connection, order_ids: Iterable[str]) -> set[str]:
    """Return those of the orders whose pieces, or some of them, will not come back."""
    row = parcels.c
    statuses = [status.value for status in GONE]
    return set(connection.scalars(select(row.order_id).where(row.order_id.in_(order_ids), row.status.in_(statuses))))


def money_of(connection: Connection, order_ids: Iterable[str]) -> dict[str, OrderMoney]:
    """Return what was captured for orders, and what went back."""
    ids = list(order_ids)
    came, went = (
        {
            each[0]: int(each[1])
            for each in connection.execute(
                select(table.c.order_id, func.sum(table.c.amount))
                .where(table.c.order_id.in_(ids))
                .group_by(table.c.order_id)
            )
        }
        for table in (captures, refunds)
    )
    return {each: OrderMoney(came.get(each, 0), went.get(each, 0)) for each in ids}


def recipients(connection: Connection, after: str | None, only: str | None) -> list[str]:
    """Return users to whom messages went, or may have."""
    user_id = messages.c.user_id
    return list(connection.scalars(page_of(select(user_id).group_by(user_id), user_id, after, only)))


def policies(connection: Connection, user_ids: Sequence[str]) -> dict[str, UserPolicy]:
    """Return the caps of those users who have their own, or had, or follow a default policy that was set."""
    row, now = user_settings.c, utc_now()
    default = default_at(known_defaults(connection), now)
    settings = select(row.user_id, row.policy, row.policy_since).where(row.user_id.in_(user_ids))
    own = {each.user_id: (each.policy, each.policy_since) for each in connection.execute(settings)}
    of_users = select(users.c.user_id, users.c.timezone).where(users.c.user_id.in_(user_ids))
    timezones = {each.user_id: each.timezone for each in connection.execute(of_users)}
    found = {}
    for user_id in user_ids:
        given, since = own.get(user_id, (None, None))
        if given is None and default is not None:
            since = max(default.effective_from, since or default.effective_from)
        if given is None and since is None:
            continue
        policy = policy_of(default) if given is None else CapPolicy.model_validate(given)
        timezone = timezones.get(user_id, "")
        zones = read_zones(zones_needed([policy], None, timezone), now)
        found[user_id] = UserPolicy(policy, since, zones, timezone)
    return found


def sends(connection: Connection, user_ids: Sequence[str], since: datetime) -> dict[str, list[Recorded]]:
    """Return what went to users, or may have, after a moment; oldest first."""
    found: defaultdict[str, list[Recorded]] = defaultdict(list)
    message, told = messages.c, counted_sends.c
    granted_at = func.coalesce(message.granted_at, message.created_at, type_=UtcDateTime)
    queries = (
        # The actor counts a message from its grant on.
        select(messages, granted_at.label("at"), granted_at.label("known_at")).where(
            message.user_id.in_(user_ids), message.created_at > since, message.rejection.is_(None)
        ),
        select(counted_sends, told.created_at.label("known_at")).where(
            told.user_id.in_(user_ids), told.at > since, told.created_at.is_not(None)
        ),
    )
    for query in queries:
        for row in connection.execute(query).mappings():
            send = CountedSend.model_validate({name: row[name] for name in CountedSend.model_fields})
            granted = "granted_at" in row and not send.transactional
            found[row["user_id"]].append(Recorded(send, row["known_at"], granted=granted))
    for each in found.values():
        each.sort(key=lambda recorded: recorded.send.at)
    return found


def records(connection: Connection, prefix: str, after: str | None) -> list[tuple[str, ItemRecord]]:
    """Return records of items whose workflow IDs begin so."""
    row = business_items.c
    query = select(business_items).where(row.item_id >= prefix, row.item_id < _next(prefix))
    found = connection.execute(page_of(query, row.item_id, after, None)).mappings()
    return [(each["item_id"], ItemRecord.model_validate(dict(each))) for each in found]


def attempts(connection: Connection, after: str | None) -> list[tuple[str, list[AuditEntry]]]:
    """Return the refused attempts beside the trails of requests, by their IDs."""
    row = approval_attempts.c
    requests = connection.scalars(page_of(select(row.request_id).distinct(), row.request_id, after, None)).all()
    return [(request_id, attempts_of(connection, request_id)) for request_id in requests]


def records_of(connection: Connection, item_ids: Sequence[str]) -> dict[str, ItemRecord]:
    """Return the records of these items."""
    found = connection.execute(select(business_items).where(business_items.c.item_id.in_(item_ids))).mappings()
    return {each["item_id"]: ItemRecord.model_validate(dict(each)) for each in found}


def order_count(connection: Connection) -> int:
    """Return how many orders the store knows: by a first reservation, a capture or an outcome."""
    row, first = business_items.c, reservations.c.reservation_id
    prefix = workflow_id("")
    ended = select(func.count()).where(row.item_id >= prefix, row.item_id < _next(prefix))
    order_id = func.substr(first, 1, func.length(first) - len(RESERVATION), type_=String())
    recorded = exists().where(row.item_id == literal(prefix) + order_id)
    going = select(func.count()).where(first.endswith(RESERVATION), ~recorded)
    return int(connection.scalar(ended) or 0) + int(connection.scalar(going) or 0)


def count(connection: Connection, table: Table) -> int:
    """Return how many rows a table has."""
    return int(connection.scalar(select(func.count()).select_from(table)) or 0)


def _next(prefix: str) -> str:
    """Return the first text that follows all that begin with the prefix."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)
