"""The keys of a list that change nothing, and its title with those of the other lists of its tab."""

from collections.abc import Iterator
from typing import Any

from textual.binding import Binding
from textual.content import Content

from console.customer.whose import has_person
from console.design.tone import Tone
from console.systems.system import ConsoleSystem, lists_of

PERSON_KEY = Binding(
    "u", "open_person", "One person", id="person", tooltip="everything of the person whose this is, on one timeline"
)


def list_title(system: ConsoleSystem[Any, Any], tab: ConsoleSystem[Any, Any]) -> Content:
    """Return the title of a list, among those of its tab with their keys."""
    every = lists_of(tab)
    if len(every) == 1:
        return Content(system.title)
    return Content(" · ").join(_title(each, system) for each in every)


def _title(each: ConsoleSystem[Any, Any], system: ConsoleSystem[Any, Any]) -> Content:
    if each is system:
        return Content.styled(each.title, "bold")
    key = each.list_key or system.list_key
    return Content.assemble((f"{key} ", Tone.ACCENT.style), (each.title.lower(), Tone.MUTED.style))


def _list_keys(system: ConsoleSystem[Any, Any], tab: ConsoleSystem[Any, Any]) -> Iterator[Binding]:
    """Yield the keys of the other lists of the tab, and the one that goes to what belongs together."""
    for number, kind in enumerate(lists_of(tab)[1:]):
        shown = tab if kind is system else kind
        words = f"the {tab.noun}s again" if kind is system else f"the list of {kind.noun}s"
        action = f"show_list('{kind.name}')"
        yield Binding(kind.list_key, action, shown.title, id=f"list.{kind.name}", show=not number, tooltip=words)
    if system is not tab:
        yield Binding(
            "m", "open_linked", f"Its {tab.noun}", id="linked", show=False, tooltip=f"its {tab.noun}; or enter"
        )
    elif len(lists_of(tab)) > 1:
        linked = lists_of(tab)[1]
        words = f"the {linked.noun}s of the {tab.noun} in focus; enter in its details does the same"
        yield Binding("m", "open_linked", f"Its {linked.noun}s", id="linked", show=False, tooltip=words)


def own_keys(system: ConsoleSystem[Any, Any], tab: ConsoleSystem[Any, Any]) -> list[Binding]:
    """Return the system's keys that change nothing."""
    keys = [
        Binding(screen.key, f"open_screen('{screen.name}')", screen.label, id=screen.name, tooltip=screen.tooltip)
        for screen in system.screens
    ]
    keys += [
        Binding("E", "export", "Export", id="export", show=False, tooltip="write the rows to a file: CSV or JSON"),
        Binding(
            "S",
            "arrange",
            "Sort and columns",
            id="arrange",
            show=False,
            tooltip="sort what is loaded; choose and move columns",
        ),
        Binding("T", "oldest", "Oldest first", id="oldest", show=False, tooltip="show the oldest first, or the newest"),
        Binding(
            "F",
            "views",
            "Saved views",
            id="views",
            show=False,
            tooltip="show a saved filter with its columns and sort, or save this one",
        ),
        Binding(
            "M",
            "mark_matching",
            "Mark all that match",
            id="mark_matching",
            show=False,
            tooltip="mark all rows that match, also those not loaded yet",
        ),
        Binding(
            "Y",
            "copy_command",
            "Copy as a command",
            id="copy_command",
            show=False,
            tooltip="copy the list, or an action, as a command of Temporal's own tool",
        ),
    ]
    keys += _list_keys(system, tab)
    if has_person(system, tab):
        keys.append(PERSON_KEY)
    if system.for_people:
        words = "only what waits for you, or all again"
        keys.append(Binding("f", "for_you", "For you", id="for_you", tooltip=words))
    return keys
