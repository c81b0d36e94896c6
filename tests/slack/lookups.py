"""The methods that look people and conversations up, and open direct messages."""

from tests.slack.errors import SlackError, invalid_arguments
from tests.slack.metadata import with_metadata
from tests.slack.workspace import BOT_ID, BOT_USER_ID, TEAM_DOMAIN, TEAM_ID, Channel, Json, Message, User, Workspace

MAX_REPLIES = 1000
"""Replies in one answer, see https://docs.slack.dev/reference/methods/conversations.replies."""
MAX_HISTORY, DEFAULT_HISTORY = 999, 100
"""Messages in one answer, see https://docs.slack.dev/reference/methods/conversations.history."""
MAX_LISTED, DEFAULT_LISTED = 999, 100
"""Channels in one answer, see https://docs.slack.dev/reference/methods/conversations.list."""


def auth_test(workspace: Workspace, _: Json) -> Json:
    """Say who the token belongs to."""
    url = f"https://{TEAM_DOMAIN}.slack.com/"
    bot = workspace.bot
    return {"ok": True, "url": url, "team": "tconsole", "user": bot.name, "team_id": TEAM_ID, "user_id": bot.user_id,
            "bot_id": BOT_ID, "is_enterprise_install": False}  # fmt: skip


def users_info(workspace: Workspace, args: Json) -> Json:
    """Describe a person by ID, a deactivated one too."""
    user = workspace.users.get(args.get("user", ""))
    if user is None:
        raise SlackError("user_not_found")
    return {"ok": True, "user": _user(user)}


def users_lookup_by_email(workspace: Workspace, args: Json) -> Json:
    """Describe a person by e-mail address: of this team only, and nobody who was deactivated."""
    if not args.get("email"):
        raise invalid_arguments(["missing required field: email"])
    wanted = args["email"].casefold()
    for user in workspace.users.values():
        if user.email.casefold() == wanted and not user.deleted and user.team_id == TEAM_ID and not user.is_bot:
            return {"ok": True, "user": _user(user)}
    raise SlackError("users_not_found")


def conversations_open(workspace: Workspace, args: Json) -> Json:
    """Open direct messages with one person."""
    if channel_id := args.get("channel"):
        channel = workspace.channels.get(channel_id)
        if channel is None or not channel.is_im:
            raise SlackError("channel_not_found")
        return _opened(channel, args, already_open=True)
    users = [each for each in str(args.get("users", "")).split(",") if each]
    if not users:
        raise SlackError("users_list_not_supplied")
    if len(users) > 1:
        raise SlackError("method_not_supported_for_channel_type")  # this Slack has no group direct messages
    user = workspace.users.get(users[0])
    if user is None:
        raise SlackError("user_not_found")
    if user.deleted:
        raise SlackError("user_disabled")
    if user.is_bot:
        raise SlackError("cannot_dm_bot")
    before = len(workspace.channels)
    channel = workspace.direct_messages(user)
    return _opened(channel, args, already_open=len(workspace.channels) == before)


def conversations_replies(workspace: Workspace, args: Json) -> Json:
    """Return a message and the replies to it, page by page; ``oldest`` and ``latest`` leave replies out."""
    channel = workspace.channels.get(args.get("channel", ""))
    if channel is None or BOT_USER_ID not in channel.members:
        raise SlackError("channel_not_found")
    parent = channel.messages.get(args.get("ts", ""))
    if parent is None or parent.only_for:
        raise SlackError("thread_not_found")
    oldest, latest = float(args.get("oldest") or 0), float(args.get("latest") or "inf")
    replies = [reply for reply in channel.thread(parent.ts) if oldest < float(reply.ts) < latest and not reply.only_for]
    start, limit = _cursor(args, len(replies)), min(int(args.get("limit") or MAX_REPLIES), MAX_REPLIES)
    page = replies[start : start + limit]
    shown = [
        with_metadata(parent, _parent(parent, channel), args),
        *(with_metadata(reply, _reply(reply, parent), args) for reply in page),
    ]
    answer: Json = {"ok": True, "messages": shown}
    more = start + limit < len(replies)
    cursor = {"response_metadata": {"next_cursor": f"next:{start + limit}"}} if more else {}
    return answer | {"has_more": more} | cursor


def conversations_history(workspace: Workspace, args: Json) -> Json:
    """Return the messages of a channel, the newest first, without replies in threads, page by page."""
    channel = workspace.channels.get(args.get("channel", ""))
    if channel is None or (channel.is_private and BOT_USER_ID not in channel.members):
        raise SlackError("channel_not_found")
    if BOT_USER_ID not in channel.members:
        raise SlackError("not_in_channel")
    oldest, latest = float(args.get("oldest") or 0), float(args.get("latest") or "inf")
    found = [
        message
        for message in reversed(channel.messages.values())
        if oldest < float(message.ts) < latest and not message.only_for and message.thread_ts in {None, message.ts}
    ]
    start, limit = _cursor(args, len(found)), min(int(args.get("limit") or DEFAULT_HISTORY), MAX_HISTORY)
    page = found[start : start + limit]
    more = start + limit < len(found)
    cursor = {"response_metadata": {"next_cursor": f"next:{start + limit}"}} if more else {}
    shown = [with_metadata(message, _parent(message, channel), args) for message in page]
    return {"ok": True, "messages": shown, "has_more": more, "pin_count": 0} | cursor


def conversations_list(workspace: Workspace, args: Json) -> Json:
    """Return the public channels, and the private ones of the app if their type is asked for, page by page."""
    kinds = str(args.get("types") or "public_channel").split(",")
    if unknown := set(kinds) - {"public_channel", "private_channel"}:
        raise invalid_arguments([f"unsupported type: {kind} [json-pointer:/types]" for kind in sorted(unknown)])
    found = [
        channel
        for channel in workspace.channels.values()
        if not channel.is_im
        and ("private_channel" if channel.is_private else "public_channel") in kinds
        and (not channel.is_private or BOT_USER_ID in channel.members)
        and not (channel.is_archived and str(args.get("exclude_archived")).lower() in {"1", "true"})
    ]
    start, limit = _cursor(args, len(found)), min(int(args.get("limit") or DEFAULT_LISTED), MAX_LISTED)
    more = start + limit < len(found)
    cursor = f"next:{start + limit}" if more else ""
    shown = [_channel(channel) for channel in found[start : start + limit]]
    return {"ok": True, "channels": shown, "response_metadata": {"next_cursor": cursor}}


def _channel(channel: Channel) -> Json:
    flags = {"is_channel": not channel.is_private, "is_private": channel.is_private, "is_im": False}
    member = {"is_archived": channel.is_archived, "is_member": BOT_USER_ID in channel.members}
    return {"id": channel.channel_id, "name": channel.name, "num_members": len(channel.members)} | flags | member


def _cursor(args: Json, count: int) -> int:
    cursor = str(args.get("cursor") or "next:0").removeprefix("next:")
    if not cursor.isdigit() or int(cursor) > count:
        raise SlackError("invalid_cursor")
    return int(cursor)


def _parent(parent: Message, channel: Channel) -> Json:
    replies = channel.thread(parent.ts)
    if not replies:
        return parent.to_json()
    people = list(dict.fromkeys(reply.user.user_id for reply in replies))
    counts = {"reply_count": len(replies), "reply_users_count": len(people), "reply_users": people}
    return parent.to_json() | counts | {"latest_reply": replies[-1].ts, "is_locked": False}


def _reply(reply: Message, parent: Message) -> Json:
    return reply.to_json() | {"parent_user_id": parent.user.user_id}


def _opened(channel: Channel, args: Json, *, already_open: bool) -> Json:
    opened: Json = {"id": channel.channel_id}
    if str(args.get("return_im")).lower() in {"1", "true"}:
        other = next(member for member in channel.members if member != BOT_USER_ID)
        opened |= {"is_im": True, "user": other, "is_open": True, "context_team_id": TEAM_ID}
    again = {"no_op": True, "already_open": True} if already_open else {}
    return {"ok": True, "channel": opened} | again


def _user(user: User) -> Json:
    profile = {"real_name": user.real_name, "display_name": user.name, "team": user.team_id}
    if user.team_id == TEAM_ID and not user.is_bot:
        profile["email"] = user.email  # a stranger's address is not shown
    described = {"id": user.user_id, "team_id": user.team_id, "name": user.name, "deleted": user.deleted}
    if user.deleted:
        return described | {"profile": profile, "is_bot": user.is_bot, "is_app_user": False}
    flags = {"is_bot": user.is_bot, "is_app_user": False, "is_restricted": False, "is_ultra_restricted": False}
    stranger = {"is_stranger": True} if user.team_id != TEAM_ID else {}
    zone = {"tz": "Etc/UTC", "tz_label": "UTC", "tz_offset": 0}
    return described | {"real_name": user.real_name, "profile": profile} | zone | flags | stranger
