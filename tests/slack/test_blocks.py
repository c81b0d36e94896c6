"""The rules of Block Kit."""

import pytest

from tests.slack.blocks import message_problems, view_problems
from tests.slack.workspace import Json


def text(length: int, kind: str = "plain_text") -> Json:
    return {"type": kind, "text": "x" * length}


def section(length: int = 1, **more: object) -> Json:
    return {"type": "section", "text": text(length, "mrkdwn")} | more


def button(length: int = 1, **more: object) -> Json:
    return {"type": "button", "text": text(length)} | more


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def modal(**more: object) -> Json:
    return {"type": "modal", "title": text(24), "submit": text(24), "blocks": []} | more


def reason(**more: object) -> Json:
    return {"type": "input", "label": text(1), "element": {"type": "plain_text_input"} | more}


@pytest.mark.parametrize(
    "blocks",
    [
        [],
        [{"type": "header", "text": text(150)}, section(3000), {"type": "divider"}],
        [{"type": "context", "elements": [text(1, "mrkdwn")] * 10}],
        [{"type": "section", "fields": [text(2000)] * 10}],
        [actions(*(button(75, value="v" * 2000, action_id=f"{number:0255}") for number in range(25)))],
        [section(block_id="b" * 255, accessory=button(style="danger", url="https://example.com"))],
        [actions(button(action_id="a")), actions(button(action_id="a"))],
        [{"type": "divider"}] * 50,
    ],
)
def test_what_slack_takes(blocks: list[Json]) -> None:
    assert message_problems(blocks) == []


@pytest.mark.parametrize(
    ("block", "problem", "at"),
    [
        ({}, "missing required field: type", ""),
        ({"type": "video"}, "unsupported type: video", "/type"),
        ({"type": "header", "text": text(151)}, "must be less than 151 characters", "/text/text"),
        ({"type": "header", "text": text(0)}, "must be more than 0 characters", "/text/text"),
        ({"type": "header", "text": text(1, "mrkdwn")}, "unsupported type: mrkdwn", "/text/type"),
        ({"type": "header"}, "missing required field: text", ""),
        ({"type": "section"}, "must define either `text` or `fields`", "/type"),
        (section(3001), "must be less than 3001 characters", "/text/text"),
        (section(block_id="b" * 256), "must be less than 256 characters", "/block_id"),
        (section(color="red"), "invalid additional property: color", ""),
        (
            {"type": "section", "fields": [text(2001)]},
            "must be less than 2001 characters",
            "/fields/0/text",
        ),
        ({"type": "section", "fields": [text(1)] * 11}, "no more than 10 items allowed", "/fields"),
        ({"type": "context", "elements": []}, "must provide at least 1 items", "/elements"),
        ({"type": "context", "elements": [text(1)] * 11}, "no more than 10 items allowed", "/elements"),
        (actions(*[button()] * 26), "no more than 25 items allowed", "/elements"),
        (actions(button(76)), "must be less than 76 characters", "/elements/0/text/text"),
        (actions(button(value="v" * 2001)), "must be less than 2001 characters", "/elements/0/value"),
        (actions(button(action_id="a" * 256)), "must be less than 256 characters", "/elements/0/action_id"),
        (actions(button(disabled=True)), "invalid additional property: disabled", "/elements/0"),
        (actions(button(style="green")), "must be a valid enum value", "/elements/0/style"),
        (actions(button(url="javascript:alert(1)")), "invalid url", "/elements/0/url"),
        (
            actions(button(action_id="a"), button(action_id="a")),
            '`action_id` "a" already exists',
            "/elements/1/action_id",
        ),
    ],
)
def test_what_slack_refuses(block: Json, problem: str, at: str) -> None:
    assert message_problems([block])[-1] == f"{problem} [json-pointer:/blocks/0{at}]"


def test_all_blocks_together() -> None:
    assert message_problems([{"type": "divider"}] * 51) == ["no more than 50 items allowed [json-pointer:/blocks]"]
    twice = [section(block_id="b"), section(block_id="b")]
    assert message_problems(twice) == ['`block_id` "b" already exists [json-pointer:/blocks/1/block_id]']
    assert message_problems([section(3001)]) == [
        "failed to match all allowed schemas [json-pointer:/blocks/0/text]",
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ]
    assert message_problems("no list") == ["must be an array [json-pointer:/blocks]"]


@pytest.mark.parametrize(
    ("view", "problem", "at"),
    [
        (modal(title=text(25)), "must be less than 25 characters", "/title/text"),
        (modal(private_metadata="x" * 3001), "must be less than 3001 characters", "/private_metadata"),
        (
            modal(blocks=[reason()], submit=None),
            "must define `submit` to use an `input` block in modals",
            "/blocks/0/input",
        ),
        (modal(blocks=[reason(max_length=3001)]), "must be less than 3001", "/blocks/0/element/max_length"),
        (
            modal(blocks=[reason(initial_value="xx", max_length=1)]),
            "must be less than 2 characters",
            "/blocks/0/element/initial_value",
        ),
        ({"type": "modal", "blocks": []}, "missing required field: title", ""),
        ({"type": "home", "blocks": []}, "unsupported type", ""),
    ],
)
def test_what_slack_refuses_of_a_modal(view: Json, problem: str, at: str) -> None:
    assert view_problems(view)[-1] == f"{problem} [json-pointer:/view{at}]"


def test_a_modal_that_slack_takes() -> None:
    assert view_problems(modal(blocks=[reason(max_length=3000)], private_metadata="x" * 3000)) == []
