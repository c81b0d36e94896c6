"""Brings one message to Slack: posts it once, or changes it where it is."""

import asyncio
import logging
from typing import Any

from slack_sdk.web.async_slack_response import AsyncSlackResponse

from workers.services.slack.calls import SlackBusyError, SlackCalls, SlackDownError, SlackRefusedError
from workers.services.slack.message import EVENT_TYPE, QUIET, arguments_of, is_live, key_text
from workers.services.slack.people import SlackPeople
from workers.store.engine import Store
from workers.store.slack_messages import (
    DueMessage,
    MessageKey,
    begin_post,
    end_post,
    forget_post,
    note_deleted,
    note_shown,
)
from workflows.approvals.slack.models import CHANNEL

log = logging.getLogger(__name__)

GONE = frozenset(("message_not_found", "thread_not_found", "cant_update_message"))
"""Refusals of a change: the message is no longer there."""
FINAL = "edit_window_closed"
"""Refusal of a change: it was posted too long ago."""
PAGE = 200
MAX_PAGES = 5
"""How far back a message is looked for that may have been posted."""


class NobodyError(Exception):
    """The recipient is not in Slack. The text is one line for people."""


class NotYetError(Exception):
    """The message above it in its thread is not posted yet."""


class Posting:
    """Posts and changes messages in the channel and to people."""

    def __init__(self, store: Store, calls: SlackCalls, people: SlackPeople, channel: str) -> None:
        self._store = store
        self._calls = calls
        self._people = people
        self._channel = channel
        self._channel_id = "" if channel.startswith("#") else channel

    async def bring(self, message: DueMessage) -> bool:
        """Bring a message to Slack as it shall be; return whether it was posted anew.

        Raises:
            NobodyError: its recipient is not in Slack.
            NotYetError: what it stands below is not there.
            SlackRefusedError, SlackBusyError, SlackDownError: as `SlackCalls.answer`.
        """
        if message.ts is not None and message.channel is not None:
            await self._change(message, message.channel, message.ts)
            return False
        if message.parent is not None and message.parent.state == "deleted":
            await self._store.write(note_deleted, message.key)
            return False
        thread = self._thread(message)
        to = await self._recipient(message.key)
        if message.posting and (found := await self._find(message.key, to, thread)) is not None:
            channel, ts = found
            if message.card is None:
                await self._store.write(note_shown, message.key, message.revision, channel, ts)
            else:
                await self._change(message, channel, ts)
            return False
        if not await self._store.write(begin_post, message):
            return False
        arguments = arguments_of(message) | QUIET | ({"thread_ts": thread} if thread else {})
        answer = await self._post(message.key, to, arguments)
        channel, ts = str(answer["channel"]), str(answer["ts"])
        if message.key.recipient == CHANNEL:
            self._channel_id = channel
        await self._store.write(note_shown, message.key, message.revision, channel, ts)
        return True

    async def _post(self, key: MessageKey, to: str, arguments: dict[str, Any]) -> AsyncSlackResponse:
        try:
            return await self._calls.answer(
                "chat.postMessage", self._calls.web.chat_postMessage(channel=to, **arguments)
            )
        except (SlackRefusedError, SlackBusyError, SlackDownError) as error:
            await self._store.write(end_post, key, isinstance(error, SlackDownError) and error.done is None)
            raise
        except asyncio.CancelledError:
            await asyncio.shield(self._store.write(end_post, key, True))  # noqa: FBT003 - as above
            raise

    async def _change(self, message: DueMessage, channel: str, ts: str) -> None:
        call = self._calls.web.chat_update(channel=channel, ts=ts, parse="none", **arguments_of(message))
        try:
            await self._calls.answer("chat.update", call)
        except SlackRefusedError as error:
            if error.code not in {*GONE, FINAL}:
                raise
            log.info("message %s to %s: %s", message.key.part, message.key.recipient or "the channel", error)
            again = error.code == FINAL or is_live(message)
            await self._store.write(forget_post if again else note_deleted, message.key)
            return
        await self._store.write(note_shown, message.key, message.revision, channel, ts)

    def _thread(self, message: DueMessage) -> str | None:
        """Return the first message of the thread that a message belongs to."""
        if message.kind != "comment":
            return None
        if message.parent is None or message.parent.ts is None:
            raise NotYetError
        return message.parent.ts

    async def _recipient(self, key: MessageKey) -> str:
        """Return what a post names as its channel."""
        if key.recipient == CHANNEL:
            return self._channel_id or self._channel
        member = await self._people.member(key.recipient)
        if member is None:
            raise NobodyError(f"{key.recipient} is not in Slack: the directory has no Slack ID, nor an address there")
        return member

    async def _find(self, key: MessageKey, to: str, thread: str | None) -> tuple[str, str] | None:
        """Look for a message that may have been posted; return its channel and ``ts``, or None."""
        channel, cursor, wanted = await self._conversation(key, to), "", key_text(key)
        for _ in range(MAX_PAGES):
            page = await self._page(channel, thread, cursor)
            for each in page["messages"]:
                metadata = each.get("metadata") or {}
                payload = metadata.get("event_payload") or {}
                if metadata.get("event_type") == EVENT_TYPE and payload.get("key") == wanted:
                    return channel, str(each["ts"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return None
        return None

    async def _page(self, channel: str, thread: str | None, cursor: str) -> AsyncSlackResponse:
        web = self._calls.web
        if thread is not None:
            call = web.conversations_replies(
                channel=channel, ts=thread, cursor=cursor, limit=PAGE, include_all_metadata=True
            )
            return await self._calls.answer("conversations.replies", call)
        call = web.conversations_history(channel=channel, cursor=cursor, limit=PAGE, include_all_metadata=True)
        return await self._calls.answer("conversations.history", call)

    async def _conversation(self, key: MessageKey, to: str) -> str:
        """Return the ID of the channel, or of a person's direct messages."""
        if key.recipient != CHANNEL:
            opened = await self._calls.answer("conversations.open", self._calls.web.conversations_open(users=to))
            return str(opened["channel"]["id"])
        if not self._channel_id:
            self._channel_id = await self._named(self._channel.removeprefix("#"))
        return self._channel_id

    async def _named(self, name: str) -> str:
        cursor = ""
        while True:
            call = self._calls.web.conversations_list(
                types="public_channel,private_channel", limit=PAGE, cursor=cursor, exclude_archived=True
            )
            answer = await self._calls.answer("conversations.list", call)
            for each in answer["channels"]:
                if each["name"] == name:
                    return str(each["id"])
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                raise SlackRefusedError("conversations.list", "channel_not_found")
