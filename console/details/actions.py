"""The section that says what may be done to the workflow in focus."""

from collections.abc import Sequence

from rich.cells import cell_len
from textual.content import Content

from console.commands.availability import ActionState
from console.design.text import plain
from console.design.times import in_local_time
from console.design.tone import Tone
from console.details.sections import hanging, heading, lines
from workflows.shared.actions import Action

KEY_WIDTH = 3
ILLEGAL = "·"
"""In the place of the key of an action that is not legal."""


def what_you_can_do(states: Sequence[ActionState], actions: Sequence[Action], width: int) -> Content:
    """Return the actions with their keys and effects; one that is not legal with the reason."""
    offered = {action.name: action for action in actions}
    choices: list[tuple[str, str, str]] = []
    for state in states:
        command = state.command
        if command.creates:
            continue
        action = offered.pop(command.name, None)
        label = plain(action.label) if action else command.title
        if state.allowed:
            choices.append((command.key, label, state.effect))
        else:
            choices.append((ILLEGAL, label, state.why))
    for action in offered.values():  # others may take these, such as a carrier
        text = action.effect or action.reason or ""
        choices.append(("-" if action.enabled else ILLEGAL, plain(action.label), text))
    label_width = max((cell_len(label) for _, label, _ in choices), default=0)
    return lines(heading("What you can do"), *(_line(*choice, label_width, width) for choice in choices))


def _line(key: str, label: str, text: str, label_width: int, width: int) -> Content:
    dim = Tone.STOPPED.style
    key_style, label_style, text_style = (dim, dim, dim) if key == ILLEGAL else ("bold $tone-accent", "bold", "")
    indent = 2 + KEY_WIDTH + label_width + 3
    start = Content.assemble("  ", (f"{key:<{KEY_WIDTH}}", key_style), (label, label_style))
    return hanging(start.pad_right(indent - start.cell_length), in_local_time(text), width, text_style)
