"""A local Slack Web API that refuses what the real one refuses, and fails where a test tells it to."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

TOKEN = "xoxb-1-good"  # noqa: S105 - of no real workspace
CHANNEL = "#approvals"
CHANNEL_ID = "C0APPROVAL"

UNESCAPED = re.compile(r"[<>]|&(?!(amp|lt|gt);)")
LIMITS = {"header": 150, "section": 3000, "context": 2000}

Fault = Callable[[web.Request], web.Response | None]
"""What goes wrong with a call after it was carried out; None lets it answer."""


@dataclass
class FakeSlack:
    """What was posted, and what shall go wrong. ``before`` and ``after`` are used up, one for each call."""

    base_url: str = ""
    posts: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    before: list[web.Response] = field(default_factory=list)
    after: list[Fault] = field(default_factory=list)
    gate: asyncio.Event | None = None
    """When set, calls wait for it before they answer."""

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one call of the Web API."""
        method = request.match_info["method"]
        self.calls.append(method)
        if self.before:
            return self.before.pop(0)
        answer = await self._carry_out(method, request)
        if self.gate is not None:
            await self.gate.wait()
        if self.after and (fault := self.after.pop(0)(request)) is not None:
            return fault
        return web.json_response(answer)

    async def _carry_out(self, method: str, request: web.Request) -> dict[str, Any]:
        authorization = request.headers.get("Authorization", "")
        if authorization != f"Bearer {TOKEN}":
            return _error("invalid_auth" if authorization else "not_authed")
        match method:
            case "auth.test":
                return {"ok": True, "team": "Test", "user_id": "U1"}
            case "chat.postMessage" if request.content_type == "application/json":
                return self._post(await request.json())
            case "chat.postMessage":
                return _error("invalid_form_data")
            case _:
                return _error("unknown_method")

    def _post(self, message: dict[str, Any]) -> dict[str, Any]:
        if message.get("channel") not in {CHANNEL, CHANNEL_ID}:
            return _error("channel_not_found")
        if not message.get("text") and not message.get("blocks"):
            return _error("no_text")
        if len(message.get("text", "")) > 40_000:
            return _error("msg_too_long")
        blocks = message.get("blocks", [])
        if len(blocks) > 50 or not all(_valid(block) for block in blocks):
            return _error("invalid_blocks")
        # The real one takes it, and notifies everybody: here that is an error, so that a test sees it.
        if any(UNESCAPED.search(text) for text in [message.get("text", ""), *texts(blocks)]):
            return _error("unescaped_text")
        self.posts.append(message)
        return {"ok": True, "channel": CHANNEL_ID, "ts": f"1700000000.{len(self.posts):06}", "message": {}}


def texts(blocks: list[dict[str, Any]]) -> list[str]:
    """Return all texts of a message's blocks."""
    objects = [item for block in blocks for item in [block.get("text"), *block.get("elements", [])] if item]
    return [item["text"] for item in objects]


def rate_limited(seconds: int | str) -> web.Response:
    """Return the answer to one call too many."""
    headers = {"Retry-After": str(seconds)} if seconds != "" else {}
    return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)


def hang_up(request: web.Request) -> None:
    """Lose the connection instead of answering."""
    assert request.transport is not None
    request.transport.abort()


def _valid(block: dict[str, Any]) -> bool:
    items = block.get("elements", []) if block.get("type") == "context" else [block.get("text") or {}]
    limit = LIMITS.get(block.get("type", ""), 0)
    return 1 <= len(items) <= 10 and all(
        item.get("type") in {"plain_text", "mrkdwn"} and 1 <= len(item.get("text", "")) <= limit for item in items
    )


def _error(code: str) -> dict[str, Any]:
    return {"ok": False, "error": code}


@asynccontextmanager
async def fake_slack() -> AsyncIterator[FakeSlack]:
    """Run a local Slack."""
    slack = FakeSlack()
    app = web.Application()
    app.router.add_post("/api/{method}", slack.handle)
    async with TestServer(app) as server:
        slack.base_url = str(server.make_url("/api/"))
        yield slack
