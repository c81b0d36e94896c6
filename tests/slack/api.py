"""The Web API: tokens, scopes, bodies and faults around the methods."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from tests.slack import chat, lookups, views
from tests.slack.errors import SlackError
from tests.slack.faults import Faults, rate_limited
from tests.slack.limits import RateLimits
from tests.slack.workspace import APP_ID, Json, Workspace, new_secret

BOT_TOKEN = "xoxb-1-good"  # noqa: S105 - of no real workspace
APP_TOKEN = "xapp-1-good"  # noqa: S105 - of no real app

BOT_SCOPES = ("chat:write", "im:write", "im:history", "channels:history", "channels:read", "groups:history",
              "groups:read", "users:read", "users:read.email")  # fmt: skip
"""What the app is allowed by default, see https://docs.slack.dev/reference/scopes."""
APP_SCOPES = ("connections:write",)


@dataclass(frozen=True)
class Method:
    """One method: what carries it out, and what its token must be allowed."""

    call: Callable[[Workspace, Json], Json]
    scopes: tuple[str, ...] = ()
    """One of them is enough."""
    json: bool = True
    """Whether the method reads a JSON body; methods that only read take arguments of a form or an address."""
    app_level: bool = False


METHODS = {
    "auth.test": Method(lookups.auth_test),
    "chat.postMessage": Method(chat.post_message, ("chat:write",)),
    "chat.postEphemeral": Method(chat.post_ephemeral, ("chat:write",)),
    "chat.update": Method(chat.update, ("chat:write",)),
    "chat.delete": Method(chat.delete, ("chat:write",)),
    "conversations.history": Method(
        lookups.conversations_history, ("im:history", "channels:history", "groups:history"), json=False
    ),
    "conversations.list": Method(lookups.conversations_list, ("channels:read", "groups:read"), json=False),
    "conversations.open": Method(lookups.conversations_open, ("im:write",)),
    "conversations.replies": Method(
        lookups.conversations_replies, ("im:history", "channels:history", "groups:history"), json=False
    ),
    "users.info": Method(lookups.users_info, ("users:read",), json=False),
    "users.lookupByEmail": Method(lookups.users_lookup_by_email, ("users:read.email",), json=False),
    "views.open": Method(views.views_open),
    "views.update": Method(views.views_update),
}


@dataclass(frozen=True)
class Call:
    """A call as it was made, and what was answered."""

    method: str
    args: Json
    answer: Json = field(default_factory=dict)


class WebApi:
    """Answers calls. ``calls`` holds all that were understood, refused ones too."""

    def __init__(self, workspace: Workspace, faults: Faults) -> None:
        self.workspace = workspace
        self.faults = faults
        self.limits = RateLimits(workspace.clock)
        self.calls: list[Call] = []
        self.bot_scopes = list(BOT_SCOPES)
        self.socket_url = ""

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one call."""
        name = request.match_info["method"]
        if self.faults.before:
            self.calls.append(Call(name, {}))
            return self.faults.before.pop(0)
        args: Json = {}
        try:
            args = await _arguments(request, name)
            pause = self._check(request, name, args)
            if pause:
                self.calls.append(Call(name, args))
                return rate_limited(pause)
            answer = self._carry_out(name, args)
        except SlackError as error:
            answer = {"ok": False, "error": error.code} | error.more
        self.calls.append(Call(name, args, answer))
        if self.faults.gate is not None:
            await self.faults.gate.wait()
        if self.faults.after and (lost := self.faults.after.pop(0)(request)) is not None:
            return lost
        return web.json_response(answer, headers={"X-OAuth-Scopes": ",".join(self.bot_scopes)})

    def _check(self, request: web.Request, name: str, args: Json) -> int:
        """Check the token and its scopes; return a pause in seconds if there were too many calls."""
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not token and request.content_type != "application/json":
            token = str(args.pop("token", ""))
        app_level = name == "apps.connections.open"
        if name not in METHODS and not app_level:
            raise SlackError("unknown_method", req_method=name)
        if not token:
            raise SlackError("not_authed")
        if token not in {BOT_TOKEN, APP_TOKEN}:
            raise SlackError("invalid_auth")
        if self.faults.revoked:
            raise SlackError(self.faults.revoked)
        if (token == APP_TOKEN) != app_level:
            raise SlackError("not_allowed_token_type")
        scopes = () if app_level else METHODS[name].scopes
        if scopes and not set(scopes) & set(self.bot_scopes):
            raise SlackError("missing_scope", needed=scopes[0], provided=",".join(self.bot_scopes))
        if not self.faults.rate_limits:
            return 0
        return self.limits.pause(name, str(args.get("channel", "")))

    def _carry_out(self, name: str, args: Json) -> Json:
        if name == "apps.connections.open":
            ticket = new_secret()
            self.workspace.tickets.add(ticket)
            return {"ok": True, "url": f"{self.socket_url}?ticket={ticket}&app_id={APP_ID}"}
        if name == "chat.update" and self.faults.edit_window_closed:
            raise SlackError("edit_window_closed")
        return METHODS[name].call(self.workspace, args)


async def _arguments(request: web.Request, name: str) -> Json:
    """Return a call's arguments, from its address and its body, as https://docs.slack.dev/apis/web-api tells.

    Raises:
        SlackError: the body cannot be read.
    """
    args: Json = dict(request.query)
    body = await request.read()
    if request.method != "POST" or not body:
        return _structured(args)
    if request.content_type == "application/json":
        try:
            found = json.loads(body)
        except ValueError:
            raise SlackError("invalid_json") from None
        if not isinstance(found, dict):
            raise SlackError("json_not_object")
        if name in METHODS and not METHODS[name].json:
            found = {}
        return args | _structured({key: value for key, value in found.items() if value is not None})
    if request.content_type not in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        raise SlackError("invalid_post_type")
    return _structured(args | {key: value for key, value in (await request.post()).items() if isinstance(value, str)})


def _structured(args: Json) -> Json:
    """Return arguments with ``blocks``, ``view`` and ``metadata`` read, which a form carries as text."""
    errors = {"blocks": "invalid_blocks_format", "view": "invalid_arguments", "metadata": "invalid_metadata_format"}
    for key, error in errors.items():
        if isinstance(args.get(key), str):
            try:
                args[key] = json.loads(args[key])
            except ValueError:
                raise SlackError(error) from None
    return args
