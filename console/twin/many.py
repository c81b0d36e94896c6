"""Carries an action out on one ID or many, and says what became of each."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import typer

from console.commands.command import AnyCommand
from console.design.text import plain
from console.gateway.gateway import Gateway
from console.twin.acting import Acting, Aim, Answered, Given
from console.twin.faces import known_view, system_named
from console.twin.payload import UsageError
from console.twin.writing import Output, put_value, put_values, tell
from workflows.shared.counts import number_of

DONE, REFUSED, NO_ANSWER = 0, 1, 3
"""Exit codes."""

MARKS = {"accepted": "✔", "refused": "✖", "unknown": "▲"}
VERDICTS = {"accepted": "", "refused": "refused: ", "unknown": "no answer: "}
SHOWN = 10
"""Effects that are listed before a question."""


@dataclass(frozen=True)
class Order:
    """What is to be done to which IDs; a creation has none."""

    face: str
    command: AnyCommand
    given: Given
    idents: Sequence[str]
    output: Output


async def carry_out(gateway: Gateway, order: Order, *, yes: bool, wait_seconds: float | None) -> int:
    """Do it, write the answers, and return the exit code.

    Raises:
        UsageError: what was typed does not fit.
        CallError: a preview or a wait got no answer.
    """
    acting = Acting(gateway, system_named(order.face), order.command, order.given, known_view(order.face))
    acting.warn()
    if order.command.creates:
        aims = [await acting.aim_new()]
    else:
        aims = await acting.aims(order.idents)
    if len(aims) == 1 and aims[0].misfit:
        raise UsageError(f"{aims[0].why_not}; see --help")
    if not yes and sys.stdin.isatty() and not _confirmed(order, aims):
        tell("nothing was sent")
        return REFUSED
    answers: list[Answered] = []

    def done(answered: Answered) -> None:
        answers.append(answered)
        if order.output != "json":
            put_value(_value(answered), order.output, _line(answered))

    await acting.each(aims, wait_seconds, done)
    if order.output == "json":
        values = [_value(answered) for answered in answers]
        if len(aims) == 1:
            put_value(values[0], "json", "")
        else:
            put_values(values, "json", ())
    return _code(answers)


def _value(answered: Answered) -> dict[str, object]:
    return answered.model_dump(mode="json", exclude_none=True)


def _code(answers: Sequence[Answered]) -> int:
    outcomes = {answered.outcome for answered in answers}
    if len(answers) == 1 and outcomes == {"unknown"}:
        return NO_ANSWER
    return DONE if outcomes <= {"accepted"} else REFUSED


def _confirmed(order: Order, aims: Sequence[Aim]) -> bool:
    """Ask on the terminal whether to go on."""
    possible = [aim for aim in aims if not aim.why_not]
    if not possible:
        return True
    for aim in possible[:SHOWN]:
        tell(f"{order.command.verb} {aim.ident}{f': {aim.effect}' if aim.effect else ''}")
    if len(possible) > SHOWN:
        tell(f"and {number_of(len(possible) - SHOWN, 'other', 'others')}")
    return typer.confirm("Go on?", err=True)


def _line(answered: Answered) -> str:
    words = f"{VERDICTS[answered.outcome]}{answered.text}"
    return f"{MARKS[answered.outcome]} {plain(answered.id)}  {plain(words)}".rstrip()
