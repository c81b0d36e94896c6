"""Whatever goes wrong, in the end each message is in Slack once, and shows the latest."""

import asyncio
import random

import pytest
from aiohttp import web

from tests.services.slack.conftest import APPROVED, CARD, NOON, Post, wanted
from tests.slack.faults import hang_up, rate_limited
from tests.slack.server import CHANNEL
from tests.support.beside import beside
from workers.services.slack import relay as relay_module
from workflows.approvals.models import Comment
from workflows.approvals.slack.models import LevelCard, Notice, WantedMessages
from workflows.runtime.backoff import Backoff

STEPS = 25
PEOPLE = ("ben", "dora", "greta")


class Story:
    """What a request wants to show, as it goes on by chance."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.sequence = 0
        self.cards: list[LevelCard] = []
        self.comments: list[Comment] = []
        self.notices: list[Notice] = []

    def goes_on(self) -> WantedMessages:
        """Return what is wanted after one more change."""
        self.sequence += 1
        notices: list[Notice] = []
        match self.chance.choice(("open", "vote", "close", "comment", "tell")):
            case "open":
                self.cards.append(CARD.model_copy(update={"level": len(self.cards), "deciders": list(PEOPLE)}))
            case "vote" if self.cards:
                last = self.cards[-1]
                self.cards[-1] = last.model_copy(update={"deciders": last.deciders[1:], "decisions": [APPROVED]})
            case "close" if self.cards:
                self.cards[-1] = self.cards[-1].model_copy(update={"outcome": "Level is approved", "deciders": []})
            case "comment" if self.cards:
                self.comments.append(Comment(author="fay", text=f"comment {len(self.comments)}", at=NOON))
            case _:
                notices = [Notice(event=f"{self.sequence}-x", text=f"notice {self.sequence}", recipients=["ana"])]
                self.notices += notices
        return wanted(*self.cards, sequence=self.sequence, notices=notices, comments=self.comments)


def go_wrong(post: Post, chance: random.Random) -> None:
    """Let something go wrong with the next calls."""
    faults = post.slack.faults
    match chance.randrange(6):
        case 0:
            faults.after.append(hang_up)
        case 1:
            faults.after.append(lambda _: web.Response(status=502, text="<html>Bad gateway</html>"))
        case 2:
            faults.before.append(rate_limited(0))
        case 3:
            faults.before.append(web.json_response({"ok": False, "error": "internal_error"}))
        case 4:
            post.slack.socket.drop()
        case _:
            pass


@pytest.mark.parametrize("seed", range(4))
async def test_each_message_is_there_once_and_shows_the_latest(
    post: Post, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(relay_module, "_new_backoff", lambda: Backoff(first=0.01, most=0.05))
    chance = random.Random(seed)  # noqa: S311 - no secret
    story, step = Story(chance), 0
    while step < STEPS:
        async with beside(post.serve()):  # killed and started again every few steps
            for _ in range(chance.randint(1, 6)):
                step += 1
                go_wrong(post, chance)
                await post.board.put(story.goes_on())
                await asyncio.sleep(chance.random() * 0.02)
        if chance.random() < 1 / 4:
            await post.slack.restart()
    post.slack.faults.before.clear()
    post.slack.faults.after.clear()
    async with beside(post.serve()):
        await post.all_sent()
    in_channel = post.slack.person("emeka").sees(CHANNEL)
    assert len(in_channel) == len(story.cards)
    for seen, card in zip(in_channel, story.cards, strict=True):
        assert ("Level is approved" in seen.text, "Approve" in seen.labels) == (bool(card.outcome), not card.outcome)
    for person in PEOPLE:
        buttons = [card.level for card in story.cards if person in card.deciders]
        shown = [number for number, seen in enumerate(post.slack.person(person).sees()) if "Approve" in seen.labels]
        assert len(shown) == len(buttons)
        assert len(post.slack.person(person).sees()) <= len(story.cards)
    notices = [seen.text.splitlines()[1] for seen in post.slack.person("ana").sees()]
    assert notices == [notice.text for notice in story.notices]
    threads = [reply.text for seen in in_channel for reply in post.slack.person("emeka").reads_thread(seen)]
    assert sorted(set(threads)) == sorted(f"fay: {comment.text}" for comment in story.comments)
    keys = [str(sent["metadata"]) for sent in post.slack.posts]
    assert len(keys) == len(set(keys)), "nothing was posted twice"
