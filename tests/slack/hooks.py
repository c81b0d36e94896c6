"""The ``response_url`` of a click: five answers within half an hour.

See https://docs.slack.dev/interactivity/handling-user-interaction#message_responses.
"""

from aiohttp import web

from tests.slack import chat
from tests.slack.errors import SlackError
from tests.slack.workspace import Json, Message, Workspace

MAX_USES = 5
MAX_AGE = 1800
"""Seconds."""


async def handle(workspace: Workspace, request: web.Request) -> web.Response:
    """Carry out one answer."""
    try:
        answer = await request.json()
    except ValueError:
        return _refused("invalid_payload", status=400)
    found = workspace.response_urls.get(request.match_info["secret"])
    if found is None or workspace.clock.now() - found.at > MAX_AGE:
        return _refused("expired_url")
    if found.uses >= MAX_USES:
        return _refused("used_url")
    channel = workspace.channels[found.message.channel_id]
    there = found.message.ts in channel.messages
    try:
        if answer.get("delete_original") or answer.get("replace_original"):
            if not there:
                return _refused("message_not_found")
            _change(workspace, found.message, answer)
        else:
            message = chat.new_message(workspace, channel, workspace.bot, answer)
            if answer.get("response_type") == "in_channel":
                chat.add_message(workspace, channel, message)
            else:
                message.only_for = found.user_id
                channel.messages[message.ts] = message
    except SlackError as error:
        return _refused(error.code, status=400)
    found.uses += 1
    return web.Response(text="ok")


def _change(workspace: Workspace, message: Message, answer: Json) -> None:
    channel = workspace.channels[message.channel_id]
    if answer.get("delete_original"):
        chat.remove_message(workspace, channel, message)
        return
    changed = chat.new_message(workspace, channel, message.user, answer)
    message.text, message.blocks = changed.text, changed.blocks


def _refused(error: str, status: int = 404) -> web.Response:
    return web.json_response({"ok": False, "error": error}, status=status)
