"""Dialogs: nothing happens on escape, the answer is awaited in place, a refusal keeps what was typed."""

import asyncio
from collections.abc import Callable
from typing import Literal

import pytest
from pydantic import BaseModel
from textual.widgets import TextArea

from console.dialogs.base import Dialog, Question
from console.dialogs.confirm import ConfirmDialog
from console.dialogs.form import FormDialog
from console.dialogs.reason import ReasonDialog
from tests.support.eventually import eventually
from tests.support.forms import NOT_YET, answer, asked, result, submit
from workflows.approvals.updates import AddComment
from workflows.orders.models import OrderRequest
from workflows.shared.errors import NoAnswerError, RefusedError

TARGET = "ORD-20250131-143022 · [b]Ada[/b]\x1b[31m Lovelace"
EFFECT = "refunds $120.00 to pay_8812, releases 3 items"


class Desk:
    """Answers what a dialog sends, when the test says so."""

    def __init__(self, *answers: Exception | None) -> None:
        self.asked: list[object] = []
        self.open = asyncio.Event()
        self._answers = list(answers)

    async def __call__(self, sent: object) -> None:
        """Take what was sent, and answer it."""
        self.asked.append(sent)
        await self.open.wait()
        answer = self._answers.pop(0)
        if answer is not None:
            raise answer


@pytest.mark.parametrize(
    "make",
    [
        lambda send: ConfirmDialog(Question("Cancel order", TARGET, EFFECT, submit=send)),
        lambda send: ReasonDialog(Question("Reject", TARGET, EFFECT, submit=send)),
        lambda send: FormDialog(Question("Comment", submit=send), AddComment, {"author": "ada", "text": "hello"}),
    ],
)
async def test_escape_leaves_with_nothing_done(make: Callable[[Desk], Dialog[object]]) -> None:
    desk = Desk()
    async with asked(make(desk)) as pilot:
        await pilot.press("escape")
        assert result(pilot) is None
    assert desk.asked == []


async def test_escape_asks_once_before_something_typed_is_lost() -> None:
    async with asked(FormDialog(Question("Comment"), AddComment, {"author": "ada"})) as pilot:
        await pilot.press(*"no", "escape")
        assert result(pilot) is NOT_YET
        assert "esc again leaves" in answer(pilot)
        await pilot.press("t", "escape")
        assert result(pilot) is NOT_YET
        await pilot.press("escape")
        assert result(pilot) is None


@pytest.mark.parametrize(("keys", "decision"), [(["enter"], None), (["right", "enter"], True)])
async def test_the_safe_button_has_the_focus_and_yes_is_one_key_away(keys: list[str], decision: object) -> None:
    async with asked(ConfirmDialog(Question("Cancel order", TARGET, EFFECT))) as pilot:
        assert pilot.app.focused is pilot.app.screen.query_one("#leave")
        await pilot.press(*keys)
        assert result(pilot) is decision


async def test_the_answer_is_awaited_once_and_cannot_be_left_meanwhile() -> None:
    desk = Desk(None)
    dialog = ConfirmDialog(Question("Cancel order", TARGET, EFFECT, submit=desk))
    async with asked(dialog) as pilot:
        await pilot.press("ctrl+s", "ctrl+s", "escape")
        assert result(pilot) is NOT_YET
        assert "waiting for the answer" in answer(pilot)
        desk.open.set()
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert result(pilot) is True
    assert desk.asked == [True]


async def test_a_refusal_shows_the_workflow_s_words_and_keeps_what_was_typed() -> None:
    desk = Desk(RefusedError("ana asked for this [b]herself", "SelfApproval"), None)
    desk.open.set()
    dialog = ReasonDialog(Question("Reject", TARGET, EFFECT, submit=desk))
    async with asked(dialog) as pilot:
        await pilot.press(*"no")
        assert await submit(pilot) is NOT_YET
        assert answer(pilot) == "▲ ana asked for this [b]herself"
        assert dialog.query_one(TextArea).text == "no"
        assert await submit(pilot) == "no"
    assert desk.asked == ["no", "no"]


async def test_an_answer_within_a_frame_closes_the_dialog() -> None:
    desk = Desk(None)
    desk.open.set()
    dialog = ConfirmDialog(Question("Cancel order", TARGET, EFFECT, submit=desk))
    async with asked(dialog) as pilot:
        assert await submit(pilot) is True
        await eventually(lambda: not dialog.children)
        dialog._fit()  # was to come after the frame


async def test_no_answer_and_a_mistake_of_the_program_are_both_said() -> None:
    desk = Desk(NoAnswerError("no answer within 10 s"), ZeroDivisionError("oh"))
    desk.open.set()
    dialog = ConfirmDialog(Question("Cancel order", TARGET, EFFECT, submit=desk))
    async with asked(dialog) as pilot:
        for words in ("no answer within 10 s", "may still have taken effect: oh"):
            await pilot.press("ctrl+s")
            await pilot.pause()
            await pilot.pause()
            assert words in answer(pilot)
        await pilot.press("escape")
        assert result(pilot) is None


async def test_a_required_reason_is_asked_for_again_and_an_optional_one_is_not() -> None:
    async with asked(ReasonDialog(Question("Reject", TARGET, EFFECT))) as pilot:
        await pilot.press("space")
        assert await submit(pilot) is NOT_YET
        assert answer(pilot) == "▲ reason: needed"
    async with asked(ReasonDialog(Question("Approve", TARGET, EFFECT), "Comment", required=False)) as pilot:
        assert await submit(pilot) == ""


async def test_a_form_dialog_sends_the_model_and_keeps_it_when_it_is_refused() -> None:
    desk = Desk(RefusedError("the request is closed", "Closed"), None)
    desk.open.set()
    dialog = FormDialog(Question("Comment", submit=desk), AddComment, {"author": "ada"})
    async with asked(dialog) as pilot:
        comment = AddComment(author="ada", text="worth it\nreally")
        assert await submit(pilot, {"text": comment.text}) is NOT_YET
        assert await submit(pilot) == comment
    assert desk.asked == [comment, comment]


async def test_escape_asks_once_before_a_reason_is_lost() -> None:
    async with asked(ReasonDialog(Question("Reject", TARGET, EFFECT))) as pilot:
        await pilot.press(*"no", "escape")
        assert result(pilot) is NOT_YET
        assert "esc again leaves" in answer(pilot)
        await pilot.press("escape")
        assert result(pilot) is None


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (160, 45), (60, 16)])
@pytest.mark.parametrize(
    "make",
    [
        lambda: ConfirmDialog(Question("Cancel order", TARGET, "a long effect " * 200)),
        lambda: ReasonDialog(Question("Reject", TARGET, "a long effect " * 200)),
        lambda: FormDialog(Question("New order", TARGET, "a long effect " * 200), OrderRequest),
    ],
)
async def test_the_buttons_are_visible_at_every_size(make: Callable[[], Dialog[object]], size: tuple[int, int]) -> None:
    async with asked(make(), size) as pilot:
        for _ in range(3):
            await pilot.pause()
        buttons = pilot.app.screen.query_one("#buttons").region
        assert buttons.height == 1
        assert pilot.app.screen.query_one("#dialog").region.shrink((1, 1, 1, 1)).contains_region(buttons)
        assert pilot.app.screen.region.contains_region(buttons)


class Chosen(BaseModel):
    """A choice that is needed."""

    way: Literal["mail", "chat"]


async def test_the_first_key_in_a_list_comes_to_its_first_choice() -> None:
    async with asked(FormDialog(Question("Choose"), Chosen)) as pilot:
        edge = pilot.app.screen.query_one("#dialog")
        await eventually(lambda: str(edge.border_subtitle), lambda said: "enter opens the list" in said, seconds=10)
        await pilot.press("down")
        await eventually(lambda: str(edge.border_subtitle), lambda said: "enter chooses" in said, seconds=10)
        await pilot.press("enter")
        assert await submit(pilot) == Chosen(way="mail")
