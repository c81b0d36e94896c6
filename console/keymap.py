"""Keys of one's own: which names there are, where each works, and what is wrong with a setting."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import Keys

from console.systems.system import ConsoleSystem, lists_of
from workflows.shared.nearest import nearest

System = ConsoleSystem[Any, Any]

FIXED = re.compile(r"tab\.\d+|quit\.interrupt|suspend|filter\..*|act\..*")
"""IDs of bindings whose keys stay: numbers of tabs, what a terminal sends, and what a line that is typed takes."""

NAMED_KEYS = {key.value for key in Keys} | {f"f{number}" for number in range(1, 25)}


class KeymapError(ValueError):
    """A setting of keys cannot be used. The text is one line for people."""


class Named(NamedTuple):
    """A name that may be bound, with its key; an empty one cannot be bound."""

    name: str
    key: str
    words: str


def rebound(systems: Sequence[System], keys: Mapping[str, str]) -> tuple[System, ...]:
    """Return the systems with keys of one's own for their actions and screens."""
    return tuple(_rebound(system, keys) for system in systems) if keys else tuple(systems)


def _rebound(system: System, keys: Mapping[str, str]) -> System:
    return replace(
        system,
        commands=tuple(replace(command, key=keys.get(command.name, command.key)) for command in system.commands),
        screens=tuple(replace(screen, key=keys.get(screen.name, screen.key)) for screen in system.screens),
        beside=tuple(_rebound(kind, keys) for kind in system.beside),
    )


def general_keys(systems: Sequence[System]) -> Mapping[str, Binding]:
    """Return the bindings of the console and its lists by their IDs."""
    from console.acting import ActingPane
    from console.app import ConsoleApp
    from console.list_keys import own_keys
    from console.listing.system_list import SystemList

    found = [*_bindings(ConsoleApp), *_bindings(ActingPane), *_bindings(SystemList)]
    found += [one for tab in systems for system in lists_of(tab) for one in own_keys(system, tab)]
    return {binding.id: binding for binding in reversed(found) if binding.id}


def check(keys: Mapping[str, str], systems: Sequence[System]) -> None:
    """Look for names that nobody knows, for what is no key, and for keys that would mean two things.

    Raises:
        KeymapError: there is one.
    """
    scopes = {title: [*_scope(nodes)] for title, nodes in _screens().items()}
    scopes |= {system.title: [*_of_list(system, tab)] for tab in systems for system in lists_of(tab)}
    known = {named.name for scope in scopes.values() for named in scope if named.name}
    actions = {command.name for tab in systems for system in lists_of(tab) for command in system.commands}
    for name, key in keys.items():
        if name not in known:
            meant = nearest(name, known)
            raise KeymapError(f"there is no {name!r}" + (f"; did you mean {meant[0]}?" if meant else ""))
        if mistake := _mistake(key, of_action=name in actions):
            raise KeymapError(f"{name} = {key!r}: {mistake}")
    for title, scope in scopes.items():
        _check_scope(title, scope, keys)


def _check_scope(title: str, scope: Iterable[Named], keys: Mapping[str, str]) -> None:
    taken: dict[str, Named] = {}
    for named in scope:
        for key in _spelt(keys.get(named.name, named.key)):
            other = taken.setdefault(key, named)
            if other.name != named.name and {named.name, other.name} & keys.keys():
                one, two = other.name or other.words, named.name or named.words
                raise KeymapError(f"{key!r} would be both {one} and {two} ({title}); give one of them another key")


def _of_list(system: System, tab: System) -> Iterator[Named]:
    from console.acting import ActingPane
    from console.app import ConsoleApp
    from console.details.detail_view import DetailView
    from console.list_keys import own_keys
    from console.listing.row_table import RowTable
    from console.listing.system_list import SystemList

    yield from _scope((ConsoleApp, ActingPane, SystemList, RowTable, DetailView))
    yield from map(_named, own_keys(system, tab))
    for command in system.commands:
        yield Named(command.name, command.key, command.title)


def _screens() -> Mapping[str, Sequence[type[DOMNode]]]:
    from console.history.compare_screen import CompareScreen
    from console.history.screen import HistoryScreen
    from console.history.virtual_list import VirtualList

    return {"the history": (HistoryScreen, VirtualList), "two runs": (CompareScreen, VirtualList)}


def _scope(nodes: Iterable[type[DOMNode]]) -> Iterator[Named]:
    for node in nodes:
        yield from map(_named, _bindings(node))


def _named(binding: Binding) -> Named:
    ident = "" if binding.id is None or FIXED.fullmatch(binding.id) else binding.id
    return Named(ident, binding.key, binding.description)


def _bindings(node: type[DOMNode]) -> list[Binding]:
    found = [each for base in node.__mro__ if base.__module__.startswith("console.") for each in _own(base)]
    return [each for each in found if isinstance(each, Binding)]


def _own(base: type) -> Sequence[object]:
    return tuple(vars(base).get("BINDINGS", ()))


def _spelt(key: str) -> list[str]:
    """Return keys as Textual names them."""
    return [binding.key for binding in Binding.make_bindings([Binding(key, "", "")])]


def _mistake(key: str, *, of_action: bool) -> str:
    """Return why it is no key, empty if it is one."""
    if of_action and not (len(key) == 1 and key.isalpha()):
        return "the key of an action is one letter"
    *modifiers, last = key.split("+") if len(key) > 1 else [key]
    if set(modifiers) <= {"ctrl", "alt", "shift"} and ((len(last) == 1 and last.isprintable()) or last in NAMED_KEYS):
        return ""
    return "it is no key; write one character, f2, or one with ctrl+, alt+ or shift+ before it"
