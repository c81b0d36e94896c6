"""The methods ``chat.*``: posting, updating and deleting messages."""

from copy import deepcopy

from tests.slack.blocks import message_problems
from tests.slack.errors import SlackError, invalid_arguments, invalid_blocks
from tests.slack.metadata import checked_metadata
from tests.slack.workspace import BOT_USER_ID, Channel, Json, Message, User, Workspace, new_secret

MAX_POSTED = 40_000
"""Characters of a posted text. The real Slack cuts a longer one; here it is refused, so that a test sees it."""
MAX_UPDATED = 4_000
"""Characters of an updated text, see https://docs.slack.dev/reference/methods/chat.update#errors."""


def post_message(workspace: Workspace, args: Json) -> Json:
    """Post a message as the app."""
    channel = postable(workspace, args)
    message = new_message(workspace, channel, workspace.bot, args)
    add_message(workspace, channel, message)
    return {"ok": True, "channel": channel.channel_id, "ts": message.ts, "message": message.to_json()}


def post_ephemeral(workspace: Workspace, args: Json) -> Json:
    """Show a message to one person of a channel; it is in no history and cannot be updated or deleted by its ``ts``."""
    channel = postable(workspace, args)
    if "user" not in args:
        raise invalid_arguments(["missing required field: user"])
    if args["user"] not in channel.members:
        raise SlackError("user_not_in_channel")
    message = new_message(workspace, channel, workspace.bot, args)
    message.only_for = args["user"]
    channel.messages[message.ts] = message
    return {"ok": True, "message_ts": message.ts}


def update(workspace: Workspace, args: Json) -> Json:
    """Replace a message of the app.

    Blocks that are left out stay if there is no text either; a text without blocks takes their place. Metadata that is
    left out stays. Only a message without blocks is marked as edited. See https://docs.slack.dev/reference/methods/chat.update.
    """
    channel, message = own_message(workspace, args, "cant_update_message")
    text, blocks = _content(args)
    if len(text) > MAX_UPDATED:
        raise SlackError("msg_too_long")
    metadata = checked_metadata(args["metadata"]) if "metadata" in args else message.metadata
    before = message.to_json()
    if "text" in args or "blocks" not in args:
        message.text = text or message.text
    if "blocks" in args or "text" in args:
        message.blocks = blocks
    message.parsed = _parsed(args)
    message.metadata = metadata
    message.edited_ts = None if message.blocks else workspace.next_ts()
    after = message.to_json()
    event = {"type": "message", "subtype": "message_changed", "hidden": True, "message": after}
    workspace.event(event | {"previous_message": before, "ts": workspace.next_ts()}, message.user, channel)
    return {"ok": True, "channel": channel.channel_id, "ts": message.ts, "text": message.text, "message": after}


def delete(workspace: Workspace, args: Json) -> Json:
    """Delete a message of the app."""
    channel, message = own_message(workspace, args, "cant_delete_message")
    remove_message(workspace, channel, message)
    return {"ok": True, "channel": channel.channel_id, "ts": message.ts}


def postable(workspace: Workspace, args: Json) -> Channel:
    """Return the channel to post to, given by ID, by name or as a person's ID.

    Raises:
        SlackError: the app may not post there.
    """
    wanted = args.get("channel")
    if not isinstance(wanted, str) or not wanted:
        raise SlackError("channel_not_found")
    channel = workspace.channels.get(wanted)
    if channel is None and wanted in workspace.users and wanted != BOT_USER_ID:
        # Also to somebody who was deactivated: https://github.com/slackapi/python-slack-sdk/issues/1156.
        channel = workspace.direct_messages(workspace.users[wanted])
    if channel is None:
        named = (
            each for each in workspace.channels.values() if not each.is_im and each.name == wanted.removeprefix("#")
        )
        channel = next(named, None)
    if channel is None or (channel.is_private and BOT_USER_ID not in channel.members):
        raise SlackError("channel_not_found")
    if BOT_USER_ID not in channel.members:
        raise SlackError("not_in_channel")
    if channel.is_archived:
        raise SlackError("is_archived")
    return channel


def own_message(workspace: Workspace, args: Json, not_own: str) -> tuple[Channel, Message]:
    """Return a message of the app by its channel's ID and its ``ts``.

    Raises:
        SlackError: no such channel or message, or it is somebody else's (``not_own``).
    """
    channel = workspace.channels.get(args.get("channel", ""))
    if channel is None or (channel.is_private and BOT_USER_ID not in channel.members):
        raise SlackError("channel_not_found")
    message = channel.messages.get(args.get("ts", ""))
    if message is None or message.only_for:
        raise SlackError("message_not_found")
    if message.user is not workspace.bot:
        raise SlackError(not_own)
    if channel.is_archived:
        raise SlackError("is_inactive")
    return channel, message


def new_message(workspace: Workspace, channel: Channel, user: User, args: Json) -> Message:
    """Return a message that Slack takes, not posted yet.

    Raises:
        SlackError: it takes it not.
    """
    text, blocks = _content(args)
    if not text and not blocks:
        raise SlackError("no_text")
    if len(text) > MAX_POSTED:
        raise SlackError("msg_too_long")
    thread_ts = args.get("thread_ts")
    parent = channel.messages.get(thread_ts) if thread_ts else None
    if parent is not None and parent.only_for:
        raise SlackError("cannot_reply_to_message")
    return Message(
        workspace.next_ts(),
        channel.channel_id,
        user,
        text,
        blocks,
        thread_ts=thread_ts,
        parsed=_parsed(args),
        metadata=checked_metadata(args.get("metadata")),
    )


def add_message(workspace: Workspace, channel: Channel, message: Message) -> None:
    """Put a message into its channel, and tell the app: Slack tells of the app's own messages, too."""
    channel.messages[message.ts] = message
    parent = channel.messages.get(message.thread_ts or "")
    reply = {"parent_user_id": parent.user.user_id} if parent else {}
    if parent is not None:
        parent.thread_ts = parent.ts
    workspace.event(message.to_json() | reply, message.user, channel)


def remove_message(workspace: Workspace, channel: Channel, message: Message) -> None:
    """Take a message out of its channel, and tell the app."""
    del channel.messages[message.ts]
    event = {"type": "message", "subtype": "message_deleted", "hidden": True, "deleted_ts": message.ts}
    workspace.event(event | {"previous_message": message.to_json(), "ts": workspace.next_ts()}, message.user, channel)


def filled_in(blocks: list[Json]) -> list[Json]:
    """Return blocks as Slack keeps them: with IDs for blocks and elements, and the defaults of text objects."""
    filled = deepcopy(blocks)
    for block in filled:
        block.setdefault("block_id", new_secret()[:5])
        for value in _objects(block):
            if value.get("type") == "plain_text":
                value.setdefault("emoji", True)
            elif value.get("type") == "mrkdwn":
                value.setdefault("verbatim", False)
            elif value is not block and "type" in value:
                value.setdefault("action_id", new_secret()[:5])
    return filled


def _objects(value: object) -> list[Json]:
    if isinstance(value, list):
        return [found for item in value for found in _objects(item)]
    if not isinstance(value, dict):
        return []
    return [value, *(found for item in value.values() for found in _objects(item))]


def _content(args: Json) -> tuple[str, list[Json]]:
    text, blocks = args.get("text", ""), args.get("blocks", [])
    if not isinstance(text, str):
        raise invalid_arguments(["must be a string [json-pointer:/text]"])
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    if problems := message_problems(blocks):
        raise invalid_blocks(problems)
    return text, filled_in(blocks)


def _parsed(args: Json) -> bool:
    return args.get("parse") == "full" or args.get("link_names") in {True, "true", "1"}
