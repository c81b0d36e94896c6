"""Decides on what was clicked and written in Slack, by asking the workflow. Each is decided once."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from pydantic import ValidationError

from workers.services.slack.calls import SlackBusyError, SlackCalls, SlackDownError, SlackRefusedError
from workers.services.slack.people import NotAllowedError, SlackPeople
from workers.services.slack.target import ButtonTarget, StaleButtonError, click_update_id
from workers.services.slack.text import FALLBACK_LIMIT, clip
from workers.store.engine import Store
from workers.store.errors import StoreError
from workers.store.slack_clicks import Click, OpenClick, claim_click, end_click, keep_click, put_click_off
from workers.store.slack_digests import NO_REQUEST
from workers.store.slack_messages import find_card, request_of
from workers.store.slack_wanted import thread_source
from workers.store.types import utc_now
from workflows.approvals.client import ApprovalsClient
from workflows.approvals.models import Refusals
from workflows.approvals.slack.cards import PAST_TENSE, decided_words
from workflows.approvals.slack.models import SLACK, LevelCard
from workflows.approvals.updates import AddComment, Approve, NoteRefusal, Reject
from workflows.shared.errors import CallError, ClosedError, NotFoundError, RefusedError
from workflows.shared.identity.acting import acting_for
from workflows.shared.inputs import MAX_LINE, one_line, printable

log = logging.getLogger(__name__)

POLL_SECONDS = 2.0
"""How often clicks are looked for that another process has left."""
MAX_AT_ONCE = 16
GIVE_UP_AFTER = timedelta(hours=1)
"""After that long a click is no wish any more."""
MAX_PAUSE = 60.0


class NotDoneError(Exception):
    """Nothing was changed. The text says why, in one line for people."""

    def __init__(self, text: str, *, note: Refusals | None = None) -> None:
        super().__init__(text)
        self.note = note
        """Set if the request does not know of it yet."""


@dataclass
class _Known:
    """What was found out about a click so far."""

    request_id: str | None = None
    person: str | None = None
    card: LevelCard | None = None


class Decider:
    """Asks the workflows for each click that is in the store, until it is cancelled."""

    def __init__(self, store: Store, calls: SlackCalls, people: SlackPeople, approvals: ApprovalsClient) -> None:
        self._store = store
        self._calls = calls
        self._people = people
        self._approvals = approvals
        self._new = asyncio.Event()
        self._places = asyncio.Semaphore(MAX_AT_ONCE)

    async def keep(self, click: Click) -> None:
        """Keep a click, to be decided on soon. Raises ``StoreError`` if it could not be kept."""
        if await self._store.write(keep_click, click):
            self._new.set()

    async def run(self) -> None:
        """Decide on everything that is or comes into the store."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._new.clear()
                try:
                    while True:
                        await self._places.acquire()
                        claimed = await self._claim()
                        if claimed is None:
                            break
                        group.create_task(self._settle(claimed))
                except StoreError as error:
                    log.warning("Slack: %s", error)
                try:
                    async with asyncio.timeout(POLL_SECONDS):
                        await self._new.wait()
                except TimeoutError:
                    pass

    async def refuse(self, click: Click, error: NotAllowedError | NotDoneError) -> None:
        """Record a click that is refused before it is a decision, and tell its person."""
        known = _Known()
        with suppress(NotDoneError):
            target = _target(click)
            known.request_id = target.request_id
            known.card = await self._card(target)
        await self._refuse(click, known, error)

    async def may_reject(self, click: Click) -> LevelCard:
        """Return the card whose rejection somebody begins.

        Raises:
            NotAllowedError, NotDoneError: they may not, or nobody may now.
        """
        await self._people.person(click.slack_user, click.team)
        card = await self._card(_target(click))
        if card.console_only:
            words = f"level {card.name} is decided in the console only"
            raise NotDoneError(words, note=Refusals.NOT_ELIGIBLE)
        if card.outcome:
            raise NotDoneError(f"level {card.name} takes no votes any more", note=Refusals.ALREADY_DECIDED)
        return card

    async def tell(self, click: Click, text: str) -> None:
        """Show something to the person who clicked, and nobody else. Never raises."""
        try:
            call = self._calls.web.chat_postEphemeral(
                channel=click.channel,
                user=click.slack_user,
                text=clip(text, FALLBACK_LIMIT),
                parse="none",
                link_names=False,
            )
            await self._calls.answer("chat.postEphemeral", call)
        except (SlackRefusedError, SlackBusyError, SlackDownError) as error:
            log.info("%s was not told: %s", click.slack_user, error)

    async def _claim(self) -> OpenClick | None:
        claimed: OpenClick | None = None
        try:
            claimed = await self._store.write(claim_click)
        finally:
            if claimed is None:
                self._places.release()
        return claimed

    async def _settle(self, claimed: OpenClick) -> None:
        """Decide on one click, or leave it for later."""
        try:
            await self._settle_or_put_off(claimed)
        except StoreError as error:  # it is tried again when its claim ends
            log.warning("Slack: %s", error)
        finally:
            self._places.release()

    async def _settle_or_put_off(self, claimed: OpenClick) -> None:
        click, known = claimed.click, _Known()
        try:
            await self._decide(click, known, again=claimed.attempts > 0)
            await self._store.write(end_click, click, None, known.request_id, known.person)
        except (NotAllowedError, NotDoneError) as error:
            await self._refuse(click, known, error)
        except (CallError, SlackBusyError, SlackDownError) as error:
            await self._put_off(claimed, known, error)
        except StoreError:
            raise
        except asyncio.CancelledError:
            await asyncio.shield(self._store.write(put_click_off, click.click_key, timedelta()))
            raise
        except Exception:
            log.exception("Slack: %s of %s failed", click.action, click.slack_user)
            await self._store.write(put_click_off, click.click_key, timedelta(seconds=MAX_PAUSE))

    async def _decide(self, click: Click, known: _Known, *, again: bool) -> None:
        """Do what a click asks for.

        Raises:
            NotAllowedError, NotDoneError: it is refused.
            CallError, SlackBusyError, SlackDownError: nobody answered; it may be tried again.
        """
        target: ButtonTarget | None = None
        if click.action == "comment":
            message = await self._store.read(request_of, click.channel, click.ts)
            if message is None or message.request_id == NO_REQUEST:
                raise NotDoneError("this thread belongs to no request; comment below the message of one")
            known.request_id = message.request_id
        else:
            target = _target(click)
            known.request_id = target.request_id
            known.card = await self._card(target)
        person = await self._people.person(click.slack_user, click.team)
        known.person = person.person_id
        try:
            with acting_for(person.person_id, "slack", _proof(click)):
                if target is None or known.card is None:
                    await self._comment(click, known.request_id, person.person_id)
                else:
                    await self._vote(click, target, known.card, person.person_id)
        except (RefusedError, ClosedError, NotFoundError) as error:
            # It may have been counted before a restart, and have ended the request.
            if not await self._was_counted(click, target, person.person_id, again=again):
                raise NotDoneError(str(error)) from error
        except ValidationError as error:
            raise NotDoneError(one_line(error), note=Refusals.INVALID_REQUEST) from error

    async def _vote(self, click: Click, target: ButtonTarget, card: LevelCard, person: str) -> None:
        update_id = click_update_id(click.action, target, person)
        bound = {"approver": person, "version": target.version, "content_hash": target.content_hash}
        where = {"level": card.name, "position": target.level, "channel": SLACK}
        request_id = target.request_id
        if click.action == "approve":
            await self._approvals.approve(request_id, Approve.model_validate(bound | where), update_id=update_id)
            return
        reject = Reject.model_validate(bound | where | {"reason": click.text})
        await self._approvals.reject(request_id, reject, update_id=update_id)

    async def _comment(self, click: Click, request_id: str, person: str) -> None:
        comment = AddComment(author=person, text=click.text, source=thread_source(click.channel, click.ts))
        update_id = click.click_key.replace("reply/", "slack/comment/", 1)
        await self._approvals.comment(request_id, comment, update_id=update_id)

    async def _was_counted(self, click: Click, target: ButtonTarget | None, person: str, *, again: bool) -> bool:
        """Return whether an earlier try of a vote had its effect."""
        if target is None or not again:
            return False
        decision = PAST_TENSE[click.action]
        card = await self._card(target)
        return any((each.person, each.decision) == (person, decision) for each in card.decisions)

    async def _card(self, target: ButtonTarget) -> LevelCard:
        card = await self._store.read(find_card, target.request_id, target.part)
        if card is None:
            raise NotDoneError("nobody knows this request here; open it in the console")
        return card

    async def _refuse(self, click: Click, known: _Known, error: NotAllowedError | NotDoneError) -> None:
        """Record why nothing was changed, where a request is known in its trail too, and tell the person."""
        words = str(error)
        await self._store.write(end_click, click, words, known.request_id, known.person)
        decided = decided_words(known.card) if known.card else ""
        await self.tell(click, f"Nothing was changed: {words}.{f' {decided}.' if decided else ''}")
        note = Refusals.NOT_ELIGIBLE if isinstance(error, NotAllowedError) else error.note
        if note is None or known.request_id is None:
            return
        by = known.person or f"slack:{click.slack_user}"
        refusal = NoteRefusal(update=click.action, by=by, type=note, reason=printable(words, MAX_LINE), channel=SLACK)
        with acting_for(by, "slack" if known.person else "customer", _proof(click)):
            await self._approvals.note_refusal(known.request_id, refusal)

    async def _put_off(self, claimed: OpenClick, known: _Known, error: Exception) -> None:
        """Try again later, unless it was too long ago."""
        click = claimed.click
        if utc_now() - claimed.created_at > GIVE_UP_AFTER:
            await self._refuse(click, known, NotDoneError(f"nobody answered for an hour: {error}"))
            return
        pause = min(2.0**claimed.attempts, MAX_PAUSE)
        log.warning("Slack: %s of %s is tried again in %g s: %s", click.action, click.slack_user, pause, error)
        await self._store.write(put_click_off, click.click_key, timedelta(seconds=pause))
        if claimed.attempts == 0 and isinstance(error, CallError):
            await self.tell(click, f"This is kept, and tried again until somebody answers: {error}")


def _proof(click: Click) -> str:
    """Return what says who clicked: Slack has verified its user before the click came."""
    return f"Slack user {click.team}/{click.slack_user}"


def _target(click: Click) -> ButtonTarget:
    try:
        return ButtonTarget.from_value(click.target)
    except StaleButtonError as error:
        raise NotDoneError(str(error)) from error
