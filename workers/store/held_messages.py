"""Messages that caps hold back, of all campaigns, until a digest takes them.

The store owns them, so that neither actors nor campaigns grow, and whoever is lost, reset or started again finds what
became of them.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, or_, select, update

from workers.store.digest_parts import close_number, go_alone, may_join
from workers.store.engine import Store
from workers.store.fences import lock_fence
from workers.store.held_schema import campaign_holds, digest_numbers, held_campaigns, held_messages
from workers.store.inserts import insert, insert_new
from workers.store.schema import messages
from workers.store.types import utc_now
from workflows.campaigns.digests.parts import Digest, HeldPart, in_order
from workflows.campaigns.digests.ports import Held, MessageToHold
from workflows.campaigns.digests.steps import MAY_GO_OUT, CampaignHold, SettledUser, SettleHeld
from workflows.campaigns.digests.wording import MAX_PARTS, outcome_of
from workflows.campaigns.template import Template

SAID = ("name", "priority", "subject", "body", "html_key", "expires_at")


class SqlHeldMessages:
    """The port `HeldMessages`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def known(self, send_ids: Sequence[str]) -> Collection[str]:
        """Return those of the messages that are held, or were and are in a digest."""
        return await self._store.read(_known, send_ids)

    async def hold(self, message: MessageToHold) -> bool:
        """Hold a message, once by its ID; return False if it has gone out, or was withdrawn after it was tried."""
        return await self._store.write(_hold, message)

    async def look(self, send_id: str) -> Held | None:
        """Return what became of a message; None if it is not held."""
        return await self._store.read(_look, send_id)

    async def withdraw(self, send_id: str) -> Held | None:
        """Hold a message no longer. If a digest has it already, return that."""
        return await self._store.write(_withdraw, send_id)

    async def retire(self, digest: Digest) -> bool:
        """Let no message be put in this digest. Return whether it has not gone out and will not."""
        return await self._store.write(_retire, digest)

    async def hold_back(self, hold: CampaignHold) -> None:
        """Let the messages of a campaign be put in digests, or not. Of several calls the one made last counts."""
        await self._store.write(_hold_back, hold)

    async def settle(self, step: SettleHeld) -> list[SettledUser]:
        """Withdraw a campaign's messages to these users; return those users whose messages a digest has already."""
        return await self._store.write(_settle, step)


def _known(connection: Connection, send_ids: Sequence[str]) -> Collection[str]:
    row = held_messages.c
    return set(connection.scalars(select(row.send_id).where(row.send_id.in_(send_ids), row.withdrawn_at.is_(None))))


def _hold(connection: Connection, message: MessageToHold) -> bool:
    request, row = message.request, held_messages.c
    _write_campaign(connection, message)
    new = {
        "send_id": message.send_id,
        "user_id": message.user_id,
        "kind": message.kind,
        "campaign_id": request.campaign_id,
        "held_at": utc_now(),
    }
    withdrawn_before = row.withdrawn_at < message.tried_at
    again = {"withdrawn_at": None, "held_at": new["held_at"], "kind": message.kind}
    statement = insert(connection, held_messages).values(**new)
    connection.execute(
        statement.on_conflict_do_update(index_elements=[row.send_id], set_=again, where=withdrawn_before)
    )
    # Neither this nor the message itself is written while the other is.
    lock_fence(connection, message.user_id)
    if connection.scalar(select(messages.c.send_id).where(messages.c.send_id == message.send_id)):
        go_alone(connection, message.send_id, utc_now())
        return False
    return bool(_known(connection, [message.send_id]))


def _write_campaign(connection: Connection, message: MessageToHold) -> None:
    """Write what the campaign says; one that was stopped and started anew may say something else."""
    request, row = message.request, held_campaigns.c
    campaign = request.model_dump(include={"campaign_id", "name", "priority", "expires_at", "tags"})
    template = {"subject": request.template.subject, "body": request.template.body, "html_key": message.html_key}
    values = {**campaign, **template, "channel": request.channel.value}
    if not insert_new(connection, held_campaigns, values):
        own, differs = (
            row.campaign_id == request.campaign_id,
            [row[name].is_distinct_from(values[name]) for name in SAID],
        )
        connection.execute(update(held_campaigns).where(own, or_(*differs)).values(**values))


def _look(connection: Connection, send_id: str) -> Held | None:
    found = connection.execute(select(held_messages).where(held_messages.c.send_id == send_id)).one_or_none()
    if found is None or found.withdrawn_at is not None:
        return None
    return _held(connection, found)


def _held(connection: Connection, found: Row[Any]) -> Held:
    row, number = held_messages.c, digest_numbers.c
    if found.digest_id is not None:
        parts = parts_of(connection, select(row.send_id).where(row.digest_id == found.digest_id))
        return Held(found.digest_id, *_delivery(connection, found.digest_id), number=0, parts=parts)
    of_kind = select(row.send_id).where(row.user_id == found.user_id, row.kind == found.kind, may_join(utc_now()))
    known = select(number.number).where(number.user_id == found.user_id, number.kind == found.kind)
    parts = parts_of(connection, of_kind)[:MAX_PARTS]
    return Held(None, sent=False, failed=None, number=connection.scalar(known) or 0, parts=parts)


def _delivery(connection: Connection, send_id: str) -> tuple[bool, str | None]:
    """Return whether a message went out, and why not, if it will not."""
    row = messages.c
    found = connection.execute(select(row.sent_at, row.rejection, row.unclear).where(row.send_id == send_id)).first()
    return (found.sent_at is not None, found.rejection or found.unclear) if found else (False, None)


def parts_of(connection: Connection, send_ids: Select[tuple[str]]) -> list[HeldPart]:
    """Return held messages as their campaigns have them, in the order of a digest."""
    row, campaign = held_messages.c, held_campaigns.c
    query = select(
        row.send_id,
        row.campaign_id,
        row.held_at,
        campaign.name,
        campaign.priority,
        campaign.subject,
        campaign.body,
        campaign.html_key,
    ).where(row.campaign_id == campaign.campaign_id, row.send_id.in_(send_ids))
    found = connection.execute(query).all()
    return in_order(
        [
            HeldPart(
                each.send_id,
                each.campaign_id,
                each.name,
                each.priority,
                each.held_at,
                # It was checked when its campaign began.
                Template.model_construct(subject=each.subject, body=each.body, html=None),
                each.html_key,
            )
            for each in found
        ]
    )


def _withdraw(connection: Connection, send_id: str) -> Held | None:
    _withdraw_all(connection, [send_id])
    return _look(connection, send_id)


def _withdraw_all(connection: Connection, send_ids: Sequence[str]) -> None:
    row = held_messages.c
    left = row.send_id.in_(send_ids), row.digest_id.is_(None), row.withdrawn_at.is_(None)
    connection.execute(update(held_messages).where(*left).values(withdrawn_at=utc_now()))


def _retire(connection: Connection, digest: Digest) -> bool:
    if close_number(connection, digest):
        return True
    row = messages.c
    found = connection.execute(select(row.rejection).where(row.send_id == digest.send_id)).first()
    return found is None or found.rejection is not None


def _hold_back(connection: Connection, hold: CampaignHold) -> None:
    row, values = campaign_holds.c, {"held_back": hold.held_back, "at": hold.at}
    new = insert(connection, campaign_holds).values(campaign_id=hold.campaign_id, **values)
    connection.execute(
        new.on_conflict_do_update(index_elements=[row.campaign_id], set_=values, where=row.at <= hold.at)
    )


def _settle(connection: Connection, step: SettleHeld) -> list[SettledUser]:
    row = held_messages.c
    own = select(row.send_id).where(row.campaign_id == step.campaign_id, row.user_id.in_(step.user_ids))
    _withdraw_all(connection, list(connection.scalars(own)))
    taken = select(held_messages).where(row.send_id.in_(own), row.digest_id.is_not(None))
    return [_settled(connection, each) for each in connection.execute(taken).all()]


def _settled(connection: Connection, found: Row[Any]) -> SettledUser:
    sent, failed = _delivery(connection, found.digest_id)
    if not sent:
        return SettledUser(user_id=found.user_id, kind="failed", detail=failed or MAY_GO_OUT)
    row = held_messages.c
    parts = parts_of(connection, select(row.send_id).where(row.digest_id == found.digest_id))
    return SettledUser(user_id=found.user_id, kind="sent", detail=outcome_of(parts))
