"""Merge fields: what a template may name, what is refused at the start, and what users get."""

import pytest
from pydantic import ValidationError

from tests.support.campaigns import World, campaign
from tests.support.temporal import fresh
from workers.store.users import upsert_users
from workflows.campaigns.merging import merge, why_not_fields
from workflows.campaigns.models import Preferences, Template
from workflows.campaigns.ports import User
from workflows.shared.errors import RefusedError


@pytest.mark.parametrize(
    ("text", "merged"),
    [
        ("Hello {{ first_name }}", "Hello Ana"),
        ("Hello {{first_name}}, {user_id}", "Hello Ana, U1"),
        ('Hello {{ nick | default("there") }}', "Hello there"),
        ("Hello {{ nick|default('dear {{ first_name') }}", "Hello dear {{ first_name"),
        ("Hello {{ nick }}.", "Hello ."),
        ("{{ odd }}", "{{ user_id }}"),
        ("100 % {off} {user_id.__class__}", "100 % {off} {user_id.__class__}"),
    ],
)
def test_values_and_defaults(text: str, merged: str) -> None:
    values = {"user_id": "U1", "first_name": "Ana", "odd": "{{ user_id }}"}
    assert merge(text, values) == merged


@pytest.mark.parametrize("text", ["{{ first name }}", "{{", "{{ }}", "{{ a | upper }}", '{{ a | default("x }}'])
def test_what_is_no_merge_field_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="is no merge field; use one like"):
        Template(body=text)


@pytest.mark.parametrize("tag", ["{% if plan %}", "{%- endif -%}", "{%\nraw %}", "*|FNAME|*", "*|IF:PLAN|*"])
@pytest.mark.parametrize("part", ["subject", "body", "html"])
def test_tags_of_other_tools_would_go_out_as_they_are(tag: str, part: str) -> None:
    with pytest.raises(ValidationError, match="would go out as it is; there are only fields, like "):
        Template.model_validate({"body": "Hello", part: f"Hello {{{{ name }}}} {tag}"})


@pytest.mark.parametrize(
    "text", ["100 {%", "%} {%", "a{width:50%} *|", "@media print{#id{color:#fff}}", "2 * 3 | 4 * 5"]
)
def test_what_only_looks_a_little_like_a_tag_is_text(text: str) -> None:
    assert Template(body=text).body == text


def test_a_field_that_there_is_not_is_named_with_the_nearest_one() -> None:
    assert why_not_fields("{{ first_nam }}", []) == "first_nam is no field; did you mean first_name?"
    assert why_not_fields("{{ compny }} {{ x }}", ["company"]) == "compny is no field; did you mean company?"
    assert why_not_fields("{{ name }} {{ plan }}", ["plan"]) is None
    assert str(why_not_fields("{{ zzz }}", [])).startswith("zzz is no field; there are email_address, ")


async def test_an_unknown_field_is_refused_at_the_start(world: World) -> None:
    wrong = campaign(world.add_users(1), template=Template(body="Hello {{ first_nam }}"))
    with pytest.raises(RefusedError, match=r"^template\.body: first_nam is no field; did you mean first_name\?$"):
        await world.campaigns.start(wrong)
    assert not world.sent


async def test_users_get_what_their_import_says(world: World) -> None:
    attributes = {"first_name": "Ana\nBcc: all", "last_name": "Diaz", "plan": "gold"}
    one, two = fresh("ANA"), fresh("BEN")
    ana = User(one, "ana@example.com", "", "UTC", Preferences(), attributes=attributes)
    world.store.run(upsert_users, [(ana, []), (User(two, "ben@example.com", "", "UTC", Preferences()), [])])
    body = '{{ first_name | default("you") }}: {{ plan | default("free") }}'
    template = Template(subject="For {{ first_name }}", body=body)
    await world.run(campaign([one, two], template=template))
    texts = {row.user_id: (row.subject, row.body) for row in world.sent.values()}
    assert texts == {one: ("For Ana Bcc: all", "Ana\nBcc: all: gold"), two: ("For", "you: free")}
