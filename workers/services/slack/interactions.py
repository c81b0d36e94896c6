"""What is done with a press of a button, a modal and a reply, before and after Slack is answered."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from workers.services.slack.calls import SlackBusyError, SlackCalls, SlackDownError, SlackRefusedError
from workers.services.slack.card import APPROVE, OPEN
from workers.services.slack.deciding import Decider, NotDoneError
from workers.services.slack.envelopes import BlockActions, ThreadReply, ViewSubmission, read_envelope
from workers.services.slack.modal import ModalTarget, reason_errors, reject_modal
from workers.services.slack.people import NotAllowedError
from workers.services.slack.target import ButtonTarget, StaleButtonError
from workers.store.engine import Store
from workers.store.errors import StoreError
from workers.store.slack_clicks import Click
from workers.store.slack_messages import request_of

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Taken:
    """Something that was taken: how Slack is answered, and what to do after that."""

    answer: dict[str, object] | None = None
    go_on: Callable[[], object] = lambda: None


class Interactions:
    """Takes what people do in Slack."""

    def __init__(self, store: Store, calls: SlackCalls, decider: Decider) -> None:
        self._store = store
        self._calls = calls
        self._decider = decider
        self._tasks: set[asyncio.Task[None]] = set()

    async def take(self, kind: str, payload: object) -> Taken:
        """Take one envelope. Raises ``StoreError`` if it could not be kept."""
        match read_envelope(kind, payload):
            case BlockActions() as press:
                return await self._press(press)
            case ViewSubmission() as modal if modal.is_ours:
                return await self._modal(modal)
            case ThreadReply() as reply if reply.is_a_reply:
                event = reply.event
                if await self._store.read(request_of, event.channel, event.thread_ts or "") is not None:
                    await self._decider.keep(reply.click())
            case _:
                pass
        return Taken()

    async def _press(self, press: BlockActions) -> Taken:
        click = press.click()
        if press.pressed == APPROVE:
            await self._decider.keep(click)
            return Taken()
        if press.pressed == OPEN:
            return Taken(go_on=lambda: self._start(self._show_where(click)))
        return Taken(go_on=lambda: self._start(self._ask_for_a_reason(click, press.trigger_id)))

    async def _modal(self, modal: ViewSubmission) -> Taken:
        if not modal.reason:
            return Taken(reason_errors("Give a reason: it is shown to the requester, and stays in the audit trail."))
        try:
            opened = ModalTarget.from_metadata(modal.view.private_metadata)
        except StaleButtonError as error:
            return Taken(reason_errors(str(error)))
        await self._decider.keep(modal.click(target=opened.button, channel=opened.channel, ts=opened.ts))
        return Taken()

    async def _ask_for_a_reason(self, click: Click, trigger_id: str) -> None:
        """Open the modal, within the three seconds that Slack gives for it."""
        try:
            card = await self._decider.may_reject(click)
            view = reject_modal(ButtonTarget.from_value(click.target), card.title, channel=click.channel, ts=click.ts)
            await self._calls.answer("views.open", self._calls.web.views_open(trigger_id=trigger_id, view=view))
        except (NotAllowedError, NotDoneError) as error:
            await self._decider.refuse(click, error)
        except (SlackRefusedError, SlackBusyError, SlackDownError) as error:
            log.warning("%s", error)
            await self._decider.tell(click, "Slack did not open the form for the reason. Press Reject again.")

    async def _show_where(self, click: Click) -> None:
        try:
            request_id = ButtonTarget.from_value(click.target).request_id
        except StaleButtonError as error:
            await self._decider.tell(click, str(error))
            return
        await self._decider.tell(
            click, f"In the console (tconsole): press 2 for approvals, then / and type {request_id}"
        )

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._log_failure(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _log_failure(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except StoreError as error:
            log.warning("Slack: %s", error)
        except Exception:
            log.exception("Slack: an answer to a click failed")
