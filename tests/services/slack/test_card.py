"""Requests as Slack messages, against the rules of the strict Slack."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.slack.blocks import message_problems, view_problems
from tests.slack.render import seen
from tests.slack.workspace import Json, Message, User, text_objects
from workers.services.slack.card import ACTIONS_BLOCK, card_blocks, card_text
from workers.services.slack.modal import ModalTarget, reject_modal
from workers.services.slack.target import VALUE_LIMIT, ButtonTarget, StaleButtonError, click_update_id
from workers.services.slack.text import from_slack
from workflows.approvals.slack.models import CardDecision, LevelCard

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CARD = LevelCard(
    request_id="REQ-1",
    version=2,
    level=0,
    name="manager",
    content_hash="0123abcd",
    title="New lenses for the lab",
    asked="expense of 480.00 USD by ana",
    details=[("supplier", "Optica")],
    changes=["amount was 500.00 USD and is 480.00 USD"],
    deciders=["ben"],
    due_at=NOON,
)
TARGET = ButtonTarget.of(CARD)
APPROVED = CardDecision(person="ben", decision="approved", at=NOON, on_behalf_of="dora", reason="worth it")

HOSTILE = st.text(max_size=80) | st.sampled_from(
    [
        "<!channel>",
        "<@U1>",
        "&amp;",
        "*bold* _it_ `code`",
        ":tada:",
        "<https://evil.example|Approve>",
        " \n ",
        "&" * 900,
    ]
)
TARGETS = st.builds(
    ButtonTarget,
    request_id=st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=200),
    version=st.integers(1, 10**6),
    level=st.integers(0, 20),
    content_hash=st.just("f" * 64),
    ballot=st.integers(0, 200),
)
CARDS = st.builds(
    LevelCard,
    request_id=st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=200),
    version=st.integers(1, 10**6),
    level=st.integers(0, 20),
    content_hash=st.just("f" * 64),
    name=HOSTILE,
    title=HOSTILE,
    asked=HOSTILE,
    details=st.lists(st.tuples(HOSTILE, HOSTILE), max_size=6),
    changes=st.lists(HOSTILE, max_size=3),
    deciders=st.lists(HOSTILE, max_size=4),
    due_at=st.none() | st.just(NOON),
    decisions=st.lists(
        st.builds(
            CardDecision,
            person=HOSTILE,
            decision=st.just("approved"),
            at=st.just(NOON),
            on_behalf_of=HOSTILE,
            reason=HOSTILE,
        ),
        max_size=15,
    ),
    outcome=st.sampled_from(["", "Approved"]),
    console_only=st.booleans(),
)


def changed(**fields: object) -> LevelCard:
    """Return the card with some fields replaced."""
    return CARD.model_copy(update=fields)


def blocks(card: LevelCard, *, buttons: bool = True) -> list[Json]:
    """Return the blocks as they are sent."""
    return [block.to_dict() for block in card_blocks(card, buttons=buttons)]


def shown(card: LevelCard, *, buttons: bool = True) -> tuple[str, tuple[str, ...]]:
    """Return what a person reads, and the buttons."""
    sent = [block | {"block_id": block.get("block_id", "b")} for block in blocks(card, buttons=buttons)]
    on_screen = seen(Message("1.1", "C1", User("U1", "app", "App", ""), card_text(card), sent))
    return on_screen.text, on_screen.labels


def test_an_open_request_has_buttons() -> None:
    text, labels = shown(CARD)
    assert labels == ("Approve", "Reject", "Open in console")
    assert text.splitlines()[:-1] == [
        "New lenses for the lab",
        "expense of 480.00 USD by ana",
        "supplier: Optica",
        "Changed: amount was 500.00 USD and is 480.00 USD",
        "REQ-1 · version 2 · level manager · waiting for ben due 2026-03-02 12:00 UTC",
    ]
    [actions] = [block for block in blocks(CARD) if block["type"] == "actions"]
    assert actions["block_id"] == ACTIONS_BLOCK
    assert {ButtonTarget.from_value(element["value"]) for element in actions["elements"]} == {TARGET}


def test_a_decided_request_says_who_and_when_and_has_none() -> None:
    text, labels = shown(changed(decisions=[APPROVED], outcome="Approved"))
    assert labels == ()
    assert "Approved\nben approved for dora: worth it 2026-03-02 12:00 UTC\n" in text
    assert "waiting" not in text


def test_a_vote_leaves_the_buttons_while_the_level_is_open() -> None:
    text, labels = shown(changed(decisions=[APPROVED]))
    assert (len(labels), "ben approved" in text) == (3, True)


def test_a_level_of_the_console_can_only_be_opened() -> None:
    text, labels = shown(changed(console_only=True))
    assert (labels, "decided in the console only" in text) == (("Open in console",), True)


def test_who_may_not_decide_can_only_open_it() -> None:
    assert shown(CARD, buttons=False)[1] == ("Open in console",)


def test_of_many_decisions_the_latest_are_shown() -> None:
    many = [APPROVED.model_copy(update={"person": f"P{number}"}) for number in range(30)]
    text, _ = shown(changed(decisions=many))
    assert "20 earlier decisions: see the console\nP20 approved" in text
    assert "P29 approved" in text


@given(card=CARDS)
def test_slack_takes_every_card(card: LevelCard) -> None:
    sent = blocks(card)
    assert message_problems(sent) == []
    message = Message("1.1", "C1", User("U1", "app", "App", ""), card_text(card), sent)
    assert (message.mentions, message.links) == ([], [])
    marked_up = [item["text"] for item in text_objects(sent) if item["type"] == "mrkdwn"]
    assert all(text.removeprefix("due ").startswith("<!date^") for text in marked_up)  # never what somebody wrote
    assert 0 < len(card_text(card)) <= 4000
    assert len(json.dumps(sent, ensure_ascii=False)) < 16_000


@given(target=TARGETS, title=HOSTILE)
def test_a_target_travels_with_its_button_and_modal(target: ButtonTarget, title: str) -> None:
    value = target.to_value()
    assert len(value) <= VALUE_LIMIT
    assert not set("&<>") & set(value)
    assert ButtonTarget.from_value(value) == target
    view = reject_modal(target, title, channel="C0APPROVAL", ts="1700000000.000001").to_dict()
    assert view_problems(view) == []
    assert ModalTarget.from_metadata(view["private_metadata"]).target == target


@pytest.mark.parametrize(
    "value",
    ["", "v1", "{}", "[]", TARGET.to_value().replace("2", '"2"'), TARGET.to_value()[:-1] + ',"by":"ben"}', "x" * 9000],
)  # fmt: skip
def test_a_button_of_somebody_else_decides_nothing(value: str) -> None:
    with pytest.raises(StaleButtonError, match="another version"):
        ButtonTarget.from_value(value)
    with pytest.raises(StaleButtonError):
        ModalTarget.from_metadata(value)


def test_an_update_id_names_all_that_makes_a_decision() -> None:
    first = click_update_id("approve", TARGET, "ben")
    others = {
        click_update_id("reject", TARGET, "ben"),
        click_update_id("approve", TARGET, "chen"),
        click_update_id("approve", TARGET.model_copy(update={"version": 3}), "ben"),
        click_update_id("approve", TARGET.model_copy(update={"level": 1}), "ben"),
        click_update_id("approve", TARGET.model_copy(update={"request_id": "REQ-2"}), "ben"),
        click_update_id("approve", TARGET.model_copy(update={"ballot": 1}), "ben"),
    }
    assert first == click_update_id("approve", TARGET, "ben")
    assert len(others - {first}) == 6


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("5 &lt; 6 &amp;amp; &lt;!channel&gt;", "5 < 6 &amp; <!channel>"),
        ("<!channel> <@U012> <@U012|ben> <#C1|general>", "@channel @U012 @ben #general"),
        ("see <https://a.example/?x=1&amp;y=2> and <https://a.example|this>", "see https://a.example/?x=1&y=2 and this (https://a.example)"),
        ("<mailto:ben@example.com|ben@example.com>", "mailto:ben@example.com"),
        ("<!date^1|&lt;now&gt;>", "<now>"),
    ],
)  # fmt: skip
def test_a_reply_is_read_as_it_was_typed(sent: str, read: str) -> None:
    assert from_slack(sent) == read
