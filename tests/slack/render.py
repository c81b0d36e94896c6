"""A message or a modal as a person reads it."""

import re
from dataclasses import dataclass
from html import unescape

from tests.slack.workspace import NOTIFYING, Json, Message, View

CONTROL = re.compile(r"<([^>|]+)(?:\|([^>]*))?>")


@dataclass(frozen=True)
class Button:
    """A button as it stood on the screen when somebody looked."""

    label: str
    action_id: str
    block_id: str
    element: Json


@dataclass(frozen=True)
class Seen:
    """A message as it stood on the screen when somebody looked; it may have changed since."""

    message: Message
    text: str
    """All of it, line by line, buttons in brackets."""
    buttons: tuple[Button, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """Return what stands on the buttons."""
        return tuple(button.label for button in self.buttons)


def seen(message: Message) -> Seen:
    """Return the message as it is on the screen now: its blocks, or its text if there are none."""
    lines = block_lines(message.blocks) if message.blocks else [shown(message.text)]
    if message.edited_ts:
        lines[-1] += " (edited)"
    return Seen(message, "\n".join(lines), tuple(buttons(message.blocks)))


def view_text(view: View) -> str:
    """Return a modal as it is on the screen, with what was wrong with its inputs."""
    lines = [plain(view.view["title"])]
    for block in view.view["blocks"]:
        lines += block_lines([block])
        if error := view.errors.get(block["block_id"]):
            lines.append(f"! {error}")
    ends = [plain(view.view[name]) for name in ("submit", "close") if view.view.get(name)]
    return "\n".join([*lines, " ".join(f"[{end}]" for end in ends)])


def block_lines(blocks: list[Json]) -> list[str]:
    """Return blocks as lines."""
    lines: list[str] = []
    for block in blocks:
        match block["type"]:
            case "header":
                lines.append(plain(block["text"]))
            case "section":
                texts = [block["text"]] if block.get("text") else []
                lines += [plain(text) for text in [*texts, *block.get("fields", [])]]
                lines += [f"[{button.label}]" for button in buttons([block])]
            case "context":
                lines.append(" ".join(plain(text) for text in block["elements"]))
            case "actions":
                lines.append(" ".join(f"[{button.label}]" for button in buttons([block])))
            case "divider":
                lines.append("---")
            case "input":
                lines.append(f"{plain(block['label'])}: ____")
    return lines


def buttons(blocks: list[Json]) -> list[Button]:
    """Return all buttons of blocks, in order."""
    return [
        Button(plain(element["text"]), element["action_id"], block["block_id"], element)
        for block in blocks
        for element in [*block.get("elements", []), block.get("accessory") or {}]
        if element.get("type") == "button"
    ]


def plain(text: Json) -> str:
    """Return a text object as it is read."""
    return unescape(text["text"]) if text["type"] == "plain_text" else shown(text["text"])


def shown(text: str) -> str:
    """Return marked-up text as it is read: mentions and links by their labels. Bold and the like stay as they are."""

    def label(found: re.Match[str]) -> str:
        target, given = found.groups()
        mention = NOTIFYING.fullmatch(found[0])
        return given or ("@" + target.lstrip("!@") if mention else target)

    return unescape(CONTROL.sub(label, text))
