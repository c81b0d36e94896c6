"""The section that says what may be done to the workflow in focus."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual.content import Content

from console.commands.availability import ActionState
from console.design.text import plain
from console.design.tone import Tone
from console.details.sections import hanging, heading, lines
from workflows.shared.actions import Action

KEY_WIDTH = 3


@dataclass(frozen=True)
class _Choice:
    """One line; ``text`` is the effect, or the reason why not."""

    key: str
    label: str
    text: str
    legal: bool


def what_you_can_do(states: Sequence[ActionState], actions: Sequence[Action], width: int) -> Content:
    """Return the actions with their keys and effects; one that is not legal now with the reason."""
    with_target = [state for state in states if not state.command.creates]
    keyed = {state.command.name for state in with_target}
    choices = [_keyed(state, actions) for state in with_target]
    choices += [_unkeyed(action) for action in actions if action.name not in keyed]
    label_width = max((cell_len(choice.label) for choice in choices), default=0)
    return lines(heading("What you can do"), *(_choice_lines(choice, label_width, width) for choice in choices))


def _keyed(state: ActionState, actions: Sequence[Action]) -> _Choice:
    action = next((action for action in actions if action.name == state.command.name), None)
    label = plain(action.label) if action else state.command.label
    if state.allowed:
        return _Choice(state.command.key, label, state.effect, legal=True)
    return _Choice("·", label, state.why, legal=False)


def _unkeyed(action: Action) -> _Choice:
    """Return an action without a key here: others may take it, such as a carrier."""
    text = action.effect or action.reason or ""
    return _Choice("-" if action.enabled else "·", plain(action.label), text, action.enabled)


def _choice_lines(choice: _Choice, label_width: int, width: int) -> Content:
    dim = Tone.STOPPED.style
    key_style, label_style, text_style = ("bold $tone-accent", "bold", "") if choice.legal else (dim, dim, dim)
    indent = 2 + KEY_WIDTH + label_width + 3
    start = Content.assemble("  ", (f"{choice.key:<{KEY_WIDTH}}", key_style), (choice.label, label_style))
    return hanging(start.pad_right(indent - start.cell_length), choice.text, width, text_style)
