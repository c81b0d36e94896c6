"""The rules of Block Kit, with the sentences of the real one.

The limits are those of https://docs.slack.dev/reference/block-kit (blocks, block elements, composition objects) and
https://docs.slack.dev/reference/views; each is named where it is checked. Lengths count characters of the text as it is
sent, so an escaped ``&amp;`` counts five. Kinds of blocks and elements that are not listed here are refused, although
Slack knows more of them.
"""

from collections.abc import Callable, Collection
from typing import Any

from tests.slack.workspace import Json

MAX_BLOCKS = {"message": 50, "view": 100}
"""Blocks in a message and in a view, see https://docs.slack.dev/reference/block-kit/blocks."""
MAX_ID = 255
"""Characters of ``block_id``, ``action_id`` and ``callback_id``."""
MAX_HEADER = 150
MAX_SECTION = 3000
MAX_TEXT = 3000
"""Characters of any text object that has no smaller limit."""
MAX_FIELD = 2000
MAX_FIELDS = 10
MAX_CONTEXT = 10
"""Elements of a context block."""
MAX_ACTIONS = 25
"""Elements of an actions block."""
MAX_LABEL = 2000
"""Characters of an input block's label and hint."""
MAX_BUTTON = 75
MAX_VALUE = 2000
MAX_URL = 3000
MAX_INPUT = 3000
"""The largest ``max_length`` of a plain text input."""
MAX_PLACEHOLDER = 150
MAX_OPTIONS = 100
MAX_OPTION = 75
MAX_OPTION_VALUE = 150
MAX_VIEW_TITLE = 24
"""Characters of a modal's title, submit and close texts."""
MAX_PRIVATE_METADATA = 3000
MAX_VIEW_BYTES = 250_000

FIELDS = {
    "header": {"text"},
    "section": {"text", "fields", "accessory", "expand"},
    "context": {"elements"},
    "actions": {"elements"},
    "divider": set[str](),
    "input": {"label", "element", "hint", "optional", "dispatch_action"},
    "button": {"text", "action_id", "value", "url", "style", "confirm", "accessibility_label"},
    "plain_text_input": {"action_id", "initial_value", "multiline", "min_length", "max_length", "placeholder",
                         "dispatch_action_config", "focus_on_load"},
    "static_select": {"action_id", "options", "initial_option", "placeholder", "confirm", "focus_on_load"},
    "users_select": {"action_id", "initial_user", "placeholder", "confirm", "focus_on_load"},
    "modal": {"title", "blocks", "submit", "close", "private_metadata", "callback_id", "clear_on_close",
              "notify_on_close", "external_id", "submit_disabled"},
}  # fmt: skip
REQUIRED = {
    "header": ("text",),
    "context": ("elements",),
    "actions": ("elements",),
    "input": ("label", "element"),
    "button": ("text",),
    "static_select": ("options",),
    "modal": ("title", "blocks"),
}
INTERACTIVE = ("button", "static_select", "users_select")
INPUTS = ("plain_text_input", "static_select", "users_select")


def message_problems(blocks: object) -> list[str]:
    """Return what Slack finds wrong with the blocks of a message; nothing if it takes them."""
    checker = _Checker()
    checker.blocks(blocks, "/blocks", "message")
    return checker.problems


def view_problems(view: object) -> list[str]:
    """Return what Slack finds wrong with a modal; nothing if it takes it."""
    checker = _Checker()
    checker.view(view)
    return checker.problems


class _Checker:
    """Walks through a value, and keeps what is wrong with it."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def note(self, problem: str, at: str) -> None:
        self.problems.append(f"{problem} [json-pointer:{at}]")

    def view(self, view: object) -> None:
        if not isinstance(view, dict) or view.get("type") != "modal":
            self.note("unsupported type" if isinstance(view, dict) else "must be an object", "/view")
            return
        self.keys(view, "/view", "modal")
        for name in ("title", "submit", "close"):
            if view.get(name) is not None:
                self.text(view[name], f"/view/{name}", MAX_VIEW_TITLE, ("plain_text",))
        self.length(view.get("private_metadata"), "/view/private_metadata", MAX_PRIVATE_METADATA, least=0)
        self.length(view.get("callback_id"), "/view/callback_id", MAX_ID, least=0)
        blocks = view.get("blocks", [])
        self.blocks(blocks, "/view/blocks", "view")
        if isinstance(blocks, list) and not view.get("submit"):
            for number, block in enumerate(blocks):
                if isinstance(block, dict) and block.get("type") == "input":
                    self.note("must define `submit` to use an `input` block in modals", f"/view/blocks/{number}/input")

    def blocks(self, blocks: object, at: str, surface: str) -> None:
        if not isinstance(blocks, list):
            self.note("must be an array", at)
            return
        self.items(blocks, at, 0, MAX_BLOCKS[surface])
        for number, block in enumerate(blocks):
            self.block(block, f"{at}/{number}")
        self.unique(blocks, at, "block_id")

    def block(self, block: object, at: str) -> None:
        checks: dict[str, Callable[[Json, str], None]] = {
            "header": lambda block, at: self.text(block.get("text"), f"{at}/text", MAX_HEADER, ("plain_text",)),
            "section": self.section,
            "context": self.context,
            "actions": self.actions,
            "divider": lambda _block, _at: None,
            "input": self.input,
        }
        kind = self.kind(block, at, checks)
        if isinstance(block, dict) and kind:
            self.keys(block, at, kind)
            self.length(block.get("block_id"), f"{at}/block_id", MAX_ID)
            checks[kind](block, at)

    def section(self, block: Json, at: str) -> None:
        if block.get("text") is None and not block.get("fields"):
            self.note("must define either `text` or `fields`", f"{at}/type")
        if block.get("text") is not None:
            self.text(block["text"], f"{at}/text", MAX_SECTION)
        if block.get("fields") is not None:
            self.items(block["fields"], f"{at}/fields", 1, MAX_FIELDS)
            for number, each in enumerate(block["fields"]):
                self.text(each, f"{at}/fields/{number}", MAX_FIELD)
        if block.get("accessory") is not None:
            self.element(block["accessory"], f"{at}/accessory", INTERACTIVE)

    def context(self, block: Json, at: str) -> None:
        elements = block.get("elements")
        if self.items(elements, f"{at}/elements", 1, MAX_CONTEXT):
            for number, each in enumerate(elements or []):
                self.text(each, f"{at}/elements/{number}", MAX_TEXT)

    def actions(self, block: Json, at: str) -> None:
        elements = block.get("elements")
        if self.items(elements, f"{at}/elements", 1, MAX_ACTIONS):
            for number, each in enumerate(elements or []):
                self.element(each, f"{at}/elements/{number}", INTERACTIVE)
            self.unique(elements or [], f"{at}/elements", "action_id")

    def input(self, block: Json, at: str) -> None:
        if "label" in block:
            self.text(block["label"], f"{at}/label", MAX_LABEL, ("plain_text",))
        if block.get("hint") is not None:
            self.text(block["hint"], f"{at}/hint", MAX_LABEL, ("plain_text",))
        if "element" in block:
            self.element(block["element"], f"{at}/element", INPUTS)

    def element(self, element: object, at: str, kinds: Collection[str]) -> None:
        checks: dict[str, Callable[[Json, str], None]] = {
            "button": self.button,
            "plain_text_input": self.plain_text_input,
            "static_select": self.static_select,
            "users_select": lambda _element, _at: None,
        }
        kind = self.kind(element, at, kinds)
        if isinstance(element, dict) and kind:
            self.keys(element, at, kind)
            self.length(element.get("action_id"), f"{at}/action_id", MAX_ID)
            if element.get("placeholder") is not None:
                self.text(element["placeholder"], f"{at}/placeholder", MAX_PLACEHOLDER, ("plain_text",))
            checks[kind](element, at)

    def button(self, element: Json, at: str) -> None:
        self.text(element.get("text"), f"{at}/text", MAX_BUTTON, ("plain_text",))
        self.length(element.get("value"), f"{at}/value", MAX_VALUE)
        self.length(element.get("url"), f"{at}/url", MAX_URL)
        self.length(element.get("accessibility_label"), f"{at}/accessibility_label", MAX_BUTTON)
        if element.get("url") is not None and not str(element["url"]).startswith(("http://", "https://")):
            self.note("invalid url", f"{at}/url")
        if element.get("style") not in {None, "primary", "danger"}:
            self.note("must be a valid enum value", f"{at}/style")

    def plain_text_input(self, element: Json, at: str) -> None:
        longest = element.get("max_length", MAX_INPUT)
        shortest = element.get("min_length", 0)
        if not 1 <= longest <= MAX_INPUT:
            self.note(f"must be less than {MAX_INPUT + 1}", f"{at}/max_length")
        if not 0 <= shortest <= longest:
            self.note("must be less than or equal to `max_length`", f"{at}/min_length")
        self.length(element.get("initial_value"), f"{at}/initial_value", longest, least=0)

    def static_select(self, element: Json, at: str) -> None:
        if self.items(element.get("options"), f"{at}/options", 1, MAX_OPTIONS):
            for number, option in enumerate(element["options"]):
                self.text(option.get("text"), f"{at}/options/{number}/text", MAX_OPTION)
                self.length(option.get("value"), f"{at}/options/{number}/value", MAX_OPTION_VALUE)

    def kind(self, value: object, at: str, kinds: Collection[str]) -> str:
        """Return the type of a block or element if it is known."""
        if not isinstance(value, dict):
            self.note("must be an object", at)
            return ""
        kind = value.get("type")
        if kind is None:
            self.note("missing required field: type", at)
        elif kind not in kinds:
            self.note(f"unsupported type: {kind}", f"{at}/type")
        return kind if isinstance(kind, str) and kind in kinds else ""

    def keys(self, value: Json, at: str, kind: str) -> None:
        for name in value.keys() - FIELDS[kind] - {"type", "block_id"}:
            self.note(f"invalid additional property: {name}", at)
        for name in REQUIRED.get(kind, ()):
            if value.get(name) is None:
                self.note(f"missing required field: {name}", at)

    def text(self, value: object, at: str, limit: int, kinds: Collection[str] = ("plain_text", "mrkdwn")) -> None:
        """Check a text object, see https://docs.slack.dev/reference/block-kit/composition-objects/text-object."""
        before = len(self.problems)
        if value is None:
            return
        kind = self.kind(value, at, kinds)
        if isinstance(value, dict) and kind:
            for name in value.keys() - ({"emoji"} if kind == "plain_text" else {"verbatim"}) - {"type", "text"}:
                self.note(f"invalid additional property: {name}", at)
            if value.get("text") is None:
                self.note("missing required field: text", at)
            self.length(value.get("text"), f"{at}/text", limit)
        if len(self.problems) > before:
            self.problems.insert(before, f"failed to match all allowed schemas [json-pointer:{at}]")

    def length(self, value: object, at: str, limit: int, least: int = 1) -> None:
        if value is None:
            return
        if not isinstance(value, str):
            self.note("must be a string", at)
        elif len(value) > limit:
            self.note(f"must be less than {limit + 1} characters", at)
        elif len(value) < least:
            self.note(f"must be more than {least - 1} characters", at)

    def items(self, value: object, at: str, least: int, most: int) -> bool:
        if not isinstance(value, list):
            if value is not None:
                self.note("must be an array", at)
            return False
        if len(value) > most:
            self.note(f"no more than {most} items allowed", at)
        if len(value) < least:
            self.note(f"must provide at least {least} items", at)
        return True

    def unique(self, values: list[Any], at: str, name: str) -> None:
        """Check that an ID is there once: a block in its message or view, an action in its block."""
        seen = set[object]()
        for number, value in enumerate(values):
            one = value.get(name) if isinstance(value, dict) else None
            if isinstance(one, str) and one in seen:
                self.note(f'`{name}` "{one}" already exists', f"{at}/{number}/{name}")
            seen.add(one if isinstance(one, str) else None)
