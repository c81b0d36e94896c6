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

KEY_WIDTH, GAP = 3, 3
ILLEGAL = "·"
"""In the place of the key of an action that is not legal."""


def what_you_can_do(states: Sequence[ActionState], actions: Sequence[Action], width: int) -> Content:
    """Return the legal actions with their keys and effects, then the others, with each reason once."""
    offered = {action.name: action for action in actions}
    choices: list[tuple[str, str, str]] = []
    illegal: dict[str, list[str]] = {}
    for state in states:
        command = state.command
        if command.creates:
            continue
        action = offered.pop(command.name, None)
        label = plain(action.label) if action else command.title
        if state.allowed:
            choices.append((command.key, label, state.effect))
        else:
            illegal.setdefault(state.why, []).append(label)
    for action in offered.values():  # others may take these, such as a carrier
        if action.enabled:
            choices.append(("-", plain(action.label), action.effect or ""))
        else:
            illegal.setdefault(action.reason or "", []).append(plain(action.label))
    alone = [labels[0] for labels in illegal.values() if len(labels) == 1]
    label_width = max((cell_len(label) for label in [*alone, *(label for _, label, _ in choices)]), default=0)
    return lines(
        heading("What you can do"),
        *(_legal(*choice, label_width, width) for choice in choices),
        *(_illegal(labels, why, label_width, width) for why, labels in illegal.items()),
    )


def _legal(key: str, label: str, effect: str, label_width: int, width: int) -> Content:
    start = Content.assemble("  ", (f"{key:<{KEY_WIDTH}}", "bold $tone-accent"), (label, "bold"))
    indent = 2 + KEY_WIDTH + label_width + GAP
    return hanging(start.pad_right(indent - start.cell_length), in_local_time(effect), width)


def _illegal(labels: Sequence[str], why: str, label_width: int, width: int) -> Content:
    """Return one action with its reason beside it, or several with the reason that they share below them."""
    start, dim = Content(f"  {ILLEGAL:<{KEY_WIDTH}}"), Tone.STOPPED.style
    if len(labels) == 1:
        indent = start.cell_length + label_width + GAP
        start += labels[0]
        return hanging(start.pad_right(indent - start.cell_length), in_local_time(why), width, dim).stylize(dim)
    reason = hanging(Content(" " * (start.cell_length + GAP)), in_local_time(why), width, dim)
    return lines(hanging(start, " · ".join(labels), width, dim), reason if why else "").stylize(dim)
